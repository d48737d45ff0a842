#include "server/action/party.h"

#include "server/action/catalog.h"
#include "server/model/device.h"

void
email_check(struct action_ctx *ctx, const char *field, struct slice *email)
{
	*email = slice_trim(*email);
	if (!email_valid(*email))
		fault_add(&ctx->faults, field, E_VALIDATION,
		    "%s is an e-mail address of 3 to %d bytes", field, MAX_EMAIL);
}

static void
customer_defaults(void *rec)
{
	struct customer *c = rec;

	field_clear(&customer_table, c);
	c->metadata = SLICE("{}");
}

static enum err
customer_check(struct edit *ed)
{
	struct customer *c = ed->rec;

	if (c->email.n)
		email_check(ed->ctx, "email", &c->email);
	return E_OK;
}

/* Blacklist entries of one customer: moved to another, or dropped (into FIELD_NONE). */
static enum err
move_entry(struct action_ctx *ctx, const struct blacklist_entry *entry, int64_t into)
{
	struct blacklist_entry moved = *entry;
	enum err e = E_DUPLICATE;

	moved.scope_id = into;
	if (into != FIELD_NONE)
		e = change_record(ctx, T_BLACKLIST, entry, &moved, NULL, FIELD_NONE);
	if (e == E_DUPLICATE)
		e = change_record(
		    ctx, T_BLACKLIST, entry, NULL, "device.unblacklisted", FIELD_NONE);
	return e;
}

static enum err
move_blacklist(struct action_ctx *ctx, int64_t from, int64_t into)
{
	struct record_scan scan;
	struct blacklist_entry entry;
	enum err e =
	    record_scan(ctx->txn, T_BLACKLIST, -1, SLICE_NULL, SLICE_NULL, false, &scan);

	while (!e && !(e = record_next(&scan, &entry)))
		if (entry.scope == BS_CUSTOMER && entry.scope_id == from)
			e = move_entry(ctx, &entry, into);
	return e == E_NOT_FOUND ? E_OK : e;
}

static enum err
customer_drop(struct edit *ed)
{
	const struct customer *c = ed->rec;
	enum err e = refuse_if_used(ed->ctx, T_ORDER, IX_ORDER_CUSTOMER, c->o.id);

	return e ? e : move_blacklist(ed->ctx, c->o.id, FIELD_NONE);
}

static const struct filter customer_filters[] = {
	{ .name = "email", .key = KEY_FOLDED, .index = IX_CUSTOMER_EMAIL },
	{ .name = "company_name" },
	{ .name = "reference", .key = KEY_TEXT, .index = IX_CUSTOMER_REFERENCE },
	{ .name = "phone" },
	{ .name = "first_name" },
	{ .name = "last_name" },
	{ .name = "customer_account__code",
	    .field = "customer_account_id",
	    .key = KEY_ID,
	    .index = IX_CUSTOMER_ACCOUNT,
	    .ref = T_CUSTOMER_ACCOUNT },
	{ .name = "customer_account",
	    .field = "customer_account_id",
	    .key = KEY_ID,
	    .index = IX_CUSTOMER_ACCOUNT,
	    .ref = T_CUSTOMER_ACCOUNT },
	{ .name = NULL },
};

static const struct ref customer_refs[] = {
	{ "customer_account", offsetof(struct customer, customer_account_id),
	    T_CUSTOMER_ACCOUNT, REF_NULL },
	{ NULL, 0, 0, 0 },
};

const struct resource customer_resource = {
	.table = T_CUSTOMER,
	.audit = "customer",
	.path = "customers",
	.unique = "email",
	.filters = customer_filters,
	.refs = customer_refs,
	.defaults = customer_defaults,
	.check = customer_check,
	.drop = customer_drop,
};

