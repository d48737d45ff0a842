#include "server/action/offline_admin.h"

#include <stdio.h>

#include "offline/armor.h"
#include "server/action/device.h"
#include "server/action/offline.h"
#include "server/action/offline_form.h"
#include "server/action/revocations.h"

static const struct filter filters[] = {
	{ .name = "serial", .field = "id", .key = KEY_ID, .index = -1 },
	{ .name = "license", .key = KEY_ID, .index = IX_ISSUED_LICENSE, .by_id = true },
	{ .name = "hardware_id", .key = KEY_TEXT, .index = IX_ISSUED_HARDWARE },
	{ .name = "request", .key = KEY_TEXT, .index = IX_ISSUED_REQUEST },
	{ .name = "state" },
	{ .name = "lease_until", .key = KEY_ID, .index = IX_ISSUED_LEASE },
	{ .name = "issued_at", .key = KEY_ID, .index = IX_ISSUED_AT },
	{ .name = NULL },
};

/* Serials are texts to JSON: they are counted in 64 bits. */
struct serial {
	char text[OFFLINE_SERIAL_TEXT + 1];
};

static struct serial
serial_of(int64_t n)
{
	struct serial s;

	snprintf(s.text, sizeof(s.text), "%lld", (long long)n);
	return s;
}

static enum err
print(struct action_ctx *ctx, struct manage_res *res, const void *rec, bool single)
{
	const struct issued *issued = rec;
	struct serial serial = serial_of(issued->o.id);
	struct slice code;
	enum err e = ref_code(ctx, T_PRODUCT, issued->product_id, &code);

	(void)single;
	if (e == E_NOT_FOUND) {
		code = SLICE_NULL;
		e = E_OK;
	}
	jw_ktext(&res->w, "serial", slice_str(serial.text));
	jw_ktext(&res->w, "product", code);
	return e;
}

static int64_t
license_of(const void *rec)
{
	return ((const struct issued *)rec)->license_id;
}

const struct resource issued_resource = {
	.table = T_ISSUED,
	.audit = "offline",
	.path = "offline/activations",
	.filters = filters,
	.print = print,
	.license = license_of,
};

static void
print_ids(struct json_writer *w, const char *name, const struct list *ids)
{
	const int64_t *id = ids->p;

	jw_key(w, name);
	jw_array(w);
	for (size_t i = 0; i < ids->n; i++)
		jw_int(w, id[i]);
	jw_end(w);
}

/* What a dry run has made must not leave the server: nobody holds its seat. */
static enum err
print_made(struct action_ctx *ctx, struct manage_res *res, const struct offline_answer *a)
{
	struct buf text = BUF_INIT(ctx->arena);
	bool receipt = a->kind == OBJECT_RECEIPT, made = !a->repeated;
	struct serial serial = serial_of(a->serial);

	armor_put(&text, a->kind, a->object);
	manage_new(res, "serial", slice_str(serial.text), made && !receipt);
	if (!receipt) {
		print_ids(&res->w, "licenses", &a->licenses);
		jw_kinstant(&res->w, "lease_until", a->lease_until);
	}
	jw_kbool(&res->w, "repeated", a->repeated);
	manage_new(res, receipt ? "receipt" : "activation", buf_slice(&text), made);
	return buf_finish(&text);
}

static enum err
print_results(
    struct action_ctx *ctx, struct manage_res *res, const struct offline_answers *answers)
{
	enum err e = E_OK;

	jw_object(&res->w);
	jw_key(&res->w, "results");
	jw_array(&res->w);
	for (size_t i = 0; i < answers->n && !e; i++) {
		const struct offline_answer *a = &answers->item[i];

		jw_object(&res->w);
		jw_kbool(&res->w, "ok", !a->err);
		if (a->err)
			offline_print_refusal(&res->w, a);
		else
			e = print_made(ctx, res, a);
		jw_end(&res->w);
	}
	jw_end(&res->w);
	jw_end(&res->w);
	return e ? e : buf_finish(&res->body);
}

static enum err
take_batch(struct action_ctx *ctx, const struct manage_req *req, struct manage_res *res,
    action_fn *fn)
{
	struct offline_batch batch = *(const struct offline_batch *)req->kept;
	struct offline_answers answers;
	char *by = arena_printf(ctx->arena, "staff:%.*s", SLICE_ARG(ctx->actor->name));
	enum err e = by ? E_OK : E_NO_MEMORY;

	batch.issued_by = slice_str(by);
	batch.peer_address = ctx->actor->address;
	if (!e)
		e = fn(ctx, &batch, &answers);
	return e ? e : print_results(ctx, res, &answers);
}

enum err
issued_answer(struct action_ctx *ctx, const void *req, void *res)
{
	return take_batch(ctx, req, res, action_offline_activate);
}

enum err
issued_deactivate(struct action_ctx *ctx, const void *req, void *res)
{
	return take_batch(ctx, req, res, action_offline_deactivate);
}

enum err
issued_file(struct action_ctx *ctx, const void *req, void *res)
{
	struct issued issued;
	struct serial serial;
	enum err e = manage_load(ctx, req, &issued);

	ctx->object_revision = FIELD_NONE;
	if (e)
		return e;
	serial = serial_of(issued.o.id);
	e = offline_form(ctx, req, res, OBJECT_ACTIVATION, issued.answer, serial.text);
	return e ? e
	         : audit_append(ctx, "offline.resent", issued_table.name,
		       slice_str(serial.text), issued.license_id, SLICE_NULL);
}

/* The row that the serial still stands for, and that it may end. */
static enum err
load_row(struct action_ctx *ctx, const struct manage_req *req, struct manage_res *res,
    struct issued *issued, struct activation *row)
{
	bool found;
	enum err e;

	manage_unknown(ctx, req, res, "", req->body, NULL);
	e = manage_load(ctx, req, issued);
	if (!e)
		e = manage_faults(ctx);
	if (!e)
		e = offline_row(ctx, issued, row, &found);
	if (e)
		return e;
	return found && row->state == AS_ACTIVE && row->serial == issued->o.id
	           ? E_OK
	           : E_WRONG_STATE;
}

static enum err
answer(struct action_ctx *ctx, struct manage_res *res, int64_t serial)
{
	struct issued issued;
	enum err e = record_get_id(ctx->txn, T_ISSUED, serial, &issued);

	return e ? e : manage_answer(ctx, &issued_resource, res, &issued);
}

enum err
issued_revoke(struct action_ctx *ctx, const void *req, void *res)
{
	struct issued issued;
	struct activation row;
	enum err e = load_row(ctx, req, res, &issued, &row);

	if (!e && issued.state != IS_LIVE)
		e = E_WRONG_STATE;
	if (!e)
		e = device_revoke_row(ctx, &row, "offline.revoked");
	return e ? e : answer(ctx, res, issued.o.id);
}

enum err
issued_force_release(struct action_ctx *ctx, const void *req, void *res)
{
	struct issued issued;
	struct activation row;
	enum err e = load_row(ctx, req, res, &issued, &row);

	if (!e)
		e = device_force_row(ctx, &row, "offline.released");
	return e ? e : answer(ctx, res, issued.o.id);
}

enum err
issued_revocations(struct action_ctx *ctx, const void *req, void *res)
{
	struct revocation_list list;
	char *name;
	enum err e = action_revocations(ctx, NULL, &list);

	if (e)
		return e;
	name = arena_printf(ctx->arena, "revocations-%lld", (long long)list.number);
	return name ? offline_form(ctx, req, res, OBJECT_REVOCATIONS, list.object, name)
	            : E_NO_MEMORY;
}
