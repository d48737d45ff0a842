#include "server/action/license.h"

#include "server/action/blacklist.h"
#include "server/action/device.h"
#include "server/action/seat.h"
#include "server/policy/activate.h"
#include "server/policy/release.h"

static const char *const move_members[] = { "from_device", "to_hardware_id",
	"ignore_limit", NULL };
static const char *const reset_members[] = { "force", NULL };

/* A seat's way from one device to another, on one license or on a whole set. */
struct move {
	struct action_ctx *ctx;
	struct activation from;
	struct slice from_hardware, to_hardware;
	bool ignore_limit;
	struct device to;
	struct license_set set;
};

static void
read_from(struct move *m, const struct manage_req *req, int64_t *id)
{
	const struct json *json = json_get(req->body, "from_device");

	*id = 0;
	if (!json)
		fault_add(&m->ctx->faults, "from_device", E_MISSING_PARAMETERS,
		    "from_device is missing");
	else if (!json_to_int(json, id))
		fault_add(&m->ctx->faults, "from_device", E_VALIDATION,
		    "from_device is the id of a device row");
}

static void
read_to(struct move *m, const struct manage_req *req)
{
	const struct json *json = json_get(req->body, "to_hardware_id");

	if (!json)
		fault_add(&m->ctx->faults, "to_hardware_id", E_MISSING_PARAMETERS,
		    "to_hardware_id is missing");
	else if (!json_to_text(json, &m->to_hardware) ||
		 !hardware_id_valid(m->to_hardware))
		fault_add(&m->ctx->faults, "to_hardware_id", E_VALIDATION,
		    "to_hardware_id is 1 to %d bytes without control bytes",
		    MAX_HARDWARE_ID);
}

static enum err
load_from(struct move *m, const struct license *license, int64_t id)
{
	struct action_ctx *ctx = m->ctx;
	struct device device;
	enum err e = device_resource.load(ctx, id, &m->from);

	if (e == E_NOT_FOUND || (!e && m->from.license_id != license->o.id)) {
		fault_add(&ctx->faults, "from_device", E_VALIDATION,
		    "The license has no such device");
		return E_VALIDATION;
	}
	if (!e)
		e = record_get_id(ctx->txn, T_DEVICE, m->from.device_id, &device);
	if (e)
		return e;
	m->from_hardware = device.hardware_id;
	if (!slice_equal(m->from_hardware, m->to_hardware))
		return E_OK;
	fault_add(&ctx->faults, "to_hardware_id", E_VALIDATION,
	    "The seat is that of this device already");
	return E_VALIDATION;
}

static enum err
load_set(struct move *m, const struct license *license)
{
	struct license *one = arena_alloc(m->ctx->arena, sizeof(*one));

	if (license->bundle_license_id == FIELD_NONE)
		return license_set_load(m->ctx, license, &m->set);
	if (!one)
		return E_NO_MEMORY;
	*one = *license;
	m->set = (struct license_set){ one, 1 };
	return E_OK;
}

static enum err
row_on(struct move *m, const struct license *license, int64_t device_id,
    struct activation *a)
{
	enum err e;

	field_clear(&activation_table, a);
	a->license_id = license->o.id;
	a->device_id = device_id;
	e = record_get(m->ctx->txn, T_ACTIVATION, a);
	if (e == E_NOT_FOUND) {
		field_clear(&activation_table, a);
		return E_OK;
	}
	return e;
}

static enum err
refuse_barred(struct move *m, const struct license *license)
{
	int64_t customer_id;
	bool hit;
	enum err e = device_customer(m->ctx, license, &customer_id);

	if (!e)
		e = blacklist_hit(
		    m->ctx->txn, m->to_hardware, customer_id, license->o.id, &hit);
	return e ? e : hit ? E_BLACKLISTED : E_OK;
}

/* license-api-v4.md 6.4 for the second device, once the first one has left. */
static enum err
reserve(struct move *m, struct license *license)
{
	struct activation to, before;
	struct seat seat = { .license = license, .activation = &to, .device = &m->to };
	enum seat_source source;
	enum err e = row_on(m, license, m->to.o.id, &to);

	if (!e && to.o.id && to.state != AS_INACTIVE)
		return E_LICENSE_DEVICE_EXISTS;
	if (e)
		return e;
	before = to;
	e = activate_find_seat(license, to.o.id ? &to : NULL, &source);
	if (e == E_LICENSE_TRANSFERRED_MAX_TIMES && m->ignore_limit) {
		source = SEAT_TRANSFER;
		e = E_OK;
	}
	if (!e)
		e = seat_reserve(m->ctx, &seat, source);
	if (!e && !before.o.id)
		return device_note(m->ctx, &to, CHANGE_CREATE);
	return e ? e
	         : change_record(m->ctx, T_ACTIVATION, &before, &to, NULL, license->o.id);
}

