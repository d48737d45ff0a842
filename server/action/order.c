#include "server/action/order.h"

#include "base/id.h"
#include "server/action/license.h"
#include "server/action/query.h"

static enum err
licenses_of(struct action_ctx *ctx, int64_t order_id, struct record_scan *scan)
{
	return record_scan(ctx->txn, T_LICENSE, IX_LICENSE_ORDER,
	    record_key_id(ctx->txn, order_id), SLICE_NULL, false, scan);
}

struct printing {
	struct action_ctx *ctx;
	struct manage_res *res;
	struct license license;
};

static enum err
print_one(void *arg)
{
	struct printing *p = arg;

	return manage_object(p->ctx, &license_resource, p->res, &p->license, false);
}

/* Of a set its own license, which names the members. */
static enum err
print(struct action_ctx *ctx, struct manage_res *res, const void *rec, bool single)
{
	const struct order *order = rec;
	struct printing p = { .ctx = ctx, .res = res };
	struct record_scan scan;
	enum err e;

	if (!single)
		return E_OK;
	jw_key(&res->w, "licenses");
	jw_array(&res->w);
	e = licenses_of(ctx, order->o.id, &scan);
	while (!e) {
		e = record_next(&scan, &p.license);
		if (!e && p.license.bundle_license_id == FIELD_NONE)
			e = issue_in_scratch(ctx, print_one, &p);
	}
	jw_end(&res->w);
	return e == E_NOT_FOUND ? E_OK : e;
}

static enum err
drop_licenses(struct action_ctx *ctx, int64_t order_id)
{
	struct license license;
	struct record_scan scan;
	enum err e = licenses_of(ctx, order_id, &scan);

	while (!e) {
		e = record_next(&scan, &license);
		if (!e && license.times_activated)
			return E_IN_USE;
		if (!e)
			e = license_drop(ctx, &license);
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

static enum err
drop(struct edit *ed)
{
	const struct order *order = ed->rec;

	return order->is_test ? drop_licenses(ed->ctx, order->o.id) : E_IN_USE;
}

static const struct filter filters[] = {
	{ .name = "store_id", .key = KEY_TEXT, .index = IX_ORDER_STORE_ID },
	{ .name = "customer",
	    .field = "customer_id",
	    .key = KEY_ID,
	    .index = IX_ORDER_CUSTOMER,
	    .by_id = true,
	    .ref = T_CUSTOMER },
	{ .name = "customer_email",
	    .field = "customer_id",
	    .key = KEY_ID,
	    .index = IX_ORDER_CUSTOMER,
	    .by_id = true,
	    .ref = T_CUSTOMER },
	{ .name = "is_test" },
	{ .name = "created_at", .key = KEY_ID, .index = IX_ORDER_CREATED },
	{ .name = NULL },
};

static const struct ref refs[] = {
	{ "customer", offsetof(struct order, customer_id), T_CUSTOMER, REF_NULL },
	{ NULL, 0, 0, 0 },
};

const struct resource order_resource = {
	.table = T_ORDER,
	.audit = "order",
	.path = "orders",
	.filters = filters,
	.refs = refs,
	.print = print,
	.drop = drop,
};

static enum err
print_keys(struct action_ctx *ctx, struct manage_res *res,
    const struct issue_goods *goods, int64_t n)
{
	struct slice key;
	enum err e = E_OK;

	jw_array(&res->w);
	for (int64_t i = 0; i < n && !e; i++) {
		e = issue_new_key(ctx, goods, &key);
		if (!e)
			jw_text(&res->w, key);
	}
	jw_end(&res->w);
	return e ? e : buf_finish(&res->body);
}

enum err
order_keys(struct action_ctx *ctx, const void *req_, void *res)
{
	static const char *const known[] = { "product", "quantity", NULL };
	const struct manage_req *req = req_;
	struct json code = { .type = JSON_TEXT, .text = manage_query(req, "product") };
	struct issue is = { .ctx = ctx, .req = req, .res = res, .created = ctx->now };
	struct issue_goods goods;
	int64_t n;
	enum err e;

	query_only(ctx, req, known);
	n = query_int(ctx, req, "quantity", (struct query_range){ 1, 1, 1000 });
	e = issue_read_goods(&is, "product", code.text.n ? &code : NULL, &goods);
	if (!e)
		e = manage_faults(ctx);
	if (!e && goods.product.authorization_method != AM_LICENSE_KEY)
		e = E_INVALID_PRODUCT_AUTH_METHOD;
	return e ? e : print_keys(ctx, res, &goods, n);
}
