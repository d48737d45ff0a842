#include "server/action/device.h"

#include "server/action/license.h"
#include "server/action/seat.h"
#include "server/action/serial.h"
#include "server/policy/release.h"

/* The rows that one call means, each with its license. */
struct rows {
	struct action_ctx *ctx;
	struct activation target;
	struct license_set set;
	struct activation *row; /* one for each license of the set; o.id 0: not meant */
};

static const char *const release_members[] = { "force", NULL };
static const char *const revoke_members[] = { "blacklist", NULL };

/*
 * A row under a set's own license stands for the set; one under a member acts alone,
 * unless one signed activation covers them.
 */
static bool
is_meant(const struct rows *r, const struct activation *a)
{
	const struct activation *target = &r->target;

	if (a->o.id == target->o.id || target->license_id == r->set.license[0].o.id)
		return true;
	return target->serial > 0 && a->serial == target->serial &&
	       release_lease_live(target, r->ctx->now);
}

static enum err
rows_load(struct rows *r, const struct license *license)
{
	struct action_ctx *ctx = r->ctx;
	enum err e = license_set_load(ctx, license, &r->set);

	if (e)
		return e;
	r->row = arena_array(ctx->arena, r->set.n, sizeof(*r->row));
	if (!r->row)
		return E_NO_MEMORY;
	for (size_t i = 0; i < r->set.n && !e; i++) {
		struct activation a = { .license_id = r->set.license[i].o.id,
			.device_id = r->target.device_id };

		e = record_get(ctx->txn, T_ACTIVATION, &a);
		if (!e && is_meant(r, &a))
			r->row[i] = a;
		if (e == E_NOT_FOUND)
			e = E_OK;
	}
	return e;
}

static enum err
rows_of(struct rows *r)
{
	struct license license;
	enum err e =
	    record_get_id(r->ctx->txn, T_LICENSE, r->target.license_id, &license);

	return e ? e : rows_load(r, &license);
}

static enum err
rows_open(struct rows *r, const struct manage_req *req, struct manage_res *res,
    const char *const *known)
{
	enum err e;

	manage_unknown(r->ctx, req, res, "", req->body, known);
	e = manage_load(r->ctx, req, &r->target);
	return e ? e : rows_of(r);
}

static enum err
answer(struct rows *r, struct manage_res *res, const char *message)
{
	struct activation a;
	enum err e = device_resource.load(r->ctx, r->target.o.id, &a);

	r->ctx->message = slice_str(message);
	return e ? e : manage_answer(r->ctx, &device_resource, res, &a);
}

/* Every meant row that holds a seat; E_WRONG_STATE when none does. */
static enum err
release_rows(struct rows *r, bool force, const char *audit)
{
	size_t n = 0;
	enum err e = E_OK;

	for (size_t i = 0; i < r->set.n; i++) {
		const struct activation *a = &r->row[i];

		if (!a->o.id || a->state == AS_INACTIVE)
			continue;
		n++;
		e = release_by_staff(a, r->ctx->now, force);
		if (e == E_OFFLINE_LEASE_LIVE)
			return device_lease_live(r->ctx, a);
		if (e)
			return e;
	}
	for (size_t i = 0; i < r->set.n && !e; i++)
		if (r->row[i].o.id && r->row[i].state != AS_INACTIVE)
			e = device_free(
			    r->ctx, &r->set.license[i], &r->row[i], IS_RELEASED, audit);
	return e ? e : n ? E_OK : E_WRONG_STATE;
}

enum err
device_release(struct action_ctx *ctx, const void *req, void *res)
{
	struct rows r = { .ctx = ctx };
	bool force = manage_flag(ctx, req, "force");
	enum err e = force ? device_need(ctx, PERM_DEVICES_FORCE, "force") : E_OK;

	if (!e)
		e = rows_open(&r, req, res, release_members);
	if (!e)
		e = manage_faults(ctx);
	if (!e)
		e = release_rows(&r, force, "device.released");
	return e ? e : answer(&r, res, NULL);
}

enum err
device_reset(struct action_ctx *ctx, const void *req, void *res)
{
	struct rows r = { .ctx = ctx };
	enum err e = rows_open(&r, req, res, NULL);

	if (!e)
		e = manage_faults(ctx);
	if (!e)
		e = release_rows(&r, false, "device.released");
	return e ? e : answer(&r, res, "Device reset.");
}

/* A seat under a live lease stays counted until the lease ends. */
static enum err
revoke_row(struct rows *r, size_t i, const char *audit)
{
	struct activation *a = &r->row[i];
	struct activation before = *a;
	enum err e;

	if (!release_lease_live(a, r->ctx->now))
		return device_free(r->ctx, &r->set.license[i], a, IS_REVOKED, audit);
	e = serial_revoke(r->ctx, a);
	if (e)
		return e;
	a->revoked_at = r->ctx->now;
	return change_record(r->ctx, T_ACTIVATION, &before, a, audit, a->license_id);
}

static enum err
revoke_rows(struct rows *r, const char *audit)
{
	size_t n = 0;
	enum err e = E_OK;

	for (size_t i = 0; i < r->set.n && !e; i++) {
		if (!r->row[i].o.id || r->row[i].state == AS_INACTIVE ||
		    r->row[i].revoked_at != FIELD_NONE)
			continue;
		n++;
		e = revoke_row(r, i, audit);
	}
	return e ? e : n ? E_OK : E_WRONG_STATE;
}

