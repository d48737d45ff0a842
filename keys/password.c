#include "keys/password.h"

#include <sodium.h>
#include <string.h>

#include "base/secret.h"

#define OPS 2
#define MEMORY (19 * 1024 * 1024)

/* Argon2id of 32 random bytes that nobody kept. */
static const char nobody[] = "$argon2id$v=19$m=19456,t=2,p=1$J6KCK0BzL"
			     "fqL39pKZU2hVQ$nHbmNfX3zxEVdEhGw4jG7mytK2SgWan29qnwbMSAXEo";

enum err
password_hash(struct slice password, char out[static PASSWORD_HASH])
{
	_Static_assert(PASSWORD_HASH >= crypto_pwhash_STRBYTES, "a hash has room");

	if (sodium_init() < 0 ||
	    crypto_pwhash_str(
		out, password.p != NULL ? password.p : "", password.n, OPS, MEMORY) != 0)
		return E_NO_MEMORY;
	return E_OK;
}

bool
password_verify(struct slice hash, struct slice password)
{
	char text[crypto_pwhash_STRBYTES] = { 0 };
	bool known = false, good;

	if (hash.n > 0 && hash.n < sizeof(text)) {
		memcpy(text, hash.p, hash.n);
		known = crypto_pwhash_str_needs_rehash(text, OPS, MEMORY) >= 0;
	}
	good = crypto_pwhash_str_verify(known ? text : nobody,
		   password.p != NULL ? password.p : "", password.n) == 0;
	secret_wipe(text, sizeof(text));
	return good && known;
}
