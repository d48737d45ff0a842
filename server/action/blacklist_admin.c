#include "server/action/device.h"

#include "server/action/blacklist.h"
#include "server/action/license.h"
#include "server/action/query.h"
#include "server/action/serial.h"
#include "server/model/customer.h"
#include "server/policy/release.h"

static const char *const also[] = { "release", "scope_id", NULL };

static const struct filter filters[] = {
	{ .name = "hardware_id", .key = KEY_TEXT, .index = IX_BLACKLIST_HARDWARE_ID },
	{ .name = "scope" },
	{ .name = "scope_id" },
	{ .name = NULL },
};

const struct resource blacklist_resource = {
	.table = T_BLACKLIST,
	.audit = "device",
	.path = "blacklist",
	.filters = filters,
	.also = also,
};

static enum permission
permission_of(int scope)
{
	return scope == BS_VENDOR ? PERM_BLACKLIST_VENDOR : PERM_BLACKLIST_WRITE;
}

/* The row of this hardware on a license; FIELD_NONE without. */
static enum err
row_of(struct action_ctx *ctx, struct slice hardware_id, int64_t license_id, int64_t *id)
{
	struct activation a = { .license_id = license_id };
	struct device device;
	enum err e;

	*id = FIELD_NONE;
	e = record_find(ctx->txn, T_DEVICE, IX_DEVICE_HARDWARE_ID,
	    record_key_text(ctx->txn, hardware_id), &device);
	if (!e) {
		a.device_id = device.o.id;
		e = record_get(ctx->txn, T_ACTIVATION, &a);
	}
	if (!e)
		*id = a.o.id;
	return e == E_NOT_FOUND ? E_OK : e;
}

/*
 * The entry of a license's history, or of the device row that was named; other scopes:
 * the hardware_id itself. The detail is that of the change just recorded.
 */
static enum err
audit(struct action_ctx *ctx, const char *action, const struct blacklist_entry *entry,
    int64_t device_id)
{
	bool license = entry->scope == BS_LICENSE;
	int64_t history = license ? entry->scope_id : FIELD_NONE;
	struct slice detail = ctx->changes ? ctx->changes->fields : SLICE_NULL;
	struct slice object = slice_head(entry->hardware_id, 64);
	const char *type = device_table.name;
	enum err e = E_OK;

	if (license && device_id == FIELD_NONE)
		e = row_of(ctx, entry->hardware_id, entry->scope_id, &device_id);
	if (device_id != FIELD_NONE || license) {
		type =
		    device_id != FIELD_NONE ? activation_table.name : license_table.name;
		object = slice_str(arena_printf(ctx->arena, "%lld",
		    (long long)(device_id != FIELD_NONE ? device_id : entry->scope_id)));
	}
	if (!object.p)
		return E_NO_MEMORY;
	return e ? e : audit_append(ctx, action, type, object, history, detail);
}

static enum err
in_scope(struct action_ctx *ctx, const struct blacklist_entry *entry,
    const struct license *license, bool *out)
{
	int64_t customer_id = FIELD_NONE;
	enum err e = E_OK;

	if (entry->scope == BS_CUSTOMER)
		e = device_customer(ctx, license, &customer_id);
	*out = entry->scope == BS_VENDOR ||
	       (entry->scope == BS_LICENSE && entry->scope_id == license->o.id) ||
	       (entry->scope == BS_CUSTOMER && customer_id == entry->scope_id);
	return e;
}

typedef enum err
row_fn(struct action_ctx *, const struct blacklist_entry *, struct license *,
    struct activation *);

