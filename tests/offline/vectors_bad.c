#include "offline/cbor.h"
#include "offline/seal_request.h"
#include "tests/offline/vectors.h"

#define BAD_MAX 80
#define KID "0102030405060708"
#define RECEIPT "10781d6170706c69636174696f6e2f6c696365742d726563656970742b637774"

struct bad {
	const struct objects *o;
	struct vectors_bad *list;
	size_t n;
	bool failed;
};

static struct slice
hex(struct bad *b, const char *text)
{
	struct slice bytes = SLICE_NULL;

	b->failed = b->failed || hex_decode(b->o->arena, slice_str(text), &bytes) != E_OK;
	return bytes;
}

static struct vectors_bad *
add(struct bad *b, const char *name, enum object_kind kind, struct slice bytes,
    enum err err)
{
	struct vectors_bad *v = &b->list[b->n];

	if (b->n + 1 < BAD_MAX)
		b->n++;
	else
		b->failed = true;
	b->failed = b->failed || !bytes.p;
	*v = (struct vectors_bad){ name, kind, OBJECTS_NOW, bytes, 0, err };
	return v;
}

static struct slice
sample(struct bad *b, const char *name)
{
	return objects_sign(b->o, objects_find(name));
}

static struct slice
payload(struct bad *b, const char *name)
{
	return objects_payload(b->o, objects_find(name));
}

/* The byte at `at` (from the end when negative) with its lowest bit turned. */
static struct slice
flip(struct bad *b, struct slice bytes, int at)
{
	char *p = arena_str(b->o->arena, bytes);

	if (!p)
		return SLICE_NULL;
	p[at < 0 ? (size_t)((int)bytes.n + at) : (size_t)at] ^= 1;
	return slice_of(p, bytes.n);
}

/* Rightly signed payloads that no reader takes. */
static void
add_payloads(struct bad *b)
{
	static const struct {
		const char *name, *hex;
		enum err err;
	} rows[] = {
		{ "payload-empty", "", E_OBJECT_TRUNCATED },
		{ "payload-cut", "a1", E_OBJECT_TRUNCATED },
		{ "payload-nested-9", "818181818181818180", E_OBJECT_TOO_DEEP },
		{ "payload-indefinite-map", "bfff", E_OBJECT_INDEFINITE },
		{ "payload-indefinite-text", "a1017f6161ff", E_OBJECT_INDEFINITE },
		{ "payload-long-integer", "a1011801", E_OBJECT_NOT_SHORTEST },
		{ "payload-long-length", "a10158016100", E_OBJECT_NOT_SHORTEST },
		{ "payload-unsorted", "a206000131", E_OBJECT_UNSORTED },
		{ "payload-unsorted-length-first", "a261620061610161",
		    E_OBJECT_UNSORTED },
		{ "payload-duplicate-key", "a206000600", E_OBJECT_DUPLICATE_KEY },
		{ "payload-float", "a106f93c00", E_OBJECT_FLOAT },
		{ "payload-nan", "a106f97e00", E_OBJECT_FLOAT },
		{ "payload-text-not-utf8", "a10161ff", E_OBJECT_TEXT },
		{ "payload-text-surrogate", "a10163eda080", E_OBJECT_TEXT },
		{ "payload-text-nul", "a1016100", E_OBJECT_TEXT },
		{ "payload-trailing", "a000", E_OBJECT_TRAILING },
		{ "payload-undefined", "a106f7", E_OBJECT_VALUE },
		{ "payload-simple", "a106e0", E_OBJECT_VALUE },
		{ "payload-no-map", "80", E_OBJECT_CLAIM },
		{ "payload-no-claims", "a0", E_OBJECT_CLAIM },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		add(b, rows[i].name, OBJECT_RECEIPT,
		    objects_sign_as(b->o, OBJECT_RECEIPT, &b->o->issuing,
			b->o->issuing_certificate, hex(b, rows[i].hex)),
		    rows[i].err);
}

/* Containers; the form is refused before the signature, which is of zeros. */
static void
add_containers(struct bad *b)
{
	static const struct {
		const char *name, *protected_header, *unprotected;
		enum err err;
	} rows[] = {
		{ "alg-es256", "a301260448" KID RECEIPT, "a0", E_OBJECT_HEADER },
		{ "alg-absent", "a20448" KID RECEIPT, "a0", E_OBJECT_HEADER },
		{ "kid-absent", "a20127" RECEIPT, "a0", E_OBJECT_HEADER },
		{ "kid-short",
		    "a301270447"
		    "01020304050607" RECEIPT,
		    "a0", E_OBJECT_HEADER },
		{ "typ-absent", "a201270448" KID, "a0", E_OBJECT_HEADER },
		{ "typ-number", "a301270448" KID "1000", "a0", E_OBJECT_HEADER },
		{ "typ-unknown", "a301270448" KID "10636a7774", "a0", E_OBJECT_TYPE },
		{ "header-member-2", "a4012702800448" KID RECEIPT, "a0",
		    E_OBJECT_HEADER },
		{ "header-unsorted", "a30448" KID "0127" RECEIPT, "a0",
		    E_OBJECT_UNSORTED },
		{ "header-trailing", "a301270448" KID RECEIPT "00", "a0",
		    E_OBJECT_TRAILING },
		{ "unprotected-kid", "a301270448" KID RECEIPT, "a1044100",
		    E_OBJECT_HEADER },
		{ "unprotected-array", "a301270448" KID RECEIPT, "80", E_OBJECT_HEADER },
		{ "certificate-no-bytes", "a301270448" KID RECEIPT, "a13a0001000000",
		    E_OBJECT_HEADER },
		{ "certificate-cut", "a301270448" KID RECEIPT, "a13a0001000041d2",
		    E_OBJECT_TRUNCATED },
	};
	static const char zeros[64];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf o = BUF_INIT(b->o->arena);

		cbor_put_tag(&o, 18);
		cbor_put_array(&o, 4);
		cbor_put_bytes(&o, hex(b, rows[i].protected_header));
		buf_slice_add(&o, hex(b, rows[i].unprotected));
		cbor_put_bytes(&o, payload(b, "receipt"));
		cbor_put_bytes(&o, slice_of(zeros, sizeof(zeros)));
		add(b, rows[i].name, OBJECT_RECEIPT, buf_slice(&o), rows[i].err);
	}
}

