#include "cli/command.h"

#include "base/id.h"
#include "cli/offline.h"
#include "cli/rows.h"
#include "cli/value.h"
#include "offline/claims.h"
#include "offline/cose.h"
#include "offline/seal_request.h"

#define SET(name, value) body_set(body, name, value)

static struct json
text_or_null(struct slice text)
{
	return text.p ? body_slice(text) : (struct json){ .type = JSON_NULL };
}

static struct json
serial_text(struct cli *cli, uint64_t serial)
{
	return body_text(arena_printf(cli->arena, "%llu", (unsigned long long)serial));
}

static struct json
kid_of_key(struct cli *cli, const unsigned char *public_key)
{
	unsigned char kid[KEY_KID];

	key_id(public_key, kid);
	return offline_hex(cli, kid, KEY_KID);
}

static struct json
pairs_json(struct cli *cli, const struct claims_pairs *pairs, bool *failed)
{
	struct body body = BODY_INIT(cli->arena);

	for (size_t i = 0; i < pairs->n; i++) {
		char *name = arena_str(cli->arena, pairs->item[i].name);

		if (name)
			body_set(&body, name, body_slice(pairs->item[i].value));
		*failed = *failed || !name;
	}
	*failed = *failed || body.failed;
	return body.json;
}

/* Keys and passwords stay hidden. */
static enum err
show_request(struct cli *cli, struct slice payload, struct body *body)
{
	struct claims_request r;
	enum err e = claims_get_request(cli->arena, payload, &r);

	if (e)
		return e;
	SET("request", offline_hex(cli, r.id, CLAIMS_ID));
	SET("issued_at", offline_instant(cli, r.issued_at));
	SET("action", body_text(r.action == CLAIMS_REFRESH ? "refresh" : "activate"));
	SET("product", body_slice(r.product));
	SET("bundle", body_bool(r.bundle));
	SET("license_key", r.license_key.p
			       ? body_text(id_key_mask(cli->arena, r.license_key))
			       : (struct json){ .type = JSON_NULL });
	SET("username", text_or_null(r.username));
	SET("hardware_id", body_slice(r.hardware_id));
	SET("is_vm", body_bool(r.is_vm));
	SET("device_key", kid_of_key(cli, r.device_key));
	SET("license", offline_int(r.license_id));
	SET("sequence", offline_int(r.sequence));
	SET("consumptions", offline_int(r.consumptions));
	SET("facts", pairs_json(cli, &r.facts, &body->failed));
	SET("variables", pairs_json(cli, &r.variables, &body->failed));
	return E_OK;
}

static struct json
license_json(struct cli *cli, const struct claims_license *l, bool *failed)
{
	struct body all = BODY_INIT(cli->arena), *body = &all;
	struct json features = body_array(body, l->n_features);

	SET("id", body_int(l->id));
	SET("product", body_slice(l->product));
	SET("license_type", body_int(l->type));
	SET("valid_until", offline_instant(cli, l->until));
	SET("grace_hours", offline_int(l->grace_hours));
	SET("maintenance_until", offline_instant(cli, l->maintenance_until));
	SET("max_consumptions", offline_int(l->max_consumptions));
	SET("total_consumptions", offline_int(l->total_consumptions));
	SET("is_trial", body_bool(l->trial));
	SET("activation", offline_int(l->activation_id));
	for (size_t i = 0; !body->failed && i < l->n_features; i++)
		features.items[i] = body_slice(l->features[i].code);
	SET("features", features);
	SET("custom_fields", pairs_json(cli, &l->custom_fields, failed));
	*failed = *failed || body->failed;
	return body->json;
}

static enum err
show_activation(struct cli *cli, struct slice payload, struct body *body)
{
	struct claims_activation a;
	struct json licenses;
	enum err e = claims_get_activation(cli->arena, payload, &a);

	if (e)
		return e;
	SET("serial", serial_text(cli, a.serial));
	SET("sequence", body_int(a.sequence));
	SET("vendor", body_int(a.vendor));
	SET("product", body_slice(a.product));
	SET("request", a.has_request ? offline_hex(cli, a.request, CLAIMS_ID)
				     : (struct json){ .type = JSON_NULL });
	SET("device", offline_hex(cli, a.device, CLAIMS_DIGEST));
	SET("device_key", a.has_device_key ? kid_of_key(cli, a.device_key)
					   : (struct json){ .type = JSON_NULL });
	SET("issued_at", offline_instant(cli, a.issued_at));
	SET("not_before", offline_instant(cli, a.not_before));
	SET("lease_until", offline_instant(cli, a.lease_until));
	licenses = body_array(body, a.n_licenses);
	for (size_t i = 0; !body->failed && i < a.n_licenses; i++)
		licenses.items[i] = license_json(cli, &a.licenses[i], &body->failed);
	SET("licenses", licenses);
	return E_OK;
}

static enum err
show_deactivation(struct cli *cli, struct slice payload, struct body *body)
{
	struct claims_deactivation d;
	enum err e = claims_get_deactivation(cli->arena, payload, &d);

	if (e)
		return e;
	SET("proof", offline_hex(cli, d.id, CLAIMS_ID));
	SET("serial", serial_text(cli, d.serial));
	SET("sequence", body_int(d.sequence));
	SET("device", offline_hex(cli, d.device, CLAIMS_DIGEST));
	SET("issued_at", offline_instant(cli, d.issued_at));
	SET("consumptions", offline_int(d.consumptions));
	SET("variables", pairs_json(cli, &d.variables, &body->failed));
	return E_OK;
}

