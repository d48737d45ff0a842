#include "server/action/license.h"

#include "server/action/device.h"
#include "server/model/customer.h"
#include "server/model/device.h"
#include "server/model/product.h"
#include "server/policy/validity.h"

#define SCAN_MAX 100000

/* Filters without a left side: find alone decides. */
#define NO_FIELD "-"

static enum err
add_orders(struct action_ctx *ctx, int64_t customer_id, struct id_list *out)
{
	struct record_scan orders, licenses;
	struct license license;
	struct order order;
	enum err e;

	e = record_scan(ctx->txn, T_ORDER, IX_ORDER_CUSTOMER,
	    record_key_id(ctx->txn, customer_id), SLICE_NULL, false, &orders);
	while (!e) {
		e = record_next(&orders, &order);
		if (e)
			break;
		e = record_scan(ctx->txn, T_LICENSE, IX_LICENSE_ORDER,
		    record_key_id(ctx->txn, order.o.id), SLICE_NULL, false, &licenses);
		while (!e) {
			e = record_next(&licenses, &license);
			if (!e)
				e = id_list_add(out, license.o.id);
		}
		if (e == E_NOT_FOUND)
			e = E_OK;
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

enum err
license_find_customer(struct action_ctx *ctx, struct slice value, struct id_list *out)
{
	int64_t id;
	enum err e = ref_find(ctx, T_CUSTOMER, value, &id);

	return e || id == FIELD_NONE ? e : add_orders(ctx, id, out);
}

static enum err
find_account(struct action_ctx *ctx, struct slice value, struct id_list *out)
{
	struct record_scan scan;
	struct customer customer;
	int64_t id;
	enum err e = ref_find(ctx, T_CUSTOMER_ACCOUNT, value, &id);

	if (e || id == FIELD_NONE)
		return e;
	e = record_scan(ctx->txn, T_CUSTOMER, IX_CUSTOMER_ACCOUNT,
	    record_key_id(ctx->txn, id), SLICE_NULL, false, &scan);
	while (!e) {
		e = record_next(&scan, &customer);
		if (!e)
			e = add_orders(ctx, customer.o.id, out);
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

static enum err
find_key(struct action_ctx *ctx, struct slice value, struct id_list *out)
{
	struct slice key = arena_fold(ctx->arena, slice_trim(value));
	struct record_scan scan;
	struct product product;
	struct license license;
	enum err e;

	if (!license_key_valid(key))
		return E_OK;
	e = record_scan(ctx->txn, T_PRODUCT, -1, SLICE_NULL, SLICE_NULL, false, &scan);
	while (!e) {
		e = record_next(&scan, &product);
		if (e)
			break;
		e = record_find(ctx->txn, T_LICENSE, IX_LICENSE_KEY,
		    record_key_id_text(ctx->txn, product.o.id, key), &license);
		if (!e)
			e = id_list_add(out, license.o.id);
		else if (e == E_NOT_FOUND)
			e = E_OK;
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

enum err
license_find_user(struct action_ctx *ctx, struct slice value, struct id_list *out)
{
	struct record_scan scan;
	struct assignment a;
	int64_t id;
	enum err e = ref_find(ctx, T_LICENSE_USER, value, &id);

	if (e || id == FIELD_NONE)
		return e;
	e = record_scan(ctx->txn, T_ASSIGNMENT, IX_ASSIGNMENT_USER,
	    record_key_id(ctx->txn, id), SLICE_NULL, false, &scan);
	while (!e) {
		e = record_next(&scan, &a);
		if (!e)
			e = id_list_add(out, a.license_id);
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

static enum err
find_hardware(struct action_ctx *ctx, struct slice value, struct id_list *out)
{
	return device_rows(ctx, value, offsetof(struct activation, license_id), out);
}

static enum err
find_hostname(struct action_ctx *ctx, struct slice value, struct id_list *out)
{
	struct record_scan scan;
	struct activation a;
	int64_t reads = 0;
	enum err e;

	e = record_scan(ctx->txn, T_ACTIVATION, -1, SLICE_NULL, SLICE_NULL, false, &scan);
	while (!e) {
		e = record_next(&scan, &a);
		if (!e && ++reads > SCAN_MAX)
			return E_QUERY_TOO_BROAD;
		if (!e && slice_equal(a.facts.hostname, value))
			e = id_list_add(out, a.license_id);
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

static enum err
get_active(struct action_ctx *ctx, const void *rec, struct filter_value *v)
{
	const struct license *license = rec;

	(void)ctx;
	*v = (struct filter_value){ .type = FIELD_BOOL,
		.number = license->times_activated > 0 };
	return E_OK;
}

static enum err
get_status(struct action_ctx *ctx, const void *rec, struct filter_value *v)
{
	*v = (struct filter_value){ .type = FIELD_ENUM,
		.names = &license_status_names,
		.number = (int64_t)validity_status(rec, ctx->now) };
	return E_OK;
}

/* Of the customer; null without one. */
static enum err
get_email(struct action_ctx *ctx, const void *rec, struct filter_value *v)
{
	const struct license *license = rec;
	struct order order;
	enum err e = record_get_id(ctx->txn, T_ORDER, license->order_id, &order);

	*v = (struct filter_value){ .type = FIELD_TEXT, .null = true };
	if (!e)
		e = ref_code(ctx, T_CUSTOMER, order.customer_id, &v->text);
	if (!e)
		v->null = !v->text.p;
	return e;
}

#define BY_ID(name_, field_, index_, ref_)                                               \
	{                                                                                \
		.name = (name_), .field = (field_), .key = KEY_ID, .index = (index_),    \
		.ref = (ref_), .by_id = true                                             \
	}
#define BY_FIND(name_, find_)                                                            \
	{                                                                                \
		.name = (name_), .field = NO_FIELD, .find = (find_)                      \
	}

const struct filter license_filters[] = {
	BY_FIND("license_key", find_key),
	BY_ID("product", "product_id", IX_LICENSE_PRODUCT, T_PRODUCT),
	BY_ID("product_short_code", "product_id", IX_LICENSE_PRODUCT, T_PRODUCT),
	BY_ID("order__store_id", "order_id", IX_LICENSE_ORDER, T_ORDER),
	BY_ID("order", "order_id", IX_LICENSE_ORDER, T_ORDER),
	BY_FIND("customer", license_find_customer),
	{ .name = "customer_email",
	    .key = KEY_FOLDED,
	    .get = get_email,
	    .find = license_find_customer },
	BY_FIND("customer__account__code", find_account),
	BY_FIND("license_users__email", license_find_user),
	BY_FIND("license_users__true_email", license_find_user),
	BY_FIND("devices__hardware_id", find_hardware),
	BY_FIND("devices__hostname", find_hostname),
	{ .name = "license_type" },
	{ .name = "enabled", .field = "license_enabled" },
	{ .name = "active", .get = get_active },
	{ .name = "is_trial" },
	{ .name = "status", .get = get_status },
	{ .name = "validity_period", .key = KEY_ID, .index = IX_LICENSE_VALIDITY },
	{ .name = "maintenance_period" },
	{ .name = "created_at", .key = KEY_ID, .index = IX_LICENSE_CREATED },
	BY_ID("bundle_license_id", "bundle_license_id", IX_LICENSE_SET, T_LICENSE),
	{ .name = NULL },
};
