#include "server/action/license.h"

#include "server/action/order.h"
#include "server/action/query.h"

/* Beside those of a row. */
static const char *const members[] = { "product", "product_code", "customer",
	"customer_account_id", "customer_account", "add_to_customer_account", "order",
	"is_test", NULL };

static enum err
read_order(struct issue *is, struct order_plan *plan)
{
	struct action_ctx *ctx = is->ctx;
	const struct json *json = json_get(is->req->body, "order");
	struct slice *store_id = &plan->order.store_id;
	struct order known;
	enum err e;

	plan->order.is_test = manage_flag(ctx, is->req, "is_test");
	if (!json || json->type == JSON_NULL)
		return E_OK;
	if (!json_to_text(json, store_id) || !store_id->n || store_id->n > 128 ||
	    !slice_is_plain(*store_id)) {
		fault_add(&ctx->faults, "order", E_VALIDATION,
		    "order is a text of 1 to 128 bytes without control bytes");
		return E_OK;
	}
	e = record_find(ctx->txn, T_ORDER, IX_ORDER_STORE_ID,
	    record_key_text(ctx->txn, *store_id), &known);
	if (!e)
		fault_add(&ctx->faults, "order", E_DUPLICATE, NULL);
	return e == E_NOT_FOUND ? E_OK : e;
}

enum err
license_create(struct action_ctx *ctx, const void *req_, void *res_)
{
	const struct manage_req *req = req_;
	struct manage_res *res = res_;
	struct issue is = { .ctx = ctx, .req = req, .res = res, .created = ctx->now };
	struct order_plan plan = { .append = false };
	struct issue_goods goods;
	const struct json *code = json_get(req->body, "product");
	enum err e;

	field_clear(&order_table, &plan.order);
	plan.order.metadata = SLICE("{}");
	if (!code)
		code = json_get(req->body, "product_code");
	e = order_read_customer(&is, &plan, json_get(req->body, "customer"));
	if (!e)
		e = read_order(&is, &plan);
	if (!e)
		e = issue_read_goods(&is, "product", code, &goods);
	if (!e && goods.product.o.id)
		e = issue_read_row(&is, "", &goods, req->body, members);
	if (!e)
		e = manage_faults(ctx);
	if (!e) {
		plan.order.is_bundle = goods.product.is_bundle;
		e = order_make(&is, &plan);
	}
	if (e)
		return e;
	res->created = is.row[0].piece[0].license.o.id;
	return license_reply(ctx, res, res->created);
}
