#include "tests/offline/vectors.h"

void
vectors_hex(struct json_writer *w, const char *name, const void *p, size_t n)
{
	struct buf hex = BUF_INIT(NULL);

	buf_hex(&hex, p, n);
	if (name)
		jw_key(w, name);
	jw_text(w, buf_slice(&hex));
	buf_free(&hex);
}

#define HEX(w, c, member) vectors_hex(w, #member, (c)->member, sizeof((c)->member))

static void
put_int(struct json_writer *w, const char *name, int64_t n)
{
	if (n != FIELD_NONE)
		jw_kint(w, name, n);
}

static void
put_text(struct json_writer *w, const char *name, struct slice text)
{
	if (text.p)
		jw_ktext(w, name, text);
}

static void
put_serial(struct json_writer *w, const char *name, uint64_t serial)
{
	unsigned char bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (unsigned char)(serial >> (56 - 8 * i));
	vectors_hex(w, name, bytes, sizeof(bytes));
}

static void
put_pairs(struct json_writer *w, const char *name, const struct claims_pairs *pairs)
{
	jw_key(w, name);
	jw_object(w);
	for (size_t i = 0; i < pairs->n; i++) {
		jw_key_slice(w, pairs->item[i].name);
		jw_text(w, pairs->item[i].value);
	}
	jw_end(w);
}

static void
put_request(struct json_writer *w, const struct claims_request *c)
{
	put_int(w, "issued_at", c->issued_at);
	HEX(w, c, id);
	HEX(w, c, device_key);
	put_int(w, "action", c->action);
	put_text(w, "product", c->product);
	jw_kbool(w, "bundle", c->bundle);
	put_text(w, "license_key", c->license_key);
	put_text(w, "username", c->username);
	put_text(w, "password", c->password);
	put_text(w, "hardware_id", c->hardware_id);
	jw_kbool(w, "is_vm", c->is_vm);
	put_pairs(w, "facts", &c->facts);
	put_int(w, "license_id", c->license_id);
	put_pairs(w, "variables", &c->variables);
	put_int(w, "consumptions", c->consumptions);
	put_int(w, "sequence", c->sequence);
}

static void
put_feature(struct json_writer *w, const struct claims_feature *c)
{
	jw_object(w);
	put_text(w, "code", c->code);
	put_int(w, "type", c->type);
	put_int(w, "until", c->until);
	put_int(w, "max_consumption", c->max_consumption);
	jw_end(w);
}

static void
put_license(struct json_writer *w, const struct claims_license *c)
{
	jw_object(w);
	put_int(w, "id", c->id);
	put_text(w, "product", c->product);
	put_int(w, "type", c->type);
	put_int(w, "until", c->until);
	put_int(w, "grace_hours", c->grace_hours);
	put_int(w, "maintenance_until", c->maintenance_until);
	jw_key(w, "features");
	jw_array(w);
	for (size_t i = 0; i < c->n_features; i++)
		put_feature(w, &c->features[i]);
	jw_end(w);
	put_int(w, "max_consumptions", c->max_consumptions);
	put_int(w, "total_consumptions", c->total_consumptions);
	jw_kbool(w, "trial", c->trial);
	put_int(w, "activation_id", c->activation_id);
	put_pairs(w, "custom_fields", &c->custom_fields);
	jw_end(w);
}

static void
put_activation(struct json_writer *w, const struct claims_activation *c)
{
	put_int(w, "vendor", c->vendor);
	put_text(w, "product", c->product);
	put_int(w, "lease_until", c->lease_until);
	put_int(w, "not_before", c->not_before);
	put_int(w, "issued_at", c->issued_at);
	put_serial(w, "serial", c->serial);
	if (c->has_device_key)
		HEX(w, c, device_key);
	if (c->has_request)
		HEX(w, c, request);
	HEX(w, c, device);
	jw_key(w, "licenses");
	jw_array(w);
	for (size_t i = 0; i < c->n_licenses; i++)
		put_license(w, &c->licenses[i]);
	jw_end(w);
	put_int(w, "sequence", c->sequence);
}

static void
put_deactivation(struct json_writer *w, const struct claims_deactivation *c)
{
	put_int(w, "issued_at", c->issued_at);
	HEX(w, c, id);
	put_serial(w, "serial", c->serial);
	HEX(w, c, device);
	put_int(w, "sequence", c->sequence);
	put_int(w, "consumptions", c->consumptions);
	put_pairs(w, "variables", &c->variables);
}

static void
put_receipt(struct json_writer *w, const struct claims_receipt *c)
{
	put_int(w, "vendor", c->vendor);
	put_int(w, "issued_at", c->issued_at);
	HEX(w, c, id);
	put_serial(w, "serial", c->serial);
	HEX(w, c, device);
}

static void
put_fixeds(struct json_writer *w, const char *name, const void *p, size_t n, size_t size)
{
	jw_key(w, name);
	jw_array(w);
	for (size_t i = 0; i < n; i++)
		vectors_hex(w, NULL, (const unsigned char *)p + i * size, size);
	jw_end(w);
}

static void
put_revocations(struct json_writer *w, const struct claims_revocations *c)
{
	put_int(w, "vendor", c->vendor);
	put_int(w, "issued_at", c->issued_at);
	put_int(w, "next_update", c->next_update);
	put_int(w, "sequence", c->sequence);
	jw_key(w, "serials");
	jw_array(w);
	for (size_t i = 0; i < c->n_serials; i++)
		put_serial(w, NULL, c->serials[i]);
	jw_end(w);
	put_fixeds(w, "devices", c->devices, c->n_devices, CLAIMS_DIGEST);
	put_fixeds(w, "kids", c->kids, c->n_kids, KEY_KID);
}

static void
put_certificate(struct json_writer *w, const struct claims_certificate *c)
{
	put_int(w, "not_before", c->not_before);
	put_int(w, "not_after", c->not_after);
	jw_key(w, "use");
	jw_str(w, names_get(&key_uses, c->use));
	HEX(w, c, public_key);
}

static void
put_checkpoint(struct json_writer *w, const struct claims_checkpoint *c)
{
	put_int(w, "vendor", c->vendor);
	put_int(w, "issued_at", c->issued_at);
	put_int(w, "seq", c->seq);
	HEX(w, c, hash);
	HEX(w, c, epoch);
}

void
vectors_claims(struct json_writer *w, enum object_kind kind, const void *claims)
{
	jw_object(w);
	if (kind == OBJECT_REQUEST)
		put_request(w, claims);
	else if (kind == OBJECT_ACTIVATION)
		put_activation(w, claims);
	else if (kind == OBJECT_DEACTIVATION)
		put_deactivation(w, claims);
	else if (kind == OBJECT_RECEIPT)
		put_receipt(w, claims);
	else if (kind == OBJECT_REVOCATIONS)
		put_revocations(w, claims);
	else if (kind == OBJECT_KEY_CERTIFICATE)
		put_certificate(w, claims);
	else if (kind == OBJECT_CHECKPOINT)
		put_checkpoint(w, claims);
	jw_end(w);
}
