#include "keys/publish.h"

#include <string.h>

void
publish_jwk(struct buf *b, const struct key *key)
{
	char kid[KEY_KID_TEXT + 1];

	key_kid_text(key, kid);
	buf_str(b, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"");
	buf_base64url(b, key->public_key, KEY_PUBLIC);
	buf_str(b, "\",\"use\":\"sig\",\"alg\":\"EdDSA\",\"kid\":\"");
	buf_str(b, kid);
	buf_str(b, "\"}");
}

void
publish_jwk_list(struct buf *b, const struct keyring *ring)
{
	size_t n;
	const struct key *key = keyring_verifiers(ring, &n);
	const char *comma = "";

	buf_char(b, '[');
	for (size_t i = 0; i < n; i++) {
		if (key[i].state == KEY_REVOKED)
			continue;
		buf_str(b, comma);
		publish_jwk(b, &key[i]);
		comma = ",";
	}
	buf_char(b, ']');
}

void
publish_jwks(struct buf *b, const struct keyring *ring)
{
	buf_str(b, "{\"keys\":");
	publish_jwk_list(b, ring);
	buf_char(b, '}');
}

void
publish_pem(struct buf *b, const struct key *key)
{
	/* SubjectPublicKeyInfo of OID 1.3.101.112, up to the 32 key bytes. */
	unsigned char der[12 + KEY_PUBLIC] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b,
		0x65, 0x70, 0x03, 0x21, 0x00 };

	memcpy(der + 12, key->public_key, KEY_PUBLIC);
	buf_str(b, "-----BEGIN PUBLIC KEY-----\n");
	buf_base64(b, der, sizeof(der));
	buf_str(b, "\n-----END PUBLIC KEY-----\n");
}
