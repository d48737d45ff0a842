#include "server/action/serial.h"

#include "base/id.h"
#include "server/action/change.h"
#include "server/model/audit.h"

#define LIST_KEY "revocations"

enum err
serial_list_number(struct txn *txn, int64_t *number)
{
	struct meta meta = { .key = SLICE(LIST_KEY) };
	enum err err = record_get(txn, T_META, &meta);

	*number = err ? 0 : meta.number;
	return err == E_NOT_FOUND ? E_OK : err;
}

enum err
serial_list_changed(struct action_ctx *ctx)
{
	struct meta meta = { .key = SLICE(LIST_KEY) };
	enum err err = serial_list_number(ctx->txn, &meta.number);

	meta.number++;
	return err ? err : record_put(ctx->txn, T_META, &meta);
}

static enum err
skip(struct txn *txn, const char *name)
{
	struct meta meta = { .key = slice_str(name) };
	enum err err = name ? record_get(txn, T_META, &meta) : E_NO_MEMORY;

	if (err && err != E_NOT_FOUND)
		return err;
	if (meta.number < 0 || meta.number > ID_INT_MAX - SERIAL_SKIP)
		return E_DAMAGED;
	meta.number += SERIAL_SKIP;
	return record_put(txn, T_META, &meta);
}

enum err
serial_skip(struct txn *txn)
{
	enum err err = skip(txn, arena_printf(txn->arena, "id:%s", issued_table.name));

	return err ? err : skip(txn, LIST_KEY);
}

/* What happens to the list. */
struct listing {
	struct action_ctx *ctx;
	enum revocation_cause cause;
	bool changed;
};
typedef enum err
listing_fn(struct listing *, int64_t serial, int64_t until);

static enum err
list_add(struct listing *l, int64_t serial, int64_t until)
{
	struct action_ctx *ctx = l->ctx;
	struct revocation r = { .serial = serial };
	bool had;
	enum err err;

	if (serial == 0 || (until != FIELD_NONE && until <= ctx->now))
		return E_OK;
	err = record_get(ctx->txn, T_REVOCATION, &r);
	if (err && err != E_NOT_FOUND)
		return err;
	had = !err;
	if (had && (r.cause != RC_BARRED || l->cause == RC_BARRED))
		return E_OK;
	r = (struct revocation){
		.serial = serial, .at = ctx->now, .until = until, .cause = (int)l->cause
	};
	l->changed |= !had;
	return record_put(ctx->txn, T_REVOCATION, &r);
}

static enum err
list_unbar(struct listing *l, int64_t serial, int64_t until)
{
	struct revocation r = { .serial = serial };
	enum err err = record_get(l->ctx->txn, T_REVOCATION, &r);

	(void)until;
	if (err || r.cause != RC_BARRED)
		return err == E_NOT_FOUND ? E_OK : err;
	l->changed = true;
	return record_del(l->ctx->txn, T_REVOCATION, &r);
}

/* The row's part of what was issued: of a bundle all is on the set's own license. */
static enum err
find_issued(struct action_ctx *ctx, const struct activation *a, struct record_scan *scan,
    int64_t *device)
{
	struct issued last;
	enum err err = record_get_id(ctx->txn, T_ISSUED, a->serial, &last);
	int64_t license = err ? a->license_id : last.license_id;

	*device = err ? a->o.id : last.device;
	if (err && err != E_NOT_FOUND)
		return err;
	return record_scan(ctx->txn, T_ISSUED, IX_ISSUED_LICENSE,
	    record_key_id(ctx->txn, license), record_key_id(ctx->txn, a->first_serial),
	    false, scan);
}

/* The last serial of the row and the earlier ones since it became active, which a device
 * may hold still. */
static enum err
each_serial(struct listing *l, const struct activation *a, listing_fn *fn)
{
	struct arena *arena = l->ctx->arena;
	struct record_scan scan;
	struct issued issued;
	int64_t device;
	enum err err = fn(l, a->serial, a->lease_until);

	if (!err)
		err = find_issued(l->ctx, a, &scan, &device);
	while (!err) {
		struct arena_mark mark = arena_mark(arena);

		err = record_next(&scan, &issued);
		if (!err && issued.device == device && issued.o.id != a->serial)
			err = fn(l, issued.o.id, issued.lease_until);
		arena_reset(arena, mark);
	}
	if (err != E_NOT_FOUND)
		return err;
	return l->changed ? serial_list_changed(l->ctx) : E_OK;
}

/* Online tokens have no row. */
static enum err
issued_end(struct action_ctx *ctx, const struct activation *a, enum issued_state how)
{
	struct issued before, after;
	enum err err;

	if (!a->offline || a->serial == 0)
		return E_OK;
	err = record_get_id(ctx->txn, T_ISSUED, a->serial, &before);
	if (err)
		return err == E_NOT_FOUND ? E_OK : err;
	if (before.state != IS_LIVE && before.state != IS_REVOKED)
		return E_OK;
	after = before;
	after.state = (int)how;
	if (how == IS_REVOKED && after.revoked_at == FIELD_NONE)
		after.revoked_at = ctx->now;
	if ((how == IS_REVOKED || how == IS_RELEASED) && ctx->reason.n)
		after.reason = ctx->reason;
	return change_record(ctx, T_ISSUED, &before, &after, NULL, FIELD_NONE);
}

enum err
serial_end(struct action_ctx *ctx, const struct activation *a, enum issued_state how)
{
	bool given_back = how == IS_DEACTIVATED || how == IS_ENDED;
	struct listing l = { .ctx = ctx, .cause = given_back ? RC_GIVEN_BACK : RC_STAFF };
	enum err err;

	if (a->state != AS_ACTIVE)
		return E_OK;
	err = each_serial(&l, a, list_add);
	return err ? err : issued_end(ctx, a, how);
}

enum err
serial_revoke(struct action_ctx *ctx, const struct activation *a)
{
	return serial_end(ctx, a, IS_REVOKED);
}

enum err
serial_bar(struct action_ctx *ctx, const struct activation *a)
{
	struct listing l = { .ctx = ctx, .cause = RC_BARRED };

	return a->state == AS_ACTIVE ? each_serial(&l, a, list_add) : E_OK;
}

enum err
serial_unbar(struct action_ctx *ctx, const struct activation *a)
{
	struct listing l = { .ctx = ctx, .cause = RC_BARRED };

	return each_serial(&l, a, list_unbar);
}
