#include <sodium.h>

#include "keys/key.h"
#include "offline/client.h"
#include "offline/trust.h"

typedef enum licet_err
step_fn(struct licet *, struct client_verdict *);

static enum licet_err
damaged(struct licet *l, enum err cause)
{
	if (cause == E_NO_MEMORY)
		return client_fault(l, NULL, cause);
	l->why.cause = cause;
	return client_fail(l, LICET_E_FORMAT);
}

static void
note_text(char out[static 65], struct slice text)
{
	text = slice_clip(text, 64);
	memcpy(out, text.p ? text.p : "", text.n);
	out[text.n] = '\0';
}

static enum licet_err
refuse_kind(struct licet *l, enum object_kind kind)
{
	note_text(l->why.found, slice_str(object_info(kind)->words));
	return client_fail(l, LICET_E_TYPE);
}

/* No issuing key ever signs these: another kind says more than a wrong signature. */
static bool
is_never_issued(enum object_kind kind)
{
	return kind == OBJECT_REQUEST || kind == OBJECT_DEACTIVATION ||
	       kind == OBJECT_KEY_CERTIFICATE;
}

static enum licet_err
step_format(struct licet *l, struct client_verdict *v)
{
	enum err e = cose_parse(v->bytes, &v->cose);
	enum object_kind kind;

	if (e == E_OBJECT_HEADER && object_kind_of(v->bytes, &kind) == E_OK)
		return refuse_kind(l, kind);
	if (e == E_OBJECT_TYPE) {
		note_text(l->why.found, SLICE("object of an unknown kind"));
		return client_fail(l, LICET_E_TYPE);
	}
	if (e)
		return damaged(l, e);
	memcpy(l->why.kid, v->cose.kid, KEY_KID);
	return is_never_issued(v->cose.kind) ? refuse_kind(l, v->cose.kind) : LICET_OK;
}

static enum licet_err
step_signature(struct licet *l, struct client_verdict *v)
{
	enum err e = trust_object(l->root, &v->cose, v->trusted_now);

	if (e == E_NO_MEMORY)
		return client_fault(l, NULL, e);
	l->why.cause = e;
	l->why.instant = v->trusted_now;
	if (e == E_CERTIFICATE_EXPIRED)
		return client_fail(l, LICET_E_CERTIFICATE);
	return e ? client_fail(l, LICET_E_SIGNATURE) : LICET_OK;
}

static enum err
read_claims(struct licet *l, struct client_verdict *v)
{
	enum err e;

	switch (v->cose.kind) {
	case OBJECT_ACTIVATION:
		e = claims_get_activation(l->call, v->cose.payload, &v->activation);
		v->issued_at = v->activation.issued_at;
		return e;
	case OBJECT_RECEIPT:
		e = claims_get_receipt(l->call, v->cose.payload, &v->receipt);
		v->issued_at = v->receipt.issued_at;
		return e;
	default:
		e = claims_get_revocations(l->call, v->cose.payload, &v->revocations);
		v->issued_at = v->revocations.issued_at;
		return e;
	}
}

static uint64_t
serial_of(const struct client_verdict *v)
{
	switch (v->cose.kind) {
	case OBJECT_ACTIVATION:
		return v->activation.serial;
	case OBJECT_RECEIPT:
		return v->receipt.serial;
	default:
		return 0;
	}
}

static enum licet_err
step_type(struct licet *l, struct client_verdict *v)
{
	enum err e;

	if (!(v->kinds & 1u << v->cose.kind) ||
	    (v->label != OBJECT_MAX && v->label != v->cose.kind))
		return refuse_kind(l, v->cose.kind);
	e = read_claims(l, v);
	if (e)
		return damaged(l, e);
	v->known = true;
	if (v->issued_at > v->highest)
		v->highest = v->issued_at;
	if (v->highest > v->trusted_now)
		v->trusted_now = v->highest;
	l->why.serial = serial_of(v);
	return LICET_OK;
}

static enum licet_err
step_product(struct licet *l, struct client_verdict *v)
{
	if (v->cose.kind != OBJECT_ACTIVATION || !l->product.p ||
	    slice_equal(v->activation.product, l->product))
		return LICET_OK;
	note_text(l->why.found, v->activation.product);
	note_text(l->why.wanted, l->product);
	return client_fail(l, LICET_E_PRODUCT);
}

