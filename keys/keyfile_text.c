#include "keys/keyfile_text.h"

#include <string.h>

#include "base/clock.h"
#include "base/secret.h"

#define FIRST_LINE "licet-key 1\n"
#define KDF "argon2id"
#define CHECKSUM_NAME "checksum: "
#define CHECKSUM_LINE (sizeof(CHECKSUM_NAME) - 1 + 64 + 1)
#define OPS_MAX 64
#define MEMORY_MAX (INT64_C(1) << 30)

struct reader {
	struct arena *arena;
	struct slice rest;
	bool failed, no_memory;
};

static void
add_line(struct buf *b, const char *name, const char *value)
{
	buf_str(b, name);
	buf_str(b, ": ");
	buf_str(b, value);
	buf_char(b, '\n');
}

static void
add_base64(struct buf *b, const char *name, const void *p, size_t n)
{
	buf_str(b, name);
	buf_str(b, ": ");
	buf_base64(b, p, n);
	buf_char(b, '\n');
}

static void
add_number(struct buf *b, const char *name, int64_t n)
{
	buf_str(b, name);
	buf_str(b, ": ");
	buf_int(b, n);
	buf_char(b, '\n');
}

void
keyfile_text_head(struct buf *b, const struct keyfile_text *t)
{
	char kid[KEY_KID_TEXT + 1], created[CLOCK_ISO_LEN + 1];

	key_kid_text(&t->key, kid);
	clock_iso(t->key.created, created);
	buf_str(b, FIRST_LINE);
	add_line(b, "use", names_get(&key_uses, (int)t->key.use));
	if (t->key.use != KEY_STORE) {
		add_line(b, "kid", kid);
		add_base64(b, "public", t->key.public_key, KEY_PUBLIC);
	}
	add_line(b, "created", created);
	add_line(b, "sealed", t->sealed ? "yes" : "no");
	if (!t->sealed)
		return;
	add_line(b, "kdf", KDF);
	add_number(b, "kdf-ops", t->ops);
	add_number(b, "kdf-memory", t->memory);
	add_base64(b, "salt", t->salt, sizeof(t->salt));
	add_base64(b, "nonce", t->nonce, sizeof(t->nonce));
}

static void
add_checksum(struct buf *b, struct slice text)
{
	unsigned char hash[32];

	crypto_generichash(
	    hash, sizeof(hash), (const unsigned char *)text.p, text.n, NULL, 0);
	buf_str(b, CHECKSUM_NAME);
	buf_hex(b, hash, sizeof(hash));
	buf_char(b, '\n');
}

void
keyfile_text_tail(struct buf *b, const struct keyfile_text *t)
{
	add_base64(b, "payload", t->payload, t->payload_n);
	add_checksum(b, buf_slice(b));
}

static struct slice
take_value(struct reader *r, const char *name)
{
	struct slice line = slice_cut(&r->rest, '\n');
	struct slice prefix = slice_of(name, strlen(name));

	if (!slice_starts(line, prefix) ||
	    !slice_starts(slice_from(line, prefix.n), SLICE(": "))) {
		r->failed = true;
		return SLICE("");
	}
	return slice_from(line, prefix.n + 2);
}

static size_t
take_base64(struct reader *r, const char *name, unsigned char *out, size_t max)
{
	struct slice bytes = SLICE_NULL, value = take_value(r, name);
	enum err err = r->failed ? E_KEY : base64_decode(r->arena, value, &bytes);
	size_t n;

	if (err != E_OK || bytes.n > max) {
		r->failed = true;
		r->no_memory = r->no_memory || err == E_NO_MEMORY;
		return 0;
	}
	n = bytes.n;
	memcpy(out, bytes.p, n);
	secret_wipe((void *)(uintptr_t)bytes.p, n);
	return n;
}

static void
take_exact(struct reader *r, const char *name, unsigned char *out, size_t n)
{
	if (take_base64(r, name, out, n) != n)
		r->failed = true;
}

static int64_t
take_number(struct reader *r, const char *name, int64_t min, int64_t max)
{
	int64_t n;

	if (!slice_to_int(take_value(r, name), &n) || n < min || n > max) {
		r->failed = true;
		return min;
	}
	return n;
}

static void
take_public(struct reader *r, struct key *key)
{
	unsigned char kid[KEY_KID];

	if (!key_kid_parse(take_value(r, "kid"), key->kid))
		r->failed = true;
	take_exact(r, "public", key->public_key, KEY_PUBLIC);
	key_id(key->public_key, kid);
	if (memcmp(kid, key->kid, KEY_KID) != 0)
		r->failed = true;
}

static void
take_seal(struct reader *r, struct keyfile_text *t)
{
	if (!slice_is(take_value(r, "kdf"), KDF))
		r->failed = true;
	t->ops = take_number(r, "kdf-ops", crypto_pwhash_OPSLIMIT_MIN, OPS_MAX);
	t->memory = take_number(r, "kdf-memory", crypto_pwhash_MEMLIMIT_MIN, MEMORY_MAX);
	take_exact(r, "salt", t->salt, sizeof(t->salt));
	take_exact(r, "nonce", t->nonce, sizeof(t->nonce));
}

static void
take_head(struct reader *r, struct keyfile_text *t)
{
	int use;
	struct slice sealed;

	use = names_find(&key_uses, take_value(r, "use"));
	if (use < 0)
		r->failed = true;
	else
		t->key.use = (enum key_use)use;
	if (!r->failed && t->key.use != KEY_STORE)
		take_public(r, &t->key);
	if (!clock_parse_iso(take_value(r, "created"), &t->key.created))
		r->failed = true;
	sealed = take_value(r, "sealed");
	t->sealed = slice_is(sealed, "yes");
	if (t->sealed)
		take_seal(r, t);
	else if (!slice_is(sealed, "no"))
		r->failed = true;
}

static enum err
check_sum(struct arena *arena, struct slice text)
{
	struct buf b = BUF_INIT(arena);
	struct slice body;

	if (text.n < CHECKSUM_LINE)
		return E_KEY;
	body = slice_head(text, text.n - CHECKSUM_LINE);
	add_checksum(&b, body);
	if (!buf_ok(&b))
		return E_NO_MEMORY;
	return slice_equal(buf_slice(&b), slice_from(text, body.n)) ? E_OK : E_KEY;
}

enum err
keyfile_text_parse(
    struct arena *arena, struct slice text, struct keyfile_text *t, struct slice *head)
{
	struct reader r = { .arena = arena };
	struct slice body;
	enum err err;

	*t = (struct keyfile_text){ .key = { .state = KEY_ACTIVE,
					.not_before = FIELD_NONE,
					.not_after = FIELD_NONE } };
	if (!slice_starts(text, SLICE(FIRST_LINE)))
		return E_KEY;
	if ((err = check_sum(arena, text)) != E_OK)
		return err;
	body = slice_head(text, text.n - CHECKSUM_LINE);
	r.rest = slice_from(body, sizeof(FIRST_LINE) - 1);
	take_head(&r, t);
	if (r.failed || r.rest.p == NULL)
		return r.no_memory ? E_NO_MEMORY : E_KEY;
	*head = slice_head(body, (size_t)(r.rest.p - body.p));
	t->payload_n = take_base64(&r, "payload", t->payload, sizeof(t->payload));
	if (r.no_memory)
		return E_NO_MEMORY;
	if (r.failed || r.rest.n != 0 ||
	    t->payload_n != (t->sealed ? sizeof(t->payload) : KEY_SECRET))
		return E_KEY;
	return E_OK;
}
