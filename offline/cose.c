#include "offline/cose.h"

#include "keys/sign.h"
#include "offline/cbor.h"

_Static_assert(OBJECT_BYTES_MAX == CBOR_BYTES_MAX, "one limit");

enum { TAG_SIGN1 = 18, ALG_EDDSA = -8, PARTS = 4 };
/* Labels of headers. */
enum { ALG = 1, KID = 4, TYP = 16, CERTIFICATE = -65537 };

static enum err
take_protected(struct slice header, struct cose *c)
{
	struct cbor_in in = { .rest = header };
	enum err err = cbor_check(header);
	struct slice typ;
	bool known;

	if (err)
		return err;
	known = cbor_take_map(&in) == 3 && cbor_take_int(&in) == ALG &&
	        cbor_take_int(&in) == ALG_EDDSA && cbor_take_int(&in) == KID;
	cbor_take_fixed(&in, c->kid, KEY_KID);
	known = known && cbor_take_int(&in) == TYP;
	typ = cbor_take_text(&in);
	if (!known || in.failed)
		return E_OBJECT_HEADER;
	c->kind = object_by_typ(typ);
	return c->kind == OBJECT_MAX ? E_OBJECT_TYPE : E_OK;
}

static void
take_unprotected(struct cbor_in *in, struct cose *c)
{
	size_t n = cbor_take_map(in);

	c->certificate = SLICE_NULL;
	if (n == 0)
		return;
	if (n > 1 || cbor_take_int(in) != CERTIFICATE)
		in->failed = true;
	c->certificate = cbor_take_bytes(in);
}

enum err
cose_parse(struct slice bytes, struct cose *c)
{
	struct cbor_in in = { .rest = bytes };
	enum err err = cbor_check(bytes);

	if (err)
		return err;
	if (cbor_take_tag(&in) != TAG_SIGN1 || cbor_take_array(&in) != PARTS)
		return E_OBJECT_HEADER;
	c->protected_header = cbor_take_bytes(&in);
	take_unprotected(&in, c);
	c->payload = cbor_take_bytes(&in);
	c->signature = cbor_take_bytes(&in);
	if (in.failed || c->signature.n != SIGN_BYTES)
		return E_OBJECT_HEADER;
	err = take_protected(c->protected_header, c);
	if (err == E_OK && c->certificate.p)
		err = cbor_check(c->certificate);
	return err ? err : cbor_check(c->payload);
}

enum err
cose_parse_as(enum object_kind kind, struct slice bytes, struct cose *c)
{
	enum err err = cose_parse(bytes, c);

	return err == E_OK && c->kind != kind ? E_OBJECT_TYPE : err;
}

/* Sig_structure of RFC 9052 4.4. */
static void
put_signed(struct buf *b, struct slice protected_header, struct slice payload)
{
	cbor_put_array(b, PARTS);
	cbor_put_text(b, SLICE("Signature1"));
	cbor_put_bytes(b, protected_header);
	cbor_put_bytes(b, SLICE(""));
	cbor_put_bytes(b, payload);
}

enum err
cose_verify(const struct cose *c, const unsigned char public_key[static KEY_PUBLIC])
{
	struct buf text = BUF_INIT(NULL);
	unsigned char kid[KEY_KID];
	enum err err;

	key_id(public_key, kid);
	if (memcmp(kid, c->kid, KEY_KID) != 0)
		return E_OBJECT_SIGNATURE;
	put_signed(&text, c->protected_header, c->payload);
	err = buf_finish(&text);
	if (err == E_OK && !sign_verify(slice_of(public_key, KEY_PUBLIC),
			       buf_slice(&text), c->signature))
		err = E_OBJECT_SIGNATURE;
	buf_free(&text);
	return err;
}

static void
put_protected(struct buf *b, enum object_kind kind, const unsigned char *kid)
{
	cbor_put_map(b, 3);
	cbor_put_int(b, ALG);
	cbor_put_int(b, ALG_EDDSA);
	cbor_put_int(b, KID);
	cbor_put_bytes(b, slice_of(kid, KEY_KID));
	cbor_put_int(b, TYP);
	cbor_put_text(b, slice_str(object_info(kind)->typ));
}

static void
put_object(struct buf *b, struct slice protected_header, struct slice certificate,
    struct slice payload)
{
	cbor_put_tag(b, TAG_SIGN1);
	cbor_put_array(b, PARTS);
	cbor_put_bytes(b, protected_header);
	cbor_put_map(b, certificate.p ? 1 : 0);
	if (certificate.p) {
		cbor_put_int(b, CERTIFICATE);
		cbor_put_bytes(b, certificate);
	}
	cbor_put_bytes(b, payload);
}

void
cose_sign(struct buf *b, enum object_kind kind, const struct cose_signer *signer,
    struct slice payload)
{
	struct buf header = BUF_INIT(NULL), text = BUF_INIT(NULL);
	unsigned char signature[SIGN_BYTES] = { 0 };
	size_t before = b->n;

	put_protected(&header, kind, signer->kid);
	put_signed(&text, buf_slice(&header), payload);
	put_object(b, buf_slice(&header), signer->certificate, payload);
	if (buf_ok(&header) && buf_ok(&text))
		sign_detached(signer->secret, buf_slice(&text), signature);
	else
		b->failed = true;
	cbor_put_bytes(b, slice_of(signature, SIGN_BYTES));
	if (b->n - before > OBJECT_BYTES_MAX)
		b->failed = true;
	buf_free(&header);
	buf_free(&text);
}
