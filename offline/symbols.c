#include "offline/symbols.h"

static const char base45[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
static const char base32[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void
base45_put(struct buf *b, struct slice bytes)
{
	const unsigned char *p = (const unsigned char *)bytes.p;

	for (size_t i = 0; i < bytes.n; i += 2) {
		bool pair = i + 1 < bytes.n;
		unsigned n = pair ? (unsigned)p[i] << 8 | p[i + 1] : p[i];
		char symbol[3] = { base45[n % 45], base45[n / 45 % 45],
			base45[n / 2025] };

		buf_add(b, symbol, pair ? 3 : 2);
	}
}

static int
base45_value(char c)
{
	const char *at = c != '\0' ? strchr(base45, c) : NULL;

	return at ? (int)(at - base45) : -1;
}

/* The bytes of two or three symbols; false: no bytes make them. */
static bool
base45_group(const char *symbol, size_t n, unsigned char *to)
{
	int value = 0, weight = 1;

	for (size_t i = 0; i < n; i++, weight *= 45) {
		int v = base45_value(symbol[i]);

		if (v < 0)
			return false;
		value += v * weight;
	}
	if (n == 3)
		*to++ = (unsigned char)(value >> 8);
	*to = (unsigned char)value;
	return value <= (n == 3 ? 0xffff : 0xff);
}

enum err
base45_decode(struct arena *arena, struct slice text, struct slice *bytes)
{
	size_t n = text.n / 3 * 2 + text.n % 3 / 2;
	unsigned char *to;

	if (text.n % 3 == 1)
		return E_VALIDATION;
	to = arena_alloc(arena, n + 1);
	if (!to)
		return E_NO_MEMORY;
	*bytes = slice_of(to, n);
	for (size_t i = 0; i < text.n; i += 3, to += 2)
		if (!base45_group(text.p + i, text.n - i < 3 ? 2 : 3, to))
			return E_VALIDATION;
	return E_OK;
}

void
base32_put(struct buf *b, struct slice bytes)
{
	unsigned bits = 0, have = 0;

	for (size_t i = 0; i < bytes.n; i++) {
		bits = (bits << 8 | (unsigned char)bytes.p[i]) & 0xfff;
		for (have += 8; have >= 5; have -= 5)
			buf_char(b, base32_symbol(bits >> (have - 5)));
	}
	if (have > 0)
		buf_char(b, base32_symbol(bits << (5 - have)));
}

char
base32_symbol(unsigned value)
{
	return base32[value % 32];
}

int
base32_value(char symbol)
{
	char c = symbol >= 'a' && symbol <= 'z' ? (char)(symbol - ('a' - 'A')) : symbol;
	const char *at;

	if (c == 'O')
		return 0;
	if (c == 'I' || c == 'L')
		return 1;
	at = c != '\0' ? strchr(base32, c) : NULL;
	return at ? (int)(at - base32) : -1;
}

enum err
base32_decode(struct arena *arena, struct slice text, struct slice *bytes)
{
	unsigned bits = 0, have = 0;
	unsigned char *to = arena_alloc(arena, text.n / 8 * 5 + 6);
	size_t n = 0;

	if (!to)
		return E_NO_MEMORY;
	for (size_t i = 0; i < text.n; i++) {
		int v = base32_value(text.p[i]);

		if (slice_only(slice_of(text.p + i, 1), " \t\r\n-"))
			continue;
		if (v < 0)
			return E_VALIDATION;
		bits = (bits << 5 | (unsigned)v) & 0xfff;
		have += 5;
		if (have >= 8) {
			have -= 8;
			to[n++] = (unsigned char)(bits >> have);
		}
	}
	*bytes = slice_of(to, n);
	return have >= 5 || (bits & ((1u << have) - 1)) != 0 ? E_VALIDATION : E_OK;
}
