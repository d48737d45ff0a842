#include "server/action/order.h"

#include "base/clock.h"
#include "server/action/license.h"
#include "server/action/party.h"
#include "server/action/query.h"

#define ITEMS_MAX 100

/* Read here, beside the fields of an order; the last five are accepted without effect. */
static const char *const members[] = { "id", "customer", "customer_account_id",
	"customer_account", "add_to_customer_account", "created", "prevent_vm", "append",
	"items", "order_type", "language", "campaign_params", "download_id", "is_manager",
	NULL };
static const char *const item_members[] = { "product_code", "product", "licenses", NULL };

static const struct json empty = { .type = JSON_OBJECT };

static void
wrong(struct issue *is, const char *field, const char *what)
{
	fault_add(&is->ctx->faults, field, E_VALIDATION, "%s", what);
}

static enum err
customer_by_email(struct issue *is, struct order_plan *plan, bool *found)
{
	struct txn *txn = is->ctx->txn;
	struct customer known;
	struct slice email = arena_fold(is->ctx->arena, plan->customer.email);
	enum err e = E_NOT_FOUND;

	if (email.n)
		e = record_find(txn, T_CUSTOMER, IX_CUSTOMER_EMAIL,
		    record_key_text(txn, email), &known);
	*found = !e;
	if (!e)
		plan->order.customer_id = known.o.id;
	return e == E_NOT_FOUND ? E_OK : e;
}

static enum err
customer_account(struct issue *is, struct order_plan *plan)
{
	const struct json *body = is->req->body;
	const struct json *json = json_get(body, "customer_account_id");
	const char *field = json ? "customer_account_id" : "customer_account";
	bool add = true;
	const struct json *flag = json_get(body, "add_to_customer_account");

	if (flag && flag->type != JSON_NULL && !json_to_bool(flag, &add))
		wrong(is, "add_to_customer_account", "It must be true or false");
	if (!json)
		json = json_get(body, "customer_account");
	if (!json || json->type == JSON_NULL || !add)
		return E_OK;
	return ref_read(is->ctx, field, T_CUSTOMER_ACCOUNT, json,
	    &plan->customer.customer_account_id);
}

static enum err
customer_object(struct issue *is, struct order_plan *plan, const struct json *json)
{
	struct edit edit = { .ctx = is->ctx,
		.req = is->req,
		.res = is->res,
		.resource = &customer_resource,
		.body = json,
		.rec = &plan->customer };
	bool found = false;
	enum err e;

	field_clear(&customer_table, &plan->customer);
	if (customer_resource.defaults)
		customer_resource.defaults(&plan->customer);
	e = manage_read(&edit, "customer.", FIELD_CREATE);
	plan->customer.email = slice_trim(plan->customer.email);
	if (!e)
		e = customer_by_email(is, plan, &found);
	if (e || found)
		return e;
	plan->make_customer = true;
	e = customer_account(is, plan);
	return !e && customer_resource.check ? customer_resource.check(&edit) : e;
}

enum err
order_read_customer(struct issue *is, struct order_plan *plan, const struct json *json)
{
	plan->order.customer_id = FIELD_NONE;
	plan->has_customer = json && json->type != JSON_NULL;
	if (!plan->has_customer)
		return E_OK;
	if (json->type == JSON_OBJECT)
		return customer_object(is, plan, json);
	return ref_read(is->ctx, "customer", T_CUSTOMER, json, &plan->order.customer_id);
}

static void
read_created(struct issue *is)
{
	const struct json *json = json_get(is->req->body, "created");
	int64_t t;

	is->created = is->ctx->now;
	if (!json || json->type == JSON_NULL)
		return;
	if (json->type != JSON_TEXT || !clock_parse_iso(json->text, &t) || t <= 0 ||
	    t > is->ctx->now)
		wrong(is, "created", "created is an instant in the past");
	else
		is->created = t;
}