static enum err
move_orders(struct action_ctx *ctx, int64_t from, int64_t into)
{
	struct record_scan scan;
	struct order order, moved;
	enum err e = record_scan(ctx->txn, T_ORDER, IX_ORDER_CUSTOMER,
	    record_key_id(ctx->txn, from), SLICE_NULL, false, &scan);

	while (!e && !(e = record_next(&scan, &order))) {
		moved = order;
		moved.customer_id = into;
		e = change_record(ctx, T_ORDER, &order, &moved, NULL, FIELD_NONE);
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

static enum err
read_into(struct action_ctx *ctx, const struct manage_req *req, struct manage_res *res,
    struct customer *into)
{
	static const char *const known[] = { "into", NULL };
	const struct json *json = json_get(req->body, "into");
	int64_t id = FIELD_NONE;
	enum err e = E_OK;

	manage_unknown(ctx, req, res, "", req->body, known);
	if (!json)
		fault_add(&ctx->faults, "into", E_MISSING_PARAMETERS, "into is missing");
	else
		e = ref_read(ctx, "into", T_CUSTOMER, json, &id);
	if (!e && id == req->id)
		fault_add(&ctx->faults, "into", E_VALIDATION,
		    "A customer is merged into another one");
	if (!e)
		e = manage_faults(ctx);
	return e ? e : record_get_id(ctx->txn, T_CUSTOMER, id, into);
}

enum err
customer_merge(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	struct customer from, into;
	enum err e = record_get_id(ctx->txn, T_CUSTOMER, req->id, &from);

	if (!e)
		e = read_into(ctx, req, res, &into);
	if (!e)
		e = manage_load(ctx, req, &from);
	if (e)
		return e;
	if (from.customer_account_id != FIELD_NONE &&
	    into.customer_account_id != FIELD_NONE &&
	    from.customer_account_id != into.customer_account_id)
		return E_WRONG_STATE;
	e = move_orders(ctx, from.o.id, into.o.id);
	if (!e)
		e = move_blacklist(ctx, from.o.id, into.o.id);
	if (!e)
		e = change_record(
		    ctx, T_CUSTOMER, &from, NULL, "customer.deleted", FIELD_NONE);
	return e ? e : manage_answer(ctx, &customer_resource, res, &into);
}

static enum err
account_check(struct edit *ed)
{
	const struct customer_account *a = ed->rec;

	if (a->code.n && !code_valid(a->code, 1, MAX_CODE))
		fault_add(&ed->ctx->faults, "code", E_VALIDATION,
		    "code has 1 to %d characters of A-Z a-z 0-9 . _ ~ -", MAX_CODE);
	return E_OK;
}

static const struct filter by_account[] = {
	{ .name = "customer_account_id" },
	{ .name = NULL },
};

static const struct resource users_by_account = { .table = T_LICENSE_USER,
	.filters = by_account };
static const struct resource devices_by_account = { .table = T_DEVICE,
	.filters = by_account };

static enum err
account_drop(struct edit *ed)
{
	struct action_ctx *ctx = ed->ctx;
	const struct customer_account *a = ed->rec;
	struct manage_param pair = { SLICE("customer_account_id"), SLICE_NULL };
	bool used = false;
	enum err e = refuse_if_used(ctx, T_CUSTOMER, IX_CUSTOMER_ACCOUNT, a->o.id);

	pair.value = slice_str(arena_printf(ctx->arena, "%lld", (long long)a->o.id));
	if (!pair.value.p)
		return E_NO_MEMORY;
	if (!e)
		e = manage_any(ctx, &users_by_account, &pair, 1, &used);
	if (!e && !used)
		e = manage_any(ctx, &devices_by_account, &pair, 1, &used);
	return e ? e : used ? E_IN_USE : E_OK;
}

static const struct filter account_filters[] = {
	{ .name = "code", .key = KEY_TEXT, .index = IX_CUSTOMER_ACCOUNT_CODE },
	{ .name = "name" },
	{ .name = NULL },
};

const struct resource customer_account_resource = {
	.table = T_CUSTOMER_ACCOUNT,
	.audit = "customer_account",
	.path = "customer-accounts",
	.unique = "code",
	.filters = account_filters,
	.check = account_check,
	.drop = account_drop,
};
