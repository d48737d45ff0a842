#include "offline/trust.h"

void
trust_certify(struct buf *b, const struct cose_signer *root,
    const struct claims_certificate *claims)
{
	struct buf payload = BUF_INIT(NULL);

	claims_put_certificate(&payload, claims);
	if (buf_ok(&payload))
		cose_sign(b, OBJECT_KEY_CERTIFICATE, root, buf_slice(&payload));
	else
		b->failed = true;
	buf_free(&payload);
}

static enum err
not_certified(enum err err)
{
	return err == E_OBJECT_SIGNATURE ? E_NOT_CERTIFIED : err;
}

enum err
trust_certificate(const unsigned char root[static KEY_PUBLIC], struct slice certificate,
    enum key_use use, int64_t now, struct claims_certificate *out)
{
	struct cose cose;
	enum err err = cose_parse_as(OBJECT_KEY_CERTIFICATE, certificate, &cose);

	if (err == E_OK)
		err = not_certified(cose_verify(&cose, root));
	if (err == E_OK)
		err = claims_get_certificate(NULL, cose.payload, out);
	if (err)
		return err;
	if (out->use != use)
		return E_NOT_CERTIFIED;
	if (now < out->not_before ||
	    (out->not_after != FIELD_NONE && now >= out->not_after))
		return E_CERTIFICATE_EXPIRED;
	return E_OK;
}

enum err
trust_object(
    const unsigned char root[static KEY_PUBLIC], const struct cose *cose, int64_t now)
{
	struct claims_certificate issuing;
	enum err err;

	if (!cose->certificate.p)
		return E_NOT_CERTIFIED;
	err = trust_certificate(root, cose->certificate, KEY_ISSUING, now, &issuing);
	return err ? err : cose_verify(cose, issuing.public_key);
}

enum err
trust_device(const unsigned char device_key[static KEY_PUBLIC], const struct cose *cose)
{
	return cose_verify(cose, device_key);
}
