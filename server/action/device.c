#include "server/action/device.h"

#include "base/clock.h"
#include "base/id.h"
#include "server/action/blacklist.h"
#include "server/action/seat.h"
#include "server/model/customer.h"
#include "server/model/product.h"
#include "server/policy/release.h"

static enum err
load(struct action_ctx *ctx, int64_t id, void *rec)
{
	return record_find(
	    ctx->txn, T_ACTIVATION, IX_ACTIVATION_ID, record_key_id(ctx->txn, id), rec);
}

enum err
device_customer(
    struct action_ctx *ctx, const struct license *license, int64_t *customer_id)
{
	struct order order;
	enum err e = record_get_id(ctx->txn, T_ORDER, license->order_id, &order);

	*customer_id = e ? FIELD_NONE : order.customer_id;
	return e == E_NOT_FOUND ? E_OK : e;
}

/* Instant at which a counted seat falls free by itself. */
static int64_t
frees_at(const struct activation *a)
{
	return a->state != AS_INACTIVE && a->offline ? a->lease_until : FIELD_NONE;
}

static enum err
print_user(struct action_ctx *ctx, struct manage_res *res, int64_t user_id)
{
	struct slice email;
	enum err e = ref_code(ctx, T_LICENSE_USER, user_id, &email);

	jw_ktext(&res->w, "user", email);
	return e;
}

static enum err
print_license(struct action_ctx *ctx, struct manage_res *res, const struct activation *a,
    struct license *license)
{
	struct slice code;
	enum err e = record_get_id(ctx->txn, T_LICENSE, a->license_id, license);

	if (!e)
		e = ref_code(ctx, T_PRODUCT, license->product_id, &code);
	if (e)
		return e == E_NOT_FOUND ? E_DAMAGED : e;
	jw_kint(&res->w, "license", license->o.id);
	jw_ktext(&res->w, "product", code);
	return E_OK;
}

static enum err
print_hardware(struct action_ctx *ctx, struct manage_res *res, const struct activation *a,
    const struct license *license)
{
	struct device device;
	int64_t customer_id;
	bool hit = false;
	enum err e = record_get_id(ctx->txn, T_DEVICE, a->device_id, &device);

	if (e)
		return e == E_NOT_FOUND ? E_DAMAGED : e;
	e = device_customer(ctx, license, &customer_id);
	if (!e && device.hardware_id.p)
		e = blacklist_hit(
		    ctx->txn, device.hardware_id, customer_id, license->o.id, &hit);
	jw_ktext(&res->w, "hardware_id", device.hardware_id);
	manage_id(ctx, res, "hardware", device_table.name, device.o.id);
	jw_kbool(&res->w, "blacklisted", hit);
	return e;
}

static enum err
print(struct action_ctx *ctx, struct manage_res *res, const void *rec, bool single)
{
	const struct activation *a = rec;
	struct license license;
	enum err e = print_license(ctx, res, a, &license);

	(void)single;
	if (!e)
		e = print_hardware(ctx, res, a, &license);
	if (!e)
		e = print_user(ctx, res, a->user_id);
	jw_kbool(&res->w, "active", a->state == AS_ACTIVE);
	jw_kinstant(&res->w, "frees_at", frees_at(a));
	return e;
}

const struct resource device_resource = {
	.table = T_ACTIVATION,
	.audit = "device",
	.path = "devices",
	.filters = device_filters,
	.load = load,
	.print = print,
};

enum err
device_need(struct action_ctx *ctx, enum permission permission, const char *field)
{
	if (permit_allows(&ctx->actor->permits, permission))
		return E_OK;
	fault_add(&ctx->faults, field, E_FORBIDDEN, "The permission %s is needed",
	    permit_name(permission));
	return manage_forbid(ctx, permission);
}

enum err
device_lease_live(struct action_ctx *ctx, const struct activation *a)
{
	char day[CLOCK_ISO_LEN + 1] = "without end";

	if (a->lease_until != FIELD_NONE)
		clock_iso(a->lease_until, day);
	fault_add(&ctx->faults, "lease_until", E_OFFLINE_LEASE_LIVE,
	    "The lease of serial %lld runs until: %s", (long long)a->serial, day);
	return E_OFFLINE_LEASE_LIVE;
}

enum err
device_of(struct action_ctx *ctx, struct slice hardware_id, struct device *device)
{
	char uuid[ID_UUID_LEN + 1];
	enum err e;

	e = record_find(ctx->txn, T_DEVICE, IX_DEVICE_HARDWARE_ID,
	    record_key_text(ctx->txn, hardware_id), device);
	if (e != E_NOT_FOUND)
		return e;
	field_clear(&device_table, device);
	id_uuid(uuid);
	device->uuid = arena_slice(ctx->arena, slice_str(uuid));
	device->hardware_id = hardware_id;
	if (!device->uuid.p)
		return E_NO_MEMORY;
	return change_record(ctx, T_DEVICE, NULL, device, NULL, FIELD_NONE);
}

enum err
device_free(struct action_ctx *ctx, struct license *license, struct activation *a,
    enum issued_state how, const char *audit)
{
	struct activation before = *a;
	struct seat seat = { .license = license, .activation = a, .end = how };
	enum err e = seat_free(ctx, &seat);

	return e ? e : change_record(ctx, T_ACTIVATION, &before, a, audit, license->o.id);
}

enum err
device_note(struct action_ctx *ctx, const struct activation *a, enum change_kind kind)
{
	struct change change = { .type = activation_table.name,
		.id = a->o.id,
		.kind = kind,
		.fields = SLICE("{}") };

	return change_note(ctx, &change);
}
