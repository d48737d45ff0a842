#include "tests/offline/objects.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "keys/sign.h"
#include "offline/seal_request.h"
#include "offline/trust.h"

#define PLAIN(kind)                                                                      \
	static void put_##kind(struct buf *b, const void *c)                             \
	{                                                                                \
		claims_put_##kind(b, c);                                                 \
	}                                                                                \
	static enum err get_##kind(struct arena *arena, struct slice payload, void *c)   \
	{                                                                                \
		return claims_get_##kind(arena, payload, c);                             \
	}
PLAIN(request)
PLAIN(activation)
PLAIN(deactivation)
PLAIN(receipt)
PLAIN(revocations)
PLAIN(certificate)
PLAIN(checkpoint)

#define KIND(name, kind)                                                                 \
	[OBJECT_##name] = { sizeof(struct claims_##kind), put_##kind, get_##kind }
static const struct {
	size_t size;
	void (*put)(struct buf *, const void *);
	enum err (*get)(struct arena *, struct slice, void *);
} kinds[OBJECT_MAX] = {
	KIND(REQUEST, request),
	KIND(ACTIVATION, activation),
	KIND(DEACTIVATION, deactivation),
	KIND(RECEIPT, receipt),
	KIND(REVOCATIONS, revocations),
	KIND(KEY_CERTIFICATE, certificate),
	KIND(CHECKPOINT, checkpoint),
};

void
objects_put(struct buf *b, enum object_kind kind, const void *claims)
{
	kinds[kind].put(b, claims);
}

enum err
objects_get(
    struct arena *arena, enum object_kind kind, struct slice payload, void **claims)
{
	*claims = arena_alloc(arena, kinds[kind].size);
	return *claims ? kinds[kind].get(arena, payload, *claims) : E_NO_MEMORY;
}

static bool
make_key(struct objects_key *key, enum key_use use, unsigned char first)
{
	key->use = use;
	for (int i = 0; i < KEY_SECRET; i++)
		key->seed[i] = (unsigned char)(first + i);
	if (use == KEY_BOX) {
		crypto_scalarmult_base(key->public_key, key->seed);
	} else {
		sign_public_of(key->seed, key->public_key);
		key->secret = sign_expand(slice_of(key->seed, KEY_SECRET));
	}
	key_id(key->public_key, key->kid);
	return use == KEY_BOX || key->secret;
}

struct slice
objects_payload(const struct objects *o, const struct objects_sample *sample)
{
	struct buf b = BUF_INIT(o->arena);

	objects_put(&b, sample->kind, sample->claims);
	return buf_ok(&b) ? buf_slice(&b) : SLICE_NULL;
}

struct slice
objects_sign_as(const struct objects *o, enum object_kind kind,
    const struct objects_key *key, struct slice certificate, struct slice payload)
{
	struct cose_signer signer = { key->secret, key->kid, certificate };
	struct buf b = BUF_INIT(o->arena);

	cose_sign(&b, kind, &signer, payload);
	return buf_ok(&b) ? buf_slice(&b) : SLICE_NULL;
}

struct slice
objects_sign(const struct objects *o, const struct objects_sample *sample)
{
	const struct objects_key *key = &o->issuing;
	struct slice certificate = SLICE_NULL;

	if (sample->kind == OBJECT_KEY_CERTIFICATE)
		key = &o->root;
	else if (sample->kind == OBJECT_REQUEST || sample->kind == OBJECT_DEACTIVATION)
		key = &o->device;
	else
		certificate = o->issuing_certificate;
	return objects_sign_as(
	    o, sample->kind, key, certificate, objects_payload(o, sample));
}

const struct objects_sample *
objects_find(const char *name)
{
	for (const struct objects_sample *s = objects_samples; s->name; s++)
		if (slice_is(slice_str(name), s->name))
			return s;
	fprintf(stderr, "no sample %s\n", name);
	exit(1);
}

bool
objects_open(struct objects *o)
{
	*o = (struct objects){ .arena = arena_new(0) };
	if (sodium_init() < 0 || !o->arena || !make_key(&o->root, KEY_ROOT, 0x00) ||
	    !make_key(&o->issuing, KEY_ISSUING, 0x20) ||
	    !make_key(&o->box, KEY_BOX, 0x40) ||
	    !make_key(&o->device, KEY_ISSUING, 0x60) ||
	    !make_key(&o->other, KEY_ISSUING, 0x80))
		return false;
	objects_bind(o);
	o->issuing_certificate = objects_sign(o, objects_find("certificate-issuing"));
	o->box_certificate = objects_sign(o, objects_find("certificate-box"));
	return o->issuing_certificate.p && o->box_certificate.p;
}

void
objects_close(struct objects *o)
{
	secret_free(o->root.secret);
	secret_free(o->issuing.secret);
	secret_free(o->device.secret);
	secret_free(o->other.secret);
	arena_free(o->arena);
}

static enum err
check_certificate(const struct objects *o, struct slice bytes, int64_t now)
{
	struct claims_certificate c;
	enum err err = trust_certificate(o->root.public_key, bytes, KEY_ISSUING, now, &c);

	return err == E_NOT_CERTIFIED
	           ? trust_certificate(o->root.public_key, bytes, KEY_BOX, now, &c)
	           : err;
}

static enum err
check_signature(
    const struct objects *o, struct slice bytes, const struct cose *cose, int64_t now)
{
	struct claims_request request;
	enum err err;

	switch (cose->kind) {
	case OBJECT_REQUEST:
		err = claims_get_request(o->arena, cose->payload, &request);
		return err ? err : trust_device(request.device_key, cose);
	case OBJECT_DEACTIVATION:
		return trust_device(o->device.public_key, cose);
	case OBJECT_KEY_CERTIFICATE:
		return check_certificate(o, bytes, now);
	default:
		return trust_object(o->root.public_key, cose, now);
	}
}

enum err
objects_check(const struct objects *o, enum object_kind kind, struct slice bytes,
    int64_t now, void **claims)
{
	struct slice request;
	struct cose cose;
	void *mine;
	enum err err;

	if (kind == OBJECT_SEALED_REQUEST) {
		err = request_unseal(o->arena, o->box.public_key,
		    slice_of(o->box.seed, KEY_SECRET), bytes, &request);
		return err ? err : objects_check(o, OBJECT_REQUEST, request, now, claims);
	}
	err = cose_parse_as(kind, bytes, &cose);
	if (err == E_OK)
		err = check_signature(o, bytes, &cose, now);
	return err ? err
	           : objects_get(o->arena, kind, cose.payload, claims ? claims : &mine);
}
