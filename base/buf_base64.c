#include "base/buf.h"

static const char standard[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void
encode(struct buf *b, const unsigned char *p, size_t n, const char *alphabet)
{
	size_t rest = n % 3;
	char *to = n < 3 || n > SIZE_MAX / 4 ? NULL : buf_room(b, n / 3 * 4);

	for (size_t i = 0; to && i + 2 < n; i += 3, to += 4) {
		to[0] = alphabet[p[i] >> 2];
		to[1] = alphabet[(p[i] & 3) << 4 | p[i + 1] >> 4];
		to[2] = alphabet[(p[i + 1] & 15) << 2 | p[i + 2] >> 6];
		to[3] = alphabet[p[i + 2] & 63];
	}
	if (rest == 1) {
		buf_char(b, alphabet[p[n - 1] >> 2]);
		buf_char(b, alphabet[(p[n - 1] & 3) << 4]);
	} else if (rest == 2) {
		buf_char(b, alphabet[p[n - 2] >> 2]);
		buf_char(b, alphabet[(p[n - 2] & 3) << 4 | p[n - 1] >> 4]);
		buf_char(b, alphabet[(p[n - 1] & 15) << 2]);
	}
}

void
buf_base64(struct buf *b, const void *p, size_t n)
{
	encode(b, p, n, standard);
	if (n % 3)
		buf_str(b, n % 3 == 1 ? "==" : "=");
}

void
buf_base64url(struct buf *b, const void *p, size_t n)
{
	encode(b, p, n, url);
}

static int
symbol(char c, const char *alphabet)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == alphabet[62] ? 62 : c == alphabet[63] ? 63 : -1;
}

/* Text without padding; bits beyond the last byte must be zero. */
static enum err
decode(struct arena *a, struct slice text, const char *alphabet, struct slice *out)
{
	size_t n = text.n / 4 * 3 + (text.n % 4 ? text.n % 4 - 1 : 0);
	unsigned char *to;
	uint32_t bits = 0;
	unsigned have = 0;

	if (text.n % 4 == 1)
		return E_VALIDATION;
	to = arena_alloc(a, n + 1);
	if (!to)
		return E_NO_MEMORY;
	*out = slice_of(to, n);
	for (size_t i = 0; i < text.n; i++) {
		int v = symbol(text.p[i], alphabet);

		if (v < 0)
			return E_VALIDATION;
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			*to++ = (unsigned char)(bits >> have);
		}
	}
	return bits & ((1u << have) - 1) ? E_VALIDATION : E_OK;
}

enum err
base64_decode(struct arena *a, struct slice text, struct slice *out)
{
	if (text.n % 4)
		return E_VALIDATION;
	for (int pad = 0; pad < 2 && text.n && text.p[text.n - 1] == '='; pad++)
		text.n--;
	return decode(a, text, standard, out);
}

enum err
base64url_decode(struct arena *a, struct slice text, struct slice *out)
{
	return decode(a, text, url, out);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

enum err
hex_decode(struct arena *a, struct slice text, struct slice *out)
{
	char *to;

	if (text.n % 2)
		return E_VALIDATION;
	to = arena_alloc(a, text.n / 2 + 1);
	if (!to)
		return E_NO_MEMORY;
	*out = slice_of(to, text.n / 2);
	for (size_t i = 0; i < text.n; i += 2) {
		int high = hex_digit(text.p[i]), low = hex_digit(text.p[i + 1]);

		if (high < 0 || low < 0)
			return E_VALIDATION;
		*to++ = (char)(high << 4 | low);
	}
	return E_OK;
}