static void
add_claims(struct bad *b)
{
	struct claims_request request =
	    *(const struct claims_request *)objects_find("request")->claims;
	struct claims_revocations revoked =
	    *(const struct claims_revocations *)objects_find("revocations")->claims;
	static const uint64_t twice[] = { 7, 7 };
	struct objects_sample changed = { "", OBJECT_REQUEST, &request };

	request.username = SLICE("ana@example.com");
	add(b, "request-two-credentials", OBJECT_REQUEST, objects_sign(b->o, &changed),
	    E_OBJECT_CLAIM);
	request.username = request.license_key = SLICE_NULL;
	add(b, "request-no-credential", OBJECT_REQUEST, objects_sign(b->o, &changed),
	    E_OBJECT_CLAIM);
	request.license_key = SLICE("a key");
	add(b, "request-key-with-space", OBJECT_REQUEST, objects_sign(b->o, &changed),
	    E_OBJECT_CLAIM);
	request.license_key = SLICE("A");
	request.action = (enum claims_action)3;
	add(b, "request-action-3", OBJECT_REQUEST, objects_sign(b->o, &changed),
	    E_OBJECT_CLAIM);
	revoked.serials = twice;
	revoked.n_serials = ARRAY_LEN(twice);
	changed = (struct objects_sample){ "", OBJECT_REVOCATIONS, &revoked };
	add(b, "revocations-serial-twice", OBJECT_REVOCATIONS,
	    objects_sign(b->o, &changed), E_OBJECT_CLAIM);
}

static struct slice
certify(struct bad *b, const struct objects_key *by, enum key_use use)
{
	struct claims_certificate c = { 0, FIELD_NONE, use, { 0 } };
	struct objects_sample made = { "", OBJECT_KEY_CERTIFICATE, &c };

	memcpy(c.public_key, b->o->issuing.public_key, KEY_PUBLIC);
	return objects_sign_as(
	    b->o, OBJECT_KEY_CERTIFICATE, by, SLICE_NULL, objects_payload(b->o, &made));
}

