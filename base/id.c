#include "base/id.h"

#include <sodium.h>
#include <string.h>

#include "base/buf.h"

#define KEY_FORMAT_MIN 20
#define KEY_FORMAT_MAX 64
#define KEY_STARS_MIN 20
#define TAIL_SHOWN 4

static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static const char alnum[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/* Random bytes are fetched by the block: one system call for many ids. */
static void
random_take(unsigned char *out, size_t n)
{
	static _Thread_local struct {
		unsigned char bytes[512];
		size_t left;
	} pool;

	if (pool.left < n) {
		randombytes_buf(pool.bytes, sizeof(pool.bytes));
		pool.left = sizeof(pool.bytes);
	}
	pool.left -= n;
	memcpy(out, pool.bytes + pool.left, n);
	sodium_memzero(pool.bytes + pool.left, n);
}

void
id_uuid(char out[static ID_UUID_LEN + 1])
{
	static const char digit[] = "0123456789abcdef";
	unsigned char b[16];
	char *to = out;

	random_take(b, sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < sizeof(b); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		*to++ = digit[b[i] >> 4];
		*to++ = digit[b[i] & 15];
	}
	*to = '\0';
}

void
id_alnum(char *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = alnum[randombytes_uniform(sizeof(alnum) - 1)];
}

char *
id_token(struct arena *arena, const char *prefix, size_t n)
{
	struct buf b = BUF_INIT(arena);
	unsigned char *raw = arena_alloc(arena, n);

	if (!raw)
		return NULL;
	randombytes_buf(raw, n);
	buf_str(&b, prefix);
	buf_base64url(&b, raw, n);
	buf_char(&b, '\0');
	sodium_memzero(raw, n);
	return buf_ok(&b) ? b.p : NULL;
}

bool
id_key_format_valid(struct slice format)
{
	size_t stars = 0;

	for (size_t i = 0; i < format.n; i++)
		stars += format.p[i] == '*';
	return format.n >= KEY_FORMAT_MIN && format.n <= KEY_FORMAT_MAX &&
	       stars >= KEY_STARS_MIN &&
	       slice_only(format, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-*");
}

static char
check_symbol(struct slice before)
{
	unsigned char hash[32];

	crypto_generichash(
	    hash, sizeof(hash), (const unsigned char *)before.p, before.n, NULL, 0);
	return crockford[hash[0] % 32];
}

char *
id_license_key(struct arena *arena, struct slice format)
{
	char *key = arena_str(arena, format);
	char *last = key ? strrchr(key, '*') : NULL;

	if (!key)
		return NULL;
	for (char *p = key; last && p < last; p++)
		if (*p == '*')
			*p = crockford[randombytes_uniform(32)];
	if (last)
		*last = check_symbol(slice_of(key, (size_t)(last - key)));
	return key;
}

char *
id_key_mask(struct arena *arena, struct slice key)
{
	char *mask = arena_str(arena, key);
	char *dash = mask ? strrchr(mask, '-') : NULL;
	char *shown;

	if (!mask)
		return NULL;
	if (dash)
		shown = dash;
	else
		shown = mask + (key.n > TAIL_SHOWN ? key.n - TAIL_SHOWN : 0);
	for (char *p = mask; p < shown; p++)
		if (*p != '-')
			*p = '*';
	return mask;
}