static enum err
read_head(struct issue *is, struct order_plan *plan)
{
	static const struct resource resource = { .table = T_ORDER, .also = members };
	struct edit edit = { .ctx = is->ctx,
		.req = is->req,
		.res = is->res,
		.resource = &resource,
		.body = is->req->body,
		.rec = &plan->order };
	const struct json *id = json_get(is->req->body, "id");
	enum err e = manage_read(&edit, "", FIELD_CREATE);

	if (!id || id->type == JSON_NULL)
		return e;
	if (!json_to_text(id, &plan->order.store_id) || !plan->order.store_id.n ||
	    plan->order.store_id.n > 128 || !slice_is_plain(plan->order.store_id))
		wrong(is, "id", "id is a text of 1 to 128 bytes without control bytes");
	return e;
}

static void
check_append(struct issue *is, struct order_plan *plan, const struct order *known)
{
	struct faults *faults = &is->ctx->faults;

	if (plan->has_customer &&
	    (plan->make_customer || known->customer_id != plan->order.customer_id))
		fault_add(faults, "customer", E_WRONG_STATE,
		    "The order is of another customer");
	if (json_get(is->req->body, "is_bundle") &&
	    known->is_bundle != plan->order.is_bundle)
		fault_add(faults, "is_bundle", E_WRONG_STATE,
		    "The order holds the other kind of licenses");
	plan->before = *known;
	plan->order = *known;
	plan->make_customer = false;
}

static enum err
read_store_id(struct issue *is, struct order_plan *plan)
{
	struct txn *txn = is->ctx->txn;
	bool append = manage_flag(is->ctx, is->req, "append");
	struct order known;
	enum err e;

	if (!plan->order.store_id.n)
		return E_OK;
	e = record_find(txn, T_ORDER, IX_ORDER_STORE_ID,
	    record_key_text(txn, plan->order.store_id), &known);
	if (!e && !append)
		fault_add(&is->ctx->faults, "id", E_DUPLICATE, NULL);
	plan->append = !e && append;
	if (plan->append)
		check_append(is, plan, &known);
	return e == E_NOT_FOUND ? E_OK : e;
}

static void
check_kind(struct issue *is, const struct order_plan *plan, const char *field,
    const struct product *product)
{
	if (plan->order.is_bundle && !product->is_bundle)
		fault_add(&is->ctx->faults, field, E_PRODUCT_NOT_BUNDLE, NULL);
	if (!plan->order.is_bundle && product->is_bundle)
		fault_add(&is->ctx->faults, field, E_PRODUCT_IS_BUNDLE,
		    "The product is a bundle: set is_bundle");
}

static enum err
read_rows(struct issue *is, const char *path, const struct issue_goods *goods,
    const struct json *rows)
{
	enum err e = E_OK;

	if (!rows || rows->type == JSON_NULL)
		return issue_read_row(
		    is, query_path(is->ctx, path, "licenses[0]."), goods, &empty, NULL);
	if (rows->type != JSON_ARRAY) {
		wrong(is, query_path(is->ctx, path, "licenses"), "licenses is an array");
		return E_OK;
	}
	if (is->n_pieces + rows->n * (goods->n_members + 1) > ISSUE_LICENSES_MAX) {
		wrong(is, query_path(is->ctx, path, "licenses"),
		    "An order call makes 1000 licenses at most");
		return E_OK;
	}
	for (size_t i = 0; i < rows->n && !e; i++) {
		char *at = arena_printf(is->ctx->arena, "%slicenses[%zu].", path, i);

		if (!at)
			return E_NO_MEMORY;
		if (rows->items[i].type != JSON_OBJECT)
			wrong(is, query_path(is->ctx, at, ""), "A license is an object");
		else
			e = issue_read_row(is, at, goods, &rows->items[i], NULL);
	}
	return e;
}

static enum err
read_item(
    struct issue *is, struct order_plan *plan, const char *path, const struct json *item)
{
	struct action_ctx *ctx = is->ctx;
	struct issue_goods *goods = arena_alloc(ctx->arena, sizeof(*goods));
	const struct json *code = json_get(item, "product_code");
	const char *field = query_path(ctx, path, "product_code");
	enum err e;

