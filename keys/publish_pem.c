#include "keys/publish.h"

#include <string.h>

/* SubjectPublicKeyInfo of OID 1.3.101.112 and .110, up to the 32 key bytes. */
static const unsigned char der_ed25519[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b,
	0x65, 0x70, 0x03, 0x21, 0x00 };
static const unsigned char der_x25519[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b,
	0x65, 0x6e, 0x03, 0x21, 0x00 };
static const char pem_begin[] = "-----BEGIN PUBLIC KEY-----";
static const char pem_end[] = "-----END PUBLIC KEY-----";

void
publish_pem(struct buf *b, const struct key *key)
{
	unsigned char der[sizeof(der_ed25519) + KEY_PUBLIC];

	memcpy(der, key->use == KEY_BOX ? der_x25519 : der_ed25519, sizeof(der_ed25519));
	memcpy(der + sizeof(der_ed25519), key->public_key, KEY_PUBLIC);
	buf_printf(b, "%s\n", pem_begin);
	buf_base64(b, der, sizeof(der));
	buf_printf(b, "\n%s\n", pem_end);
}

static struct slice
without_blanks(struct arena *arena, struct slice text)
{
	struct buf b = BUF_INIT(arena);

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '\n' && text.p[i] != '\r' && text.p[i] != ' ')
			buf_char(&b, text.p[i]);
	return buf_ok(&b) ? buf_slice(&b) : SLICE_NULL;
}

static enum err
read_der(struct slice der, enum key_use use, struct key *key)
{
	bool is_box, is_ed;

	if (der.n != sizeof(der_ed25519) + KEY_PUBLIC)
		return E_KEY;
	is_ed = memcmp(der.p, der_ed25519, sizeof(der_ed25519)) == 0;
	is_box = memcmp(der.p, der_x25519, sizeof(der_x25519)) == 0;
	if ((!is_ed && !is_box) || (is_ed && use == KEY_BOX))
		return E_KEY;
	*key = (struct key){ .use = is_box ? KEY_BOX : use,
		.not_before = FIELD_NONE,
		.not_after = FIELD_NONE };
	memcpy(key->public_key, der.p + sizeof(der_ed25519), KEY_PUBLIC);
	key_id(key->public_key, key->kid);
	return E_OK;
}

enum err
publish_pem_read(
    struct arena *arena, struct slice text, enum key_use use, struct key *key)
{
	ptrdiff_t begin = slice_search(text, slice_str(pem_begin)), end;
	struct slice der;
	enum err e;

	if (begin < 0 || !text.p)
		return E_NOT_FOUND;
	text = slice_from(text, (size_t)begin + strlen(pem_begin));
	end = slice_search(text, slice_str(pem_end));
	if (end < 0)
		return E_KEY;
	text = without_blanks(arena, slice_head(text, (size_t)end));
	if (text.p == NULL)
		return E_NO_MEMORY;
	e = base64_decode(arena, text, &der);
	if (e != E_OK)
		return e == E_NO_MEMORY ? e : E_KEY;
	return read_der(der, use, key);
}
