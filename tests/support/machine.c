#include "tests/support/machine.h"

#include <stdlib.h>
#include <string.h>

#include "keys/sign.h"
#include "offline/armor.h"
#include "offline/cose.h"

static void
need(bool good)
{
	if (!good)
		abort();
}

void
machine_open(struct machine *m, const char *hardware_id, unsigned char seed)
{
	unsigned char secret[KEY_SECRET];

	memset(secret, seed, sizeof(secret));
	*m = (struct machine){ .hardware_id = hardware_id };
	sign_public_of(secret, m->public_key);
	key_id(m->public_key, m->kid);
	m->secret = sign_expand(slice_of(secret, sizeof(secret)));
	need(m->secret != NULL);
}

void
machine_close(struct machine *m)
{
	secret_free(m->secret);
}

struct claims_request
machine_ask(const struct machine *m, const char *product, const char *license_key,
    int64_t now, unsigned char id)
{
	struct claims_request r = { .issued_at = now,
		.action = CLAIMS_ACTIVATE,
		.product = slice_str(product),
		.license_key = slice_str(license_key),
		.hardware_id = slice_str(m->hardware_id),
		.license_id = FIELD_NONE,
		.consumptions = FIELD_NONE,
		.sequence = FIELD_NONE };

	memset(r.id, id, sizeof(r.id));
	memcpy(r.device_key, m->public_key, KEY_PUBLIC);
	return r;
}

struct claims_deactivation
machine_give(const struct machine *m, uint64_t serial, int64_t now, unsigned char id)
{
	struct claims_deactivation d = { .issued_at = now,
		.serial = serial,
		.sequence = 1,
		.consumptions = FIELD_NONE };

	memset(d.id, id, sizeof(d.id));
	claims_device_digest(slice_str(m->hardware_id), d.device);
	return d;
}

static struct slice
sign(const struct machine *m, struct arena *a, enum object_kind kind,
    const struct buf *payload)
{
	struct cose_signer signer = { .secret = m->secret, .kid = m->kid };
	struct buf out = BUF_INIT(a);

	need(buf_ok(payload));
	cose_sign(&out, kind, &signer, buf_slice(payload));
	need(buf_ok(&out));
	return buf_slice(&out);
}

struct slice
machine_sign_request(
    const struct machine *m, struct arena *a, const struct claims_request *r)
{
	struct buf payload = BUF_INIT(a);

	claims_put_request(&payload, r);
	return sign(m, a, OBJECT_REQUEST, &payload);
}

struct slice
machine_sign_proof(
    const struct machine *m, struct arena *a, const struct claims_deactivation *d)
{
	struct buf payload = BUF_INIT(a);

	claims_put_deactivation(&payload, d);
	return sign(m, a, OBJECT_DEACTIVATION, &payload);
}

char *
machine_armor(struct arena *a, enum object_kind kind, struct slice object)
{
	struct buf text = BUF_INIT(a);

	armor_put(&text, kind, object);
	buf_char(&text, '\0');
	need(buf_ok(&text));
	return text.p;
}