static enum licet_err
step_device(struct licet *l, struct client_verdict *v)
{
	const unsigned char *device =
	    v->cose.kind == OBJECT_ACTIVATION ? v->activation.device : v->receipt.device;

	if (v->cose.kind == OBJECT_REVOCATIONS ||
	    memcmp(device, l->device, CLAIMS_DIGEST) == 0)
		return LICET_OK;
	sodium_bin2hex(l->why.found, sizeof(l->why.found), device, CLAIMS_DIGEST);
	note_text(l->why.wanted, l->hardware_id);
	return client_fail(l, LICET_E_DEVICE);
}

/* An online answer may know no device key. */
static enum licet_err
step_device_key(struct licet *l, struct client_verdict *v)
{
	const struct claims_activation *a = &v->activation;
	unsigned char kid[KEY_KID];

	if (v->cose.kind != OBJECT_ACTIVATION ||
	    (!a->has_device_key && !a->has_request) ||
	    (a->has_device_key && memcmp(a->device_key, l->device_key, KEY_PUBLIC) == 0))
		return LICET_OK;
	note_text(l->why.found, SLICE("no device key"));
	if (a->has_device_key) {
		key_id(a->device_key, kid);
		sodium_bin2hex(l->why.found, sizeof(l->why.found), kid, KEY_KID);
	}
	sodium_bin2hex(l->why.wanted, sizeof(l->why.wanted), l->kid, KEY_KID);
	return client_fail(l, LICET_E_DEVICE_KEY);
}

int64_t
client_activation_id(const struct claims_activation *a)
{
	const struct claims_license *own = &a->licenses[0];

	return own->activation_id != FIELD_NONE ? own->activation_id : -own->id;
}

/* Not what was accepted before, nor older. */
static bool
is_first_import(const struct licet *l, const struct claims_activation *a)
{
	int64_t held = state_accepted(&l->state, client_activation_id(a));

	if (held == FIELD_NONE || a->sequence > held)
		return true;
	return a->sequence == held && l->state.activation.held &&
	       l->state.serial != a->serial;
}

static enum licet_err
receipt_answers(struct licet *l, const struct claims_receipt *r)
{
	const struct state_tombstone *t = state_tombstone(&l->state, r->serial);
	struct claims_deactivation proof;

	if (t && claims_get_deactivation(l->call, t->payload, &proof) == E_OK &&
	    memcmp(proof.id, r->id, CLAIMS_ID) == 0)
		return LICET_OK;
	sodium_bin2hex(l->why.found, sizeof(l->why.found), r->id, CLAIMS_ID);
	l->why.what = "it confirms a proof that was not made here";
	return client_fail(l, LICET_E_REQUEST);
}

static enum licet_err
step_request(struct licet *l, struct client_verdict *v)
{
	const struct claims_activation *a = &v->activation;

	if (v->cose.kind == OBJECT_RECEIPT)
		return receipt_answers(l, &v->receipt);
	if (v->cose.kind != OBJECT_ACTIVATION || !a->has_request ||
	    !is_first_import(l, a) ||
	    (l->state.pending && memcmp(a->request, l->state.request, CLAIMS_ID) == 0))
		return LICET_OK;
	sodium_bin2hex(l->why.found, sizeof(l->why.found), a->request, CLAIMS_ID);
	if (l->state.pending)
		sodium_bin2hex(
		    l->why.wanted, sizeof(l->why.wanted), l->state.request, CLAIMS_ID);
	return client_fail(l, LICET_E_REQUEST);
}

static bool
is_revoked(struct licet *l, const struct client_verdict *v,
    const struct claims_revocations *list)
{
	uint64_t serial = serial_of(v);

	for (size_t i = 0; i < list->n_kids; i++)
		if (memcmp(list->kids[i], v->cose.kid, KEY_KID) == 0) {
			l->why.what = "signing key";
			return true;
		}
	if (v->cose.kind != OBJECT_ACTIVATION)
		return false;
	for (size_t i = 0; i < list->n_serials; i++)
		if (list->serials[i] == serial) {
			l->why.what = "serial";
			return true;
		}
	for (size_t i = 0; i < list->n_devices; i++)
		if (memcmp(list->devices[i], v->activation.device, CLAIMS_DIGEST) == 0) {
			l->why.what = "device";
			return true;
		}
	return false;
}

/* Verified when it was installed; the state vouches that it is the same. */
static enum err
read_list(struct licet *l, struct claims_revocations *list, bool *same)
{
	struct client_object o = { .same = false };
	struct cose cose;
	enum err e = client_read(l, CLIENT_REVOCATIONS, &l->state.revocations, &o);

	*same = o.same;
	if (e != E_OK || !o.same)
		return e == E_NOT_FOUND ? E_OK : e;
	if ((e = cose_parse_as(OBJECT_REVOCATIONS, o.bytes, &cose)) != E_OK)
		return e;
	return claims_get_revocations(l->call, cose.payload, list);
}

