#include "keys/generate.h"

#include <sodium.h>
#include <string.h>

#include "keys/sign.h"

enum err
key_from_secret(enum key_use use, struct slice material, int64_t created, struct key *out)
{
	const unsigned char *p = (const unsigned char *)material.p;
	struct key key = { .use = use,
		.state = KEY_ACTIVE,
		.created = created,
		.not_before = FIELD_NONE,
		.not_after = FIELD_NONE };

	if (material.n != KEY_SECRET)
		return E_KEY;
	if (use == KEY_BOX)
		crypto_scalarmult_base(key.public_key, p);
	else if (use != KEY_STORE)
		sign_public_of(p, key.public_key);
	if (use != KEY_STORE)
		key_id(key.public_key, key.kid);
	*out = key;
	return E_OK;
}

enum err
key_generate(enum key_use use, int64_t created, struct key *key, struct secret **material)
{
	struct secret *s = secret_new(KEY_SECRET);
	enum err e;

	if (s == NULL)
		return E_NO_MEMORY;
	randombytes_buf(secret_bytes(s), KEY_SECRET);
	e = key_from_secret(use, secret_slice(s), created, key);
	if (e == E_OK)
		*material = s;
	else
		secret_free(s);
	return e;
}