/* -1: none. */
static int
read_scope(struct action_ctx *ctx, const struct manage_req *req)
{
	const struct json *json = json_get(req->body, "blacklist");
	int scope;

	if (!json || json->type == JSON_NULL || slice_is(json->text, "none"))
		return -1;
	scope =
	    json->type == JSON_TEXT ? names_find(&blacklist_scope_names, json->text) : -1;
	if (scope < 0)
		fault_add(&ctx->faults, "blacklist", E_VALIDATION,
		    "blacklist is one of none, license, customer, vendor");
	return scope;
}

static enum err
ask_of(struct rows *r, int scope, struct blacklist_ask *ask)
{
	struct device device;
	struct license license;
	enum err e;

	*ask = (struct blacklist_ask){
		.scope = scope, .scope_id = FIELD_NONE, .device_id = r->target.o.id
	};
	e = record_get_id(r->ctx->txn, T_DEVICE, r->target.device_id, &device);
	if (!e)
		e = record_get_id(r->ctx->txn, T_LICENSE, r->target.license_id, &license);
	if (e)
		return e == E_NOT_FOUND ? E_DAMAGED : e;
	ask->hardware_id = device.hardware_id;
	if (scope == BS_LICENSE)
		ask->scope_id = license.o.id;
	if (scope == BS_CUSTOMER)
		e = device_customer(r->ctx, &license, &ask->scope_id);
	if (!e && scope == BS_CUSTOMER && ask->scope_id == FIELD_NONE) {
		fault_add(&r->ctx->faults, "blacklist", E_WRONG_STATE,
		    "The license has no customer");
		e = E_WRONG_STATE;
	}
	return e;
}

static enum err
bar(struct rows *r, int scope)
{
	struct blacklist_ask ask;
	struct blacklist_entry entry;
	enum err e = ask_of(r, scope, &ask);

	return e ? e : blacklist_add(r->ctx, &ask, &entry);
}

enum err
device_revoke_row(
    struct action_ctx *ctx, const struct activation *target, const char *audit)
{
	struct rows r = { .ctx = ctx, .target = *target };
	enum err e = rows_of(&r);

	return e ? e : revoke_rows(&r, audit);
}

enum err
device_force_row(
    struct action_ctx *ctx, const struct activation *target, const char *audit)
{
	struct rows r = { .ctx = ctx, .target = *target };
	enum err e = rows_of(&r);

	return e ? e : release_rows(&r, true, audit);
}

enum err
device_revoke(struct action_ctx *ctx, const void *req, void *res)
{
	struct rows r = { .ctx = ctx };
	int scope = read_scope(ctx, req);
	enum err e = device_need(ctx, PERM_OFFLINE_REVOKE, "id");

	if (!e && scope >= 0)
		e = device_need(ctx,
		    scope == BS_VENDOR ? PERM_BLACKLIST_VENDOR : PERM_BLACKLIST_WRITE,
		    "blacklist");
	if (!e)
		e = rows_open(&r, req, res, revoke_members);
	if (!e)
		e = manage_faults(ctx);
	if (!e)
		e = revoke_rows(&r, "device.revoked");
	if (!e && scope >= 0) {
		e = bar(&r, scope);
		e = e == E_DUPLICATE ? E_OK : e;
	}
	return e ? e : answer(&r, res, NULL);
}

enum err
device_blacklist(struct action_ctx *ctx, const void *req, void *res)
{
	struct rows r = { .ctx = ctx };
	enum err e = rows_open(&r, req, res, NULL);

	if (!e)
		e = manage_faults(ctx);
	if (!e)
		e = bar(&r, BS_LICENSE);
	return e ? e : answer(&r, res, "Device blacklisted.");
}

static enum err
find_entry(struct rows *r, struct blacklist_entry *entry)
{
	struct txn *txn = r->ctx->txn;
	struct record_scan scan;
	struct device device;
	enum err e = record_get_id(txn, T_DEVICE, r->target.device_id, &device);

	if (!e)
		e = record_scan(txn, T_BLACKLIST, IX_BLACKLIST_HARDWARE_ID,
		    record_key_text(txn, device.hardware_id), SLICE_NULL, false, &scan);
	while (!e) {
		e = record_next(&scan, entry);
		if (!e && entry->scope == BS_LICENSE &&
		    entry->scope_id == r->target.license_id)
			return E_OK;
	}
	return e;
}

enum err
device_unblacklist(struct action_ctx *ctx, const void *req, void *res)
{
	struct rows r = { .ctx = ctx };
	struct blacklist_entry entry;
	enum err e = rows_open(&r, req, res, NULL);

	if (!e)
		e = manage_faults(ctx);
	if (!e) {
		e = find_entry(&r, &entry);
		e = e == E_NOT_FOUND ? E_WRONG_STATE : e;
	}
	if (!e)
		e = blacklist_remove(ctx, &entry, r.target.o.id);
	return e ? e : answer(&r, res, "Device taken off the blacklist.");
}

static enum err
audit_deleted(struct action_ctx *ctx, const struct activation *a)
{
	char *id = arena_printf(ctx->arena, "%lld", (long long)a->o.id);

	return id ? audit_append(ctx, "device.deleted", activation_table.name,
			slice_str(id), a->license_id, SLICE_NULL)
	          : E_NO_MEMORY;
}

enum err
device_delete(struct action_ctx *ctx, const void *req, void *res)
{
	struct activation a;
	struct license license;
	enum err e = manage_load(ctx, req, &a);

	(void)res;
	ctx->object_revision = FIELD_NONE;
	if (!e)
		e = record_get_id(ctx->txn, T_LICENSE, a.license_id, &license);
	if (!e)
		e = seat_delete(ctx, &license, &a);
	if (!e)
		e = device_note(ctx, &a, CHANGE_DELETE);
	return e ? e : audit_deleted(ctx, &a);
}
