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

static enum err
list_add(
    struct action_ctx *ctx, int64_t serial, int64_t until, enum revocation_cause cause)
{
	struct revocation r = { .serial = serial };
	bool had;
	enum err err;

	if (serial == 0 || (until != FIELD_NONE && until <= ctx->now))
		return E_OK;
	err = record_get(ctx->txn, T_REVOCATION, &r);
	if (err && err != E_NOT_FOUND)
		return err;
	had = !err;
	if (had && (r.cause != RC_BARRED || cause == RC_BARRED))
		return E_OK;
	r = (struct revocation){
		.serial = serial, .at = ctx->now, .until = until, .cause = (int)cause
	};
	err = record_put(ctx->txn, T_REVOCATION, &r);
	return err || had ? err : serial_list_changed(ctx);
}

enum err
serial_list_add(struct action_ctx *ctx, int64_t serial, int64_t lease_until)
{
	return list_add(ctx, serial, lease_until, RC_GIVEN_BACK);
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
	enum err err;

	if (a->state != AS_ACTIVE)
		return E_OK;
	err = list_add(
	    ctx, a->serial, a->lease_until, given_back ? RC_GIVEN_BACK : RC_STAFF);
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
	return a->state == AS_ACTIVE ? list_add(ctx, a->serial, a->lease_until, RC_BARRED)
	                             : E_OK;
}

enum err
serial_unbar(struct action_ctx *ctx, const struct activation *a)
{
	struct revocation r = { .serial = a->serial };
	enum err err = record_get(ctx->txn, T_REVOCATION, &r);

	if (err || r.cause != RC_BARRED)
		return err == E_NOT_FOUND ? E_OK : err;
	err = record_del(ctx->txn, T_REVOCATION, &r);
	return err ? err : serial_list_changed(ctx);
}
