#include "keys/sign.h"

#include <sodium.h>

void
sign_public_of(
    const unsigned char seed[static KEY_SECRET], unsigned char out[static KEY_PUBLIC])
{
	unsigned char expanded[SIGN_SECRET];

	crypto_sign_seed_keypair(out, expanded, seed);
	secret_wipe(expanded, sizeof(expanded));
}

struct secret *
sign_expand(struct slice seed)
{
	unsigned char public_key[KEY_PUBLIC];
	struct secret *s;

	if (seed.n != KEY_SECRET)
		return NULL;
	s = secret_new(SIGN_SECRET);
	if (s != NULL)
		crypto_sign_seed_keypair(
		    public_key, secret_bytes(s), (const unsigned char *)seed.p);
	return s;
}

void
sign_detached(const struct secret *secret, struct slice text,
    unsigned char signature[static SIGN_BYTES])
{
	struct slice key = secret_slice(secret);

	crypto_sign_detached(signature, NULL, (const unsigned char *)text.p, text.n,
	    (const unsigned char *)key.p);
}

bool
sign_verify(struct slice public_key, struct slice text, struct slice signature)
{
	if (public_key.n != KEY_PUBLIC || signature.n != SIGN_BYTES)
		return false;
	return crypto_sign_verify_detached((const unsigned char *)signature.p,
		   (const unsigned char *)text.p, text.n,
		   (const unsigned char *)public_key.p) == 0;
}
