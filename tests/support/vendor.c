#include "tests/support/vendor.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "keys/generate.h"
#include "keys/publish.h"
#include "keys/sign.h"
#include "offline/armor.h"
#include "offline/cose.h"
#include "offline/seal_request.h"
#include "offline/trust.h"

#define DAY INT64_C(86400)

#define MUST(x)                                                                          \
	do {                                                                             \
		if (!(x)) {                                                              \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);          \
			abort();                                                         \
		}                                                                        \
	} while (0)

static void
make_key(enum key_use use, unsigned char seed, struct key *key, struct secret **secret)
{
	unsigned char material[KEY_SECRET];

	memset(material, seed + 16 * (int)use, sizeof(material));
	MUST(key_from_secret(use, slice_of(material, sizeof(material)), 0, key) == E_OK);
	*secret = use == KEY_BOX ? secret_copy(slice_of(material, sizeof(material)))
	                         : sign_expand(slice_of(material, sizeof(material)));
	MUST(*secret);
}

struct slice
vendor_certify(struct vendor *v, const struct key *key, enum key_use use,
    int64_t not_before, int64_t not_after)
{
	struct buf b = BUF_INIT(v->arena);
	struct cose_signer root = { .secret = v->root_secret, .kid = v->root.kid };
	struct claims_certificate c = {
		.not_before = not_before, .not_after = not_after, .use = use
	};

	memcpy(c.public_key, key->public_key, KEY_PUBLIC);
	trust_certify(&b, &root, &c);
	MUST(buf_ok(&b));
	return buf_slice(&b);
}

void
vendor_open(struct vendor *v, unsigned char seed, int64_t now)
{
	*v = (struct vendor){ .arena = arena_new(0), .now = now };
	MUST(v->arena && sodium_init() >= 0);
	make_key(KEY_ROOT, seed, &v->root, &v->root_secret);
	make_key(KEY_ISSUING, seed, &v->issuing, &v->issuing_secret);
	make_key(KEY_BOX, seed, &v->box, &v->box_secret);
	v->issuing_certificate =
	    vendor_certify(v, &v->issuing, KEY_ISSUING, now - DAY, FIELD_NONE);
	v->box_certificate = vendor_certify(v, &v->box, KEY_BOX, now - DAY, FIELD_NONE);
	v->license = (struct claims_license){ .id = 7,
		.product = SLICE("editor"),
		.type = 1,
		.until = FIELD_NONE,
		.grace_hours = FIELD_NONE,
		.maintenance_until = FIELD_NONE,
		.max_consumptions = FIELD_NONE,
		.total_consumptions = FIELD_NONE,
		.activation_id = 70 };
}

void
vendor_close(struct vendor *v)
{
	secret_free(v->root_secret);
	secret_free(v->issuing_secret);
	secret_free(v->box_secret);
	arena_free(v->arena);
}

static enum object_kind
unarmor(struct vendor *v, const char *armored, struct slice *bytes)
{
	struct slice text = slice_str(armored);
	enum object_kind kind;
	size_t line = 0;

	MUST(armor_take(v->arena, &text, &line, &kind, bytes) == E_OK);
	return kind;
}

struct claims_request
vendor_request(struct vendor *v, const char *armored)
{
	struct claims_request request;
	struct slice bytes;
	struct cose cose;

	if (unarmor(v, armored, &bytes) == OBJECT_SEALED_REQUEST)
		MUST(request_unseal(v->arena, v->box.public_key,
			 secret_slice(v->box_secret), bytes, &bytes) == E_OK);
	MUST(cose_parse_as(OBJECT_REQUEST, bytes, &cose) == E_OK);
	MUST(claims_get_request(v->arena, cose.payload, &request) == E_OK);
	MUST(trust_device(request.device_key, &cose) == E_OK);
	return request;
}

struct claims_activation
vendor_terms(struct vendor *v, const struct claims_request *r)
{
	struct claims_activation a = { .vendor = 1,
		.product = r->product,
		.lease_until = FIELD_NONE,
		.not_before = v->now,
		.issued_at = v->now,
		.serial = ++v->serial,
		.has_device_key = true,
		.has_request = true,
		.licenses = &v->license,
		.n_licenses = 1,
		.sequence = ++v->sequence };

	memcpy(a.device_key, r->device_key, KEY_PUBLIC);
	memcpy(a.request, r->id, CLAIMS_ID);
	claims_device_digest(r->hardware_id, a.device);
	return a;
}

struct slice
vendor_sign(struct vendor *v, enum object_kind kind, const struct buf *payload)
{
	struct buf b = BUF_INIT(v->arena);
	struct cose_signer signer = { .secret = v->issuing_secret,
		.kid = v->issuing.kid,
		.certificate = v->issuing_certificate };

	MUST(buf_ok(payload));
	cose_sign(&b, kind, &signer, buf_slice(payload));
	MUST(buf_ok(&b));
	return buf_slice(&b);
}

struct slice
vendor_activation(struct vendor *v, const struct claims_activation *a)
{
	struct buf payload = BUF_INIT(v->arena);

	claims_put_activation(&payload, a);
	return vendor_sign(v, OBJECT_ACTIVATION, &payload);
}

struct slice
vendor_answer(struct vendor *v, const char *armored)
{
	struct claims_request r = vendor_request(v, armored);
	struct claims_activation a = vendor_terms(v, &r);

	return vendor_activation(v, &a);
}

struct slice
vendor_revocations(struct vendor *v, const struct claims_revocations *list)
{
	struct buf payload = BUF_INIT(v->arena);

	claims_put_revocations(&payload, list);
	return vendor_sign(v, OBJECT_REVOCATIONS, &payload);
}

struct slice
vendor_receipt(struct vendor *v, const char *proof, const unsigned char *device_key)
{
	struct buf payload = BUF_INIT(v->arena);
	struct claims_receipt receipt = { .vendor = 1, .issued_at = v->now };
	struct claims_deactivation d;
	struct slice bytes;
	struct cose cose;

	MUST(unarmor(v, proof, &bytes) == OBJECT_DEACTIVATION);
	MUST(cose_parse_as(OBJECT_DEACTIVATION, bytes, &cose) == E_OK);
	MUST(!device_key || trust_device(device_key, &cose) == E_OK);
	MUST(claims_get_deactivation(v->arena, cose.payload, &d) == E_OK);
	receipt.serial = d.serial;
	memcpy(receipt.id, d.id, CLAIMS_ID);
	memcpy(receipt.device, d.device, CLAIMS_DIGEST);
	claims_put_receipt(&payload, &receipt);
	return vendor_sign(v, OBJECT_RECEIPT, &payload);
}

char *
vendor_armor(struct vendor *v, enum object_kind kind, struct slice object)
{
	struct buf b = BUF_INIT(v->arena);

	armor_put(&b, kind, object);
	buf_char(&b, '\0');
	MUST(buf_ok(&b));
	return b.p;
}

char *
vendor_root_pem(struct vendor *v)
{
	struct buf b = BUF_INIT(v->arena);

	publish_pem(&b, &v->root);
	buf_char(&b, '\0');
	MUST(buf_ok(&b));
	return b.p;
}