static enum err
audit(struct move *m, const struct license *license, int64_t count_before)
{
	struct action_ctx *ctx = m->ctx;
	char *id = arena_printf(ctx->arena, "%lld", (long long)license->o.id);
	struct buf b = BUF_INIT(ctx->arena);
	struct json_writer w;

	jw_init(&w, &b);
	jw_object(&w);
	jw_key(&w, "hardware_id");
	jw_array(&w);
	jw_text(&w, m->from_hardware);
	jw_text(&w, m->to_hardware);
	jw_end(&w);
	jw_key(&w, "transfer_count");
	jw_array(&w);
	jw_int(&w, count_before);
	jw_int(&w, license->transfer_count);
	jw_end(&w);
	jw_end(&w);
	if (!id || !buf_ok(&b))
		return E_NO_MEMORY;
	return audit_append(ctx, "license.transferred", "license", slice_str(id),
	    license->o.id, buf_slice(&b));
}

static enum err
move_one(struct move *m, struct license *license)
{
	struct activation from;
	int64_t count = license->transfer_count;
	enum err e = row_on(m, license, m->from.device_id, &from);

	if (e || !from.o.id || from.state == AS_INACTIVE)
		return e ? e : from.o.id == m->from.o.id ? E_WRONG_STATE : E_OK;
	e = release_by_staff(&from, m->ctx->now, false);
	if (e == E_OFFLINE_LEASE_LIVE)
		return device_lease_live(m->ctx, &from);
	if (!e)
		e = refuse_barred(m, license);
	if (!e)
		e = device_free(m->ctx, license, &from, IS_RELEASED, NULL);
	if (!e)
		e = reserve(m, license);
	return e ? e : audit(m, license, count);
}

enum err
license_transfer(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	struct move m = { .ctx = ctx,
		.ignore_limit = manage_flag(ctx, req, "ignore_limit") };
	struct license license;
	int64_t from;
	enum err e = E_OK;

	read_from(&m, req, &from);
	read_to(&m, req);
	if (m.ignore_limit)
		e = device_need(ctx, PERM_LICENSES_WRITE, "ignore_limit");
	if (!e)
		e = license_open(ctx, req, res, move_members, &license);
	if (!e)
		e = manage_faults(ctx);
	if (!e)
		e = load_from(&m, &license, from);
	if (!e)
		e = load_set(&m, &license);
	if (!e)
		e = device_of(ctx, m.to_hardware, &m.to);
	for (size_t i = 0; i < m.set.n && !e; i++)
		e = move_one(&m, &m.set.license[i]);
	return e ? e : license_reply(ctx, res, license.o.id);
}

static enum err
refuse_live(struct action_ctx *ctx, const struct license *license)
{
	struct record_scan scan;
	struct activation a;
	enum err e;

	e = record_scan(ctx->txn, T_ACTIVATION, -1,
	    record_key_id(ctx->txn, license->o.id), SLICE_NULL, false, &scan);
	while (!e) {
		e = record_next(&scan, &a);
		if (!e && release_lease_live(&a, ctx->now))
			return device_lease_live(ctx, &a);
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

static enum err
reset_one(struct action_ctx *ctx, struct license *license, bool force)
{
	struct license before = *license;
	int64_t freed;
	enum err e = force ? E_OK : refuse_live(ctx, license);

	if (!e)
		e = seat_reset(ctx, license, &freed);
	return e ? e
	         : change_record(
		       ctx, T_LICENSE, &before, license, "license.reset", license->o.id);
}

/* The reason of a forced reset, which the route cannot ask for. */
static enum err
may_force(struct action_ctx *ctx)
{
	enum err e = device_need(ctx, PERM_DEVICES_FORCE, "force");

	if (!e && !ctx->reason.n) {
		fault_add(&ctx->faults, "reason", E_REASON_REQUIRED, NULL);
		e = E_REASON_REQUIRED;
	}
	return e;
}

enum err
license_reset(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	bool force = manage_flag(ctx, req, "force");
	struct move m = { .ctx = ctx };
	struct license license;
	enum err e = force ? may_force(ctx) : E_OK;

	if (!e)
		e = license_open(ctx, req, res, reset_members, &license);
	if (!e)
		e = manage_faults(ctx);
	if (!e)
		e = load_set(&m, &license);
	for (size_t i = 0; i < m.set.n && !e; i++)
		e = reset_one(ctx, &m.set.license[i], force);
	if (e)
		return e;
	ctx->message = SLICE("License and all devices reset.");
	return license_reply(ctx, res, license.o.id);
}