static enum err
show_receipt(struct cli *cli, struct slice payload, struct body *body)
{
	struct claims_receipt r;
	enum err e = claims_get_receipt(cli->arena, payload, &r);

	if (e)
		return e;
	SET("proof", offline_hex(cli, r.id, CLAIMS_ID));
	SET("serial", serial_text(cli, r.serial));
	SET("vendor", body_int(r.vendor));
	SET("device", offline_hex(cli, r.device, CLAIMS_DIGEST));
	SET("issued_at", offline_instant(cli, r.issued_at));
	return E_OK;
}

static void
set_hexes(struct cli *cli, struct body *body, const char *name, const void *p, size_t n,
    size_t size)
{
	struct json all = body_array(body, n);

	for (size_t i = 0; !body->failed && i < n; i++)
		all.items[i] = offline_hex(cli, (const char *)p + i * size, size);
	SET(name, all);
}

static enum err
show_revocations(struct cli *cli, struct slice payload, struct body *body)
{
	struct claims_revocations r;
	struct json serials;
	enum err e = claims_get_revocations(cli->arena, payload, &r);

	if (e)
		return e;
	SET("sequence", body_int(r.sequence));
	SET("vendor", body_int(r.vendor));
	SET("issued_at", offline_instant(cli, r.issued_at));
	SET("next_update", offline_instant(cli, r.next_update));
	serials = body_array(body, r.n_serials);
	for (size_t i = 0; !body->failed && i < r.n_serials; i++)
		serials.items[i] = serial_text(cli, r.serials[i]);
	SET("serials", serials);
	set_hexes(cli, body, "devices", r.devices, r.n_devices, CLAIMS_DIGEST);
	set_hexes(cli, body, "keys", r.kids, r.n_kids, KEY_KID);
	return E_OK;
}

static enum err
show_certificate(struct cli *cli, struct slice payload, struct body *body)
{
	struct claims_certificate c;
	enum err e = claims_get_certificate(cli->arena, payload, &c);

	if (e)
		return e;
	SET("key", kid_of_key(cli, c.public_key));
	SET("use", body_text(names_get(&key_uses, (int)c.use)));
	SET("not_before", offline_instant(cli, c.not_before));
	SET("not_after", offline_instant(cli, c.not_after));
	return E_OK;
}

static enum err
show_checkpoint(struct cli *cli, struct slice payload, struct body *body)
{
	struct claims_checkpoint c;
	enum err e = claims_get_checkpoint(cli->arena, payload, &c);

	if (e)
		return e;
	SET("seq", body_int(c.seq));
	SET("hash", offline_hex(cli, c.hash, CLAIMS_HASH));
	SET("epoch", offline_hex(cli, c.epoch, CLAIMS_ID));
	SET("vendor", body_int(c.vendor));
	SET("issued_at", offline_instant(cli, c.issued_at));
	return E_OK;
}

static enum err (*const shows[OBJECT_MAX])(struct cli *, struct slice, struct body *) = {
	[OBJECT_REQUEST] = show_request,
	[OBJECT_ACTIVATION] = show_activation,
	[OBJECT_DEACTIVATION] = show_deactivation,
	[OBJECT_RECEIPT] = show_receipt,
	[OBJECT_REVOCATIONS] = show_revocations,
	[OBJECT_KEY_CERTIFICATE] = show_certificate,
	[OBJECT_CHECKPOINT] = show_checkpoint,
};

static enum err
show_object(struct cli *cli, const struct carrier_object *object, struct body *body)
{
	unsigned char kid[KEY_KID];
	struct cose cose;
	enum err e = object->err;

	if (e)
		return e;
	SET("kind", body_text(object_info(object->kind)->words));
	SET("verified", body_bool(false));
	SET("bytes", body_int((int64_t)object->bytes.n));
	if (object->kind == OBJECT_SEALED_REQUEST) {
		e = request_sealed_kid(object->bytes, kid);
		SET("sealed_to", offline_hex(cli, kid, KEY_KID));
		return e;
	}
	e = cose_parse(object->bytes, &cose);
	if (e)
		return e;
	SET("signed_by", offline_hex(cli, cose.kid, KEY_KID));
	SET("certificate", body_bool(cose.certificate.p != NULL));
	return shows[cose.kind](cli, cose.payload, body);
}

static void
print_people(struct cli *cli, const struct json *object, bool again)
{
	if (again)
		buf_char(&cli->out, '\n');
	buf_str(&cli->out, "not verified: this is only what is written in it\n");
	object_print_members(cli, object);
	for (size_t i = 0; i < value_count(object, "licenses"); i++) {
		buf_str(&cli->out, "license\n");
		object_print_members(cli, &json_get(object, "licenses")->items[i]);
	}
}

/* Several as one array; alone as it is. */
static enum err
print_all(struct cli *cli, struct json *all)
{
	enum err e;

	if (object_print(cli, SLICE_NULL, all->n == 1 ? &all->items[0] : all, &e))
		return e;
	for (size_t i = 0; i < all->n; i++)
		print_people(cli, &all->items[i], i > 0);
	return E_OK;
}

enum err
command_offline_show(struct cli *cli)
{
	struct body list = BODY_INIT(cli->arena);
	struct carrier_list objects;
	struct json all;
	enum err e = offline_read(cli, cli_arg(cli, 0), &objects);

	if (e)
		return e;
	all = body_array(&list, objects.n);
	for (size_t i = 0; !list.failed && i < objects.n; i++) {
		struct body body = BODY_INIT(cli->arena);

		e = show_object(cli, &objects.item[i], &body);
		if (e)
			return problem_set(
			    cli, e, "object %zu of %s", i + 1, cli_arg(cli, 0));
		all.items[i] = body.json;
		list.failed = body.failed;
	}
	return list.failed ? cli_no_memory(cli) : print_all(cli, &all);
}
