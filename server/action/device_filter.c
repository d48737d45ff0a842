#include "server/action/device.h"

#include "server/action/blacklist.h"
#include "server/action/license.h"
#include "server/model/customer.h"

#define NO_FIELD "-"

static enum err
add_rows(struct action_ctx *ctx, int64_t license_id, struct id_list *out)
{
	struct record_scan scan;
	struct activation a;
	enum err e;

	e = record_scan(ctx->txn, T_ACTIVATION, -1, record_key_id(ctx->txn, license_id),
	    SLICE_NULL, false, &scan);
	while (!e) {
		e = record_next(&scan, &a);
		if (!e)
			e = id_list_add(out, a.o.id);
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

enum err
device_rows(
    struct action_ctx *ctx, struct slice hardware_id, size_t member, struct id_list *out)
{
	struct record_scan scan;
	struct activation a;
	struct device device;
	enum err e = E_NOT_FOUND;

	if (hardware_id_valid(hardware_id))
		e = record_find(ctx->txn, T_DEVICE, IX_DEVICE_HARDWARE_ID,
		    record_key_text(ctx->txn, hardware_id), &device);
	if (!e)
		e = record_scan(ctx->txn, T_ACTIVATION, IX_ACTIVATION_DEVICE,
		    record_key_id(ctx->txn, device.o.id), SLICE_NULL, false, &scan);
	while (!e) {
		e = record_next(&scan, &a);
		if (!e)
			e = id_list_add(out, *(int64_t *)(void *)((char *)&a + member));
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

static enum err
find_hardware(struct action_ctx *ctx, struct slice value, struct id_list *out)
{
	return device_rows(ctx, value, offsetof(struct activation, o.id), out);
}

/* Rows of all licenses under an index of licenses. */
static enum err
add_licenses(struct action_ctx *ctx, int index, int64_t id, struct id_list *out)
{
	struct record_scan scan;
	struct license license;
	enum err e;

	e = record_scan(ctx->txn, T_LICENSE, index, record_key_id(ctx->txn, id),
	    SLICE_NULL, false, &scan);
	while (!e) {
		e = record_next(&scan, &license);
		if (!e)
			e = add_rows(ctx, license.o.id, out);
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

static enum err
find_product(struct action_ctx *ctx, struct slice value, struct id_list *out)
{
	int64_t id;
	enum err e = ref_find(ctx, T_PRODUCT, value, &id);

	return e || id == FIELD_NONE ? e : add_licenses(ctx, IX_LICENSE_PRODUCT, id, out);
}

/* Rows of all licenses that a filter of licenses finds. */
static enum err
add_found(struct action_ctx *ctx, filter_find_fn *licenses, struct slice value,
    struct id_list *out)
{
	struct id_list found = { .arena = out->arena };
	enum err e = licenses(ctx, value, &found);

	for (size_t i = 0; !e && i < found.n; i++)
		e = add_rows(ctx, found.id[i], out);
	return e;
}

static enum err
find_customer(struct action_ctx *ctx, struct slice value, struct id_list *out)
{
	return add_found(ctx, license_find_customer, value, out);
}

/* Rows of the licenses that the user may use; the filter's left side picks his own. */
static enum err
find_user(struct action_ctx *ctx, struct slice value, struct id_list *out)
{
	return add_found(ctx, license_find_user, value, out);
}

static enum err
get_active(struct action_ctx *ctx, const void *rec, struct filter_value *v)
{
	(void)ctx;
	*v = (struct filter_value){ .type = FIELD_BOOL,
		.number = ((const struct activation *)rec)->state == AS_ACTIVE };
	return E_OK;
}

static enum err
is_blacklisted(struct action_ctx *ctx, const struct activation *a, bool *hit)
{
	struct license license;
	struct device device;
	int64_t customer_id;
	enum err e = record_get_id(ctx->txn, T_DEVICE, a->device_id, &device);

	*hit = false;
	if (!e)
		e = record_get_id(ctx->txn, T_LICENSE, a->license_id, &license);
	if (!e)
		e = device_customer(ctx, &license, &customer_id);
	if (e)
		return e == E_NOT_FOUND ? E_OK : e;
	return blacklist_hit(
	    ctx->txn, device.hardware_id, customer_id, license.o.id, hit);
}

static enum err
get_blacklisted(struct action_ctx *ctx, const void *rec, struct filter_value *v)
{
	bool hit;
	enum err e = is_blacklisted(ctx, rec, &hit);

	*v = (struct filter_value){ .type = FIELD_BOOL, .number = hit };
	return e;
}

static enum err
get_hardware(struct action_ctx *ctx, const void *rec, struct filter_value *v)
{
	const struct activation *a = rec;
	struct device device;
	enum err e = record_get_id(ctx->txn, T_DEVICE, a->device_id, &device);

	*v = (struct filter_value){ .type = FIELD_TEXT, .null = e != E_OK };
	if (!e)
		v->text = device.hardware_id;
	return e;
}

const struct filter device_filters[] = {
	{ .name = "id", .key = KEY_ID, .index = IX_ACTIVATION_ID },
	{ .name = "license", .field = "license_id", .key = KEY_ID, .index = -1 },
	{ .name = "hardware_id", .get = get_hardware, .find = find_hardware },
	{ .name = "hostname" },
	{ .name = "mac_address" },
	{ .name = "state" },
	{ .name = "active", .get = get_active },
	{ .name = "offline" },
	{ .name = "cloned" },
	{ .name = "blacklisted", .get = get_blacklisted },
	{ .name = "product", .field = NO_FIELD, .find = find_product },
	{ .name = "customer", .field = NO_FIELD, .find = find_customer },
	{ .name = "user_email",
	    .field = "user_id",
	    .ref = T_LICENSE_USER,
	    .find = find_user },
	{ .name = "last_seen_at", .ordered = true },
	{ .name = NULL },
};
