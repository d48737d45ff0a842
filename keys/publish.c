#include "keys/publish.h"

void
publish_jwk(struct buf *b, const struct key *key, struct slice certificate)
{
	bool is_box = key->use == KEY_BOX;
	char kid[KEY_KID_TEXT + 1];

	key_kid_text(key, kid);
	buf_printf(
	    b, "{\"kty\":\"OKP\",\"crv\":\"%s\",\"x\":\"", is_box ? "X25519" : "Ed25519");
	buf_base64url(b, key->public_key, KEY_PUBLIC);
	buf_str(b, is_box ? "\",\"use\":\"enc" : "\",\"use\":\"sig\",\"alg\":\"EdDSA");
	buf_printf(b, "\",\"kid\":\"%s\"", kid);
	if (certificate.n > 0) {
		buf_str(b, ",\"licet_cert\":\"");
		buf_base64url(b, certificate.p, certificate.n);
		buf_char(b, '"');
	}
	buf_char(b, '}');
}

static bool
is_published(const struct keyring_part *part)
{
	return part->key.use == KEY_ISSUING &&
	       (part->key.state == KEY_ACTIVE || part->key.state == KEY_RETIRED);
}

void
publish_jwk_list(struct buf *b, const struct keyring *ring)
{
	size_t n;
	const struct keyring_part *part = keyring_parts(ring, &n);
	const char *comma = "";

	buf_char(b, '[');
	for (size_t i = 0; i < n; i++) {
		if (!is_published(&part[i]))
			continue;
		buf_str(b, comma);
		publish_jwk(b, &part[i].key, part[i].certificate);
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