static enum licet_err
step_revoked(struct licet *l, struct client_verdict *v)
{
	struct claims_revocations list = { .n_kids = 0 };
	bool same = false;
	enum err e;

	if (!l->state.revocations.held)
		return LICET_OK;
	e = read_list(l, &list, &same);
	if (e)
		return client_fault(l, CLIENT_REVOCATIONS, e);
	/* A list takes the place of one that was damaged. */
	if (!same && v->cose.kind == OBJECT_REVOCATIONS)
		return LICET_OK;
	if (!same) {
		l->why.file = CLIENT_REVOCATIONS;
		l->why.what = "is missing or was changed";
		return client_fail(l, LICET_E_STATE);
	}
	l->why.held = l->state.revocations.sequence;
	return is_revoked(l, v, &list) ? client_fail(l, LICET_E_REVOKED) : LICET_OK;
}

static enum licet_err
step_tombstone(struct licet *l, struct client_verdict *v)
{
	const struct state_tombstone *t;

	if (v->cose.kind != OBJECT_ACTIVATION)
		return LICET_OK;
	t = state_tombstone(&l->state, v->activation.serial);
	if (!t)
		return LICET_OK;
	l->why.what = t->confirmed ? "confirmed" : NULL;
	return client_fail(l, LICET_E_DEACTIVATED);
}

static enum licet_err
step_sequence(struct licet *l, struct client_verdict *v)
{
	int64_t got, held = FIELD_NONE;

	if (v->cose.kind == OBJECT_RECEIPT)
		return LICET_OK;
	if (v->cose.kind == OBJECT_ACTIVATION) {
		got = v->activation.sequence;
		held = state_accepted(&l->state, client_activation_id(&v->activation));
	} else {
		got = v->revocations.sequence;
		if (l->state.revocations.held)
			held = l->state.revocations.sequence;
	}
	l->why.got = got;
	l->why.held = held;
	return held != FIELD_NONE && got < held ? client_fail(l, LICET_E_SEQUENCE)
	                                        : LICET_OK;
}

bool
client_license_expired(const struct claims_license *license, int64_t now)
{
	int64_t grace = license->grace_hours, until = license->until;

	if (until == FIELD_NONE)
		return false;
	if (grace != FIELD_NONE && grace > 0 &&
	    (grace > INT64_MAX / 3600 ||
		__builtin_add_overflow(until, grace * 3600, &until)))
		return false;
	return now >= until;
}

static enum licet_err
refuse_time(struct licet *l, enum licet_err err, int64_t instant)
{
	l->why.instant = instant;
	return client_fail(l, err);
}

/* The list's own end names its next one: an old list is better than none. */
static enum licet_err
step_dates(struct licet *l, struct client_verdict *v)
{
	const struct claims_activation *a = &v->activation;

	l->why.clock = client_now(l);
	l->why.highest = v->highest;
	if (l->why.clock < v->highest - CLIENT_BEHIND)
		return client_fail(l, LICET_E_CLOCK);
	if (v->cose.kind != OBJECT_ACTIVATION)
		return LICET_OK;
	if (a->not_before != FIELD_NONE && v->trusted_now < a->not_before)
		return refuse_time(l, LICET_E_NOT_YET, a->not_before);
	if (a->lease_until != FIELD_NONE && v->trusted_now >= a->lease_until)
		return refuse_time(l, LICET_E_LEASE, a->lease_until);
	if (client_license_expired(&a->licenses[0], v->trusted_now))
		return refuse_time(l, LICET_E_EXPIRED, a->licenses[0].until);
	return LICET_OK;
}

/* offline-activation.md 5: in this order. */
static step_fn *const steps[] = { step_format, step_signature, step_type, step_product,
	step_device, step_device_key, step_request, step_revoked, step_tombstone,
	step_sequence, step_dates };

enum licet_err
client_verify(struct licet *l, const struct client_object *o, unsigned kinds,
    struct client_verdict *v)
{
	enum licet_err err = LICET_OK;

	*v = (struct client_verdict){ .kinds = kinds,
		.label = o->label,
		.bytes = o->bytes,
		.highest = l->state.highest,
		.trusted_now = client_now(l) };
	if (v->highest > v->trusted_now)
		v->trusted_now = v->highest;
	if (o->err)
		return damaged(l, o->err);
	for (size_t i = 0; err == LICET_OK && i < ARRAY_LEN(steps); i++)
		err = steps[i](l, v);
	return err;
}
