#include "keys/key.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static const char *const use_names[] = { "root", "issuing", "box", "store", "device" };
static const char *const state_names[] = { "active", "retired", "revoked", "pending" };

const struct names key_uses = { use_names, ARRAY_LEN(use_names) };
const struct names key_states = { state_names, ARRAY_LEN(state_names) };

static void
hash_public(
    const unsigned char public_key[static KEY_PUBLIC], unsigned char out[static 32])
{
	crypto_generichash(out, 32, public_key, KEY_PUBLIC, NULL, 0);
}

void
key_id(
    const unsigned char public_key[static KEY_PUBLIC], unsigned char kid[static KEY_KID])
{
	unsigned char hash[32];

	hash_public(public_key, hash);
	memcpy(kid, hash, KEY_KID);
}

void
key_kid_text(const struct key *key, char out[static KEY_KID_TEXT + 1])
{
	sodium_bin2hex(out, KEY_KID_TEXT + 1, key->kid, KEY_KID);
}

bool
key_kid_parse(struct slice text, unsigned char kid[static KEY_KID])
{
	size_t n;

	if (text.n != KEY_KID_TEXT || !slice_only(text, "0123456789abcdef"))
		return false;
	return sodium_hex2bin(kid, KEY_KID, text.p, text.n, NULL, &n, NULL) == 0 &&
	       n == KEY_KID;
}

void
key_fingerprint(const struct key *key, char out[static 65])
{
	unsigned char hash[32];

	hash_public(key->public_key, hash);
	sodium_bin2hex(out, 65, hash, sizeof(hash));
}

void
key_file_name(const struct key *key, char out[static KEY_FILE_NAME])
{
	char kid[KEY_KID_TEXT + 1];

	key_kid_text(key, kid);
	if (key->use != KEY_ISSUING && key->use != KEY_BOX)
		snprintf(out, KEY_FILE_NAME, "%s.key", use_names[key->use]);
	else
		snprintf(out, KEY_FILE_NAME, "%s-%s.key", use_names[key->use], kid);
}