	if (!goods)
		return E_NO_MEMORY;
	manage_unknown(ctx, is->req, is->res, path, item, item_members);
	e = issue_read_goods(is, field, code ? code : json_get(item, "product"), goods);
	if (e || !goods->product.o.id)
		return e;
	check_kind(is, plan, field, &goods->product);
	return read_rows(is, path, goods, json_get(item, "licenses"));
}

static enum err
read_items(struct issue *is, struct order_plan *plan)
{
	const struct json *items = json_get(is->req->body, "items");
	enum err e = E_OK;

	if (!items) {
		fault_add(
		    &is->ctx->faults, "items", E_MISSING_PARAMETERS, "items is missing");
		return E_OK;
	}
	if (items->type != JSON_ARRAY || items->n < 1 || items->n > ITEMS_MAX) {
		wrong(is, "items", "items is an array of 1 to 100 items");
		return E_OK;
	}
	for (size_t i = 0; i < items->n && !e; i++) {
		char *path = arena_printf(is->ctx->arena, "items[%zu].", i);

		if (!path)
			return E_NO_MEMORY;
		if (items->items[i].type != JSON_OBJECT)
			wrong(is, query_path(is->ctx, path, ""), "An item is an object");
		else
			e = read_item(is, plan, path, &items->items[i]);
	}
	return e;
}

static bool
all_trials(const struct issue *is)
{
	for (size_t i = 0; i < is->n; i++)
		if (!is->row[i].piece[0].license.terms.is_trial)
			return false;
	return is->n > 0;
}

static enum err
new_order(struct issue *is, struct order_plan *plan)
{
	struct action_ctx *ctx = is->ctx;
	struct order *order = &plan->order;
	enum err e = record_new_id(ctx->txn, T_ORDER, &order->o.id);

	if (e)
		return e;
	if (!order->store_id.n)
		order->store_id =
		    slice_str(arena_printf(ctx->arena, "L-%lld", (long long)order->o.id));
	if (!order->store_id.p)
		return E_NO_MEMORY;
	order->o.created_at = is->created;
	order->is_trial = all_trials(is);
	e = change_record(ctx, T_ORDER, NULL, order, "order.created", FIELD_NONE);
	if (e == E_DUPLICATE)
		fault_add(&ctx->faults, "id", e, NULL);
	return e;
}

enum err
order_make(struct issue *is, struct order_plan *plan)
{
	struct action_ctx *ctx = is->ctx;
	struct order *order = &plan->order;
	enum err e = E_OK;

	if (plan->make_customer) {
		e = change_record(ctx, T_CUSTOMER, NULL, &plan->customer,
		    "customer.created", FIELD_NONE);
		order->customer_id = plan->customer.o.id;
	}
	if (e)
		return e;
	order->license_count += (int64_t)is->n;
	if (plan->append)
		e = change_record(
		    ctx, T_ORDER, &plan->before, order, "order.updated", FIELD_NONE);
	else
		e = new_order(is, plan);
	return e ? e : issue_make(is, order);
}

enum err
order_create(struct action_ctx *ctx, const void *req_, void *res_)
{
	const struct manage_req *req = req_;
	struct manage_res *res = res_;
	struct issue is = { .ctx = ctx, .req = req, .res = res };
	struct order_plan plan = { .append = false };
	enum err e;

	field_clear(&order_table, &plan.order);
	plan.order.metadata = SLICE("{}");
	read_created(&is);
	is.prevent_vm = manage_flag(ctx, req, "prevent_vm");
	e = read_head(&is, &plan);
	if (!e)
		e = order_read_customer(&is, &plan, json_get(req->body, "customer"));
	if (!e)
		e = read_store_id(&is, &plan);
	if (!e)
		e = read_items(&is, &plan);
	if (!e)
		e = manage_faults(ctx);
	if (!e)
		e = order_make(&is, &plan);
	if (e)
		return e;
	res->created = plan.order.o.id;
	return manage_answer(ctx, &order_resource, res, &plan.order);
}