/* Every row of the hardware whose license the entry covers. */
static enum err
each_row(struct action_ctx *ctx, const struct blacklist_entry *entry, row_fn *fn)
{
	struct txn *txn = ctx->txn;
	struct record_scan scan;
	struct activation a;
	struct license license;
	struct device device;
	enum err e;

	e = record_find(txn, T_DEVICE, IX_DEVICE_HARDWARE_ID,
	    record_key_text(txn, entry->hardware_id), &device);
	if (!e)
		e = record_scan(txn, T_ACTIVATION, IX_ACTIVATION_DEVICE,
		    record_key_id(txn, device.o.id), SLICE_NULL, false, &scan);
	while (!e) {
		bool meant = false;

		e = record_next(&scan, &a);
		if (!e && a.state == AS_INACTIVE)
			continue;
		if (!e)
			e = record_get_id(txn, T_LICENSE, a.license_id, &license);
		if (!e)
			e = in_scope(ctx, entry, &license, &meant);
		if (!e && meant)
			e = fn(ctx, entry, &license, &a);
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

static enum err
bar_row(struct action_ctx *ctx, const struct blacklist_entry *entry,
    struct license *license, struct activation *a)
{
	(void)entry;
	(void)license;
	return serial_bar(ctx, a);
}

/* Unless another entry bars it, too. */
static enum err
unbar_row(struct action_ctx *ctx, const struct blacklist_entry *entry,
    struct license *license, struct activation *a)
{
	int64_t customer_id;
	bool hit = true;
	enum err e = device_customer(ctx, license, &customer_id);

	if (!e)
		e = blacklist_hit(
		    ctx->txn, entry->hardware_id, customer_id, license->o.id, &hit);
	return e || hit ? e : serial_unbar(ctx, a);
}

/* management-api.md 5.2: the revocation list follows. */
static enum err
list_follow(struct action_ctx *ctx, const struct blacklist_entry *entry, row_fn *fn)
{
	return entry->scope == BS_VENDOR ? serial_list_changed(ctx)
	                                 : each_row(ctx, entry, fn);
}

enum err
blacklist_add(struct action_ctx *ctx, const struct blacklist_ask *ask,
    struct blacklist_entry *entry)
{
	enum err e = device_need(ctx, permission_of(ask->scope), "scope");

	if (e)
		return e;
	field_clear(&blacklist_table, entry);
	entry->hardware_id = ask->hardware_id;
	entry->scope = ask->scope;
	entry->scope_id = ask->scope_id;
	entry->reason = ctx->reason.p ? ctx->reason : SLICE("");
	entry->created_by = ctx->actor->name;
	e = change_record(ctx, T_BLACKLIST, NULL, entry, NULL, FIELD_NONE);
	if (!e)
		e = audit(ctx, "device.blacklisted", entry, ask->device_id);
	return e ? e : list_follow(ctx, entry, bar_row);
}

enum err
blacklist_remove(
    struct action_ctx *ctx, const struct blacklist_entry *entry, int64_t device_id)
{
	enum err e = device_need(ctx, permission_of(entry->scope), "scope");

	if (!e)
		e = change_record(ctx, T_BLACKLIST, entry, NULL, NULL, FIELD_NONE);
	if (!e)
		e = audit(ctx, "device.unblacklisted", entry, device_id);
	return e ? e : list_follow(ctx, entry, unbar_row);
}

/* An id, of a customer the e-mail too. */
static enum err
read_scope_id(struct edit *ed)
{
	struct blacklist_entry *entry = ed->rec;
	const struct json *json = json_get(ed->body, "scope_id");

	if (!json || json->type == JSON_NULL)
		return E_OK;
	if (entry->scope == BS_CUSTOMER)
		return ref_read(ed->ctx, "scope_id", T_CUSTOMER, json, &entry->scope_id);
	if (!json_to_int(json, &entry->scope_id))
		fault_add(&ed->ctx->faults, "scope_id", E_VALIDATION,
		    "scope_id must be an integer");
	return E_OK;
}

static enum err
check_scope_id(struct action_ctx *ctx, const struct blacklist_entry *entry)
{
	struct customer customer;
	struct license license;
	enum err e = E_OK;

	if (entry->scope == BS_VENDOR) {
		if (entry->scope_id != FIELD_NONE)
			fault_add(&ctx->faults, "scope_id", E_VALIDATION,
			    "scope_id is null for scope vendor");
		return E_OK;
	}
	if (entry->scope_id == FIELD_NONE)
		e = E_NOT_FOUND;
	else if (entry->scope == BS_LICENSE)
		e = record_get_id(ctx->txn, T_LICENSE, entry->scope_id, &license);
	else
		e = record_get_id(ctx->txn, T_CUSTOMER, entry->scope_id, &customer);
	if (e == E_NOT_FOUND)
		fault_add(&ctx->faults, "scope_id", E_VALIDATION, "No %s has this id",
		    names_get(&blacklist_scope_names, entry->scope));
	return e == E_NOT_FOUND ? E_OK : e;
}

/* Seats under a live offline lease stay: their machines may still run. */
static enum err
release_row(struct action_ctx *ctx, const struct blacklist_entry *entry,
    struct license *license, struct activation *a)
{
	(void)entry;
	if (release_lease_live(a, ctx->now))
		return E_OK;
	return device_free(ctx, license, a, IS_RELEASED, "device.released");
}

enum err
blacklist_create(struct action_ctx *ctx, const void *req_, void *res_)
{
	const struct manage_req *req = req_;
	struct manage_res *res = res_;
	struct blacklist_entry entry;
	struct blacklist_ask ask = { .device_id = FIELD_NONE };
	struct edit edit = { .ctx = ctx,
		.req = req,
		.res = res,
		.resource = &blacklist_resource,
		.body = req->body,
		.rec = &entry };
	bool release = manage_flag(ctx, req, "release");
	enum err e;

	field_clear(&blacklist_table, &entry);
	e = manage_read(&edit, "", FIELD_CREATE);
	if (!e)
		e = read_scope_id(&edit);
	if (!e)
		e = manage_faults(ctx);
	if (!e)
		e = check_scope_id(ctx, &entry);
	if (!e)
		e = manage_faults(ctx);
	ask.hardware_id = entry.hardware_id;
	ask.scope = entry.scope;
	ask.scope_id = entry.scope_id;
	if (!e)
		e = blacklist_add(ctx, &ask, &entry);
	if (!e && release)
		e = each_row(ctx, &entry, release_row);
	if (e)
		return e;
	res->created = entry.o.id;
	return manage_answer(ctx, &blacklist_resource, res, &entry);
}

enum err
blacklist_delete(struct action_ctx *ctx, const void *req, void *res)
{
	struct blacklist_entry entry;
	enum err e = manage_load(ctx, req, &entry);

	(void)res;
	ctx->object_revision = FIELD_NONE;
	return e ? e : blacklist_remove(ctx, &entry, FIELD_NONE);
}