static void
add_signatures(struct bad *b)
{
	const struct objects *o = b->o;
	struct slice activation = sample(b, "activation"), claims = payload(b, "receipt");

	add(b, "cut", OBJECT_ACTIVATION, slice_head(activation, activation.n - 1),
	    E_OBJECT_TRUNCATED);
	add(b, "nothing", OBJECT_ACTIVATION, SLICE(""), E_OBJECT_TRUNCATED);
	add(b, "trailing", OBJECT_ACTIVATION, slice_of(activation.p, activation.n + 1),
	    E_OBJECT_TRAILING);
	add(b, "too-large", OBJECT_ACTIVATION, activation, E_OBJECT_TOO_LARGE)->zeros =
	    OBJECT_BYTES_MAX;
	add(b, "untagged", OBJECT_ACTIVATION, slice_from(activation, 1), E_OBJECT_HEADER);
	add(b, "other-kind", OBJECT_ACTIVATION, sample(b, "receipt"), E_OBJECT_TYPE);
	add(b, "sealed-as-request", OBJECT_REQUEST, hex(b, "80"), E_OBJECT_HEADER);
	add(b, "payload-changed", OBJECT_ACTIVATION, flip(b, activation, -67),
	    E_OBJECT_SIGNATURE);
	add(b, "signature-changed", OBJECT_ACTIVATION, flip(b, activation, -1),
	    E_OBJECT_SIGNATURE);
	add(b, "request-changed", OBJECT_REQUEST, flip(b, sample(b, "request"), -1),
	    E_OBJECT_SIGNATURE);
	add(b, "proof-by-other-device", OBJECT_DEACTIVATION,
	    objects_sign_as(o, OBJECT_DEACTIVATION, &o->other, SLICE_NULL,
		payload(b, "deactivation")),
	    E_OBJECT_SIGNATURE);
	add(b, "by-other-than-certified", OBJECT_RECEIPT,
	    objects_sign_as(o, OBJECT_RECEIPT, &o->other, o->issuing_certificate, claims),
	    E_OBJECT_SIGNATURE);
	add(b, "no-certificate", OBJECT_RECEIPT,
	    objects_sign_as(o, OBJECT_RECEIPT, &o->issuing, SLICE_NULL, claims),
	    E_NOT_CERTIFIED);
	add(b, "certified-by-other", OBJECT_RECEIPT,
	    objects_sign_as(o, OBJECT_RECEIPT, &o->issuing,
		certify(b, &o->other, KEY_ISSUING), claims),
	    E_NOT_CERTIFIED);
	add(b, "certified-for-box", OBJECT_RECEIPT,
	    objects_sign_as(
		o, OBJECT_RECEIPT, &o->issuing, certify(b, &o->root, KEY_BOX), claims),
	    E_NOT_CERTIFIED);
	add(b, "certificate-over", OBJECT_ACTIVATION, activation, E_CERTIFICATE_EXPIRED)
	    ->now = OBJECTS_NOW + 730 * OBJECTS_DAY;
	add(b, "certificate-not-yet", OBJECT_ACTIVATION, activation,
	    E_CERTIFICATE_EXPIRED)
	    ->now = OBJECTS_NOW - OBJECTS_DAY - 1;
}

static void
add_sealed(struct bad *b)
{
	struct buf right = BUF_INIT(b->o->arena), other = BUF_INIT(b->o->arena);
	struct slice request = sample(b, "request");

	request_seal(&right, b->o->box.public_key, request);
	request_seal(&other, b->o->device.public_key, request);
	add(b, "sealed-to-other", OBJECT_SEALED_REQUEST, buf_slice(&other),
	    E_BOX_KEY_UNKNOWN);
	add(b, "sealed-changed", OBJECT_SEALED_REQUEST, flip(b, buf_slice(&right), -1),
	    E_BOX_KEY_UNKNOWN);
	add(b, "sealed-mark", OBJECT_SEALED_REQUEST, flip(b, buf_slice(&right), 13),
	    E_OBJECT_HEADER);
	add(b, "sealed-cut", OBJECT_SEALED_REQUEST,
	    slice_head(buf_slice(&right), right.n - 1), E_OBJECT_TRUNCATED);
	b->failed = b->failed || right.failed || other.failed;
}

const struct vectors_bad *
vectors_bad(const struct objects *o)
{
	struct bad b = { .o = o };

	b.list = arena_array(o->arena, BAD_MAX, sizeof(*b.list));
	if (!b.list)
		return NULL;
	add_payloads(&b);
	add_containers(&b);
	add_claims(&b);
	add_signatures(&b);
	add_sealed(&b);
	return b.failed ? NULL : b.list;
}
