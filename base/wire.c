#include "base/wire.h"

#include <string.h>

static void
add_big_endian(struct buf *b, uint64_t v, size_t n)
{
	unsigned char *p = buf_room(b, n);

	for (size_t i = 0; p && i < n; i++)
		p[i] = (unsigned char)(v >> (8 * (n - 1 - i)));
}

void
wire_u8(struct buf *b, uint8_t v)
{
	add_big_endian(b, v, 1);
}

void
wire_u16(struct buf *b, uint16_t v)
{
	add_big_endian(b, v, 2);
}

void
wire_u32(struct buf *b, uint32_t v)
{
	add_big_endian(b, v, 4);
}

void
wire_u64(struct buf *b, uint64_t v)
{
	add_big_endian(b, v, 8);
}

/* By the count of ones that the first byte begins with. */
static const struct {
	unsigned char length, bits, head;
} key_class[] = { { 0, 0, 0 }, { 1, 6, 0x80 }, { 2, 13, 0xc0 }, { 3, 20, 0xe0 },
	{ 4, 27, 0xf0 }, { 5, 34, 0xf8 }, { 6, 41, 0xfc }, { 8, 56, 0xfe },
	{ 9, 64, 0xff } };

#define KEY_CLASSES (sizeof(key_class) / sizeof(key_class[0]))

static size_t
class_of(unsigned char first)
{
	size_t n = 1;

	while (n < KEY_CLASSES - 1 && first & 0x80 >> n)
		n++;
	return n;
}

static bool
fits(uint64_t v, size_t class)
{
	return key_class[class].bits == 64 || v >> key_class[class].bits == 0;
}

void
wire_key_i64(struct buf *b, int64_t v)
{
	unsigned char flip = v < 0 ? 0xff : 0;
	uint64_t n = v < 0 ? ~(uint64_t)v : (uint64_t)v;
	unsigned char *p;
	size_t class = 1, length;

	while (!fits(n, class))
		class ++;
	length = key_class[class].length;
	p = buf_room(b, length);
	if (!p)
		return;
	for (size_t i = 0; i < length; i++) {
		size_t shift = 8 * (length - 1 - i);

		p[i] = shift < 64 ? (unsigned char)(n >> shift) : 0;
	}
	p[0] |= key_class[class].head;
	for (size_t i = 0; i < length; i++)
		p[i] ^= flip;
}

size_t
wire_key_length(unsigned char first)
{
	return key_class[class_of(first & 0x80 ? first : (unsigned char)~first)].length;
}

void
wire_varint(struct buf *b, uint64_t v)
{
	unsigned char text[10];
	size_t n = 0;

	while (v >= 0x80) {
		text[n++] = (unsigned char)(v | 0x80);
		v >>= 7;
	}
	text[n++] = (unsigned char)v;
	buf_add(b, text, n);
}

void
wire_zigzag(struct buf *b, int64_t v)
{
	wire_varint(b, (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0));
}

void
wire_bytes(struct buf *b, struct slice s)
{
	wire_varint(b, s.n);
	buf_slice_add(b, s);
}

void
wire_key_text(struct buf *b, struct slice s)
{
	if (slice_find(s, '\0') >= 0)
		b->failed = true;
	buf_slice_add(b, s);
	buf_char(b, '\0');
}

struct slice
wire_get_raw(struct wire_reader *r, size_t n)
{
	struct slice s;

	if (r->failed || n > r->rest.n) {
		r->failed = true;
		return SLICE_NULL;
	}
	s = slice_of(r->rest.p ? r->rest.p : "", n);
	r->rest = slice_from(r->rest, n);
	return s;
}

static uint64_t
get_big_endian(struct wire_reader *r, size_t n)
{
	struct slice s = wire_get_raw(r, n);
	uint64_t v = 0;

	for (size_t i = 0; i < s.n; i++)
		v = v << 8 | (unsigned char)s.p[i];
	return v;
}

uint8_t
wire_get_u8(struct wire_reader *r)
{
	return (uint8_t)get_big_endian(r, 1);
}

uint16_t
wire_get_u16(struct wire_reader *r)
{
	return (uint16_t)get_big_endian(r, 2);
}

uint32_t
wire_get_u32(struct wire_reader *r)
{
	return (uint32_t)get_big_endian(r, 4);
}

uint64_t
wire_get_u64(struct wire_reader *r)
{
	return get_big_endian(r, 8);
}

int64_t
wire_get_key_i64(struct wire_reader *r)
{
	unsigned char first = r->rest.n ? (unsigned char)r->rest.p[0] : 0;
	unsigned char flip = first & 0x80 ? 0 : 0xff;
	size_t class = class_of(first ^ flip);
	struct slice s = wire_get_raw(r, key_class[class].length);
	uint64_t v = 0;

	for (size_t i = 0; i < s.n; i++)
		v = v << 8 | ((unsigned char)s.p[i] ^ flip);
	if (key_class[class].bits < 64)
		v &= (UINT64_C(1) << key_class[class].bits) - 1;
	if (v > INT64_MAX || (class > 1 && fits(v, class - 1)))
		r->failed = true;
	if (r->failed)
		return 0;
	return flip ? (int64_t)~v : (int64_t)v;
}

uint64_t
wire_get_long_varint(struct wire_reader *r)
{
	const unsigned char *p = (const unsigned char *)r->rest.p;
	uint64_t v = 0;

	for (size_t i = 0; !r->failed && i < r->rest.n && i < 10; i++) {
		if ((i == 9 && p[i] > 1) || (i > 0 && p[i] == 0))
			break;
		v |= (uint64_t)(p[i] & 0x7f) << (7 * i);
		if (p[i] < 0x80) {
			r->rest = slice_from(r->rest, i + 1);
			return v;
		}
	}
	r->failed = true;
	return 0;
}

struct slice
wire_get_bytes(struct wire_reader *r)
{
	uint64_t n = wire_get_varint(r);

	return wire_get_raw(r, n > SIZE_MAX ? SIZE_MAX : (size_t)n);
}

struct slice
wire_get_key_text(struct wire_reader *r)
{
	ptrdiff_t n = r->failed ? -1 : slice_find(r->rest, '\0');
	struct slice s;

	if (n < 0) {
		r->failed = true;
		return SLICE_NULL;
	}
	s = wire_get_raw(r, (size_t)n);
	wire_get_raw(r, 1);
	return s;
}

bool
wire_reader_done(const struct wire_reader *r)
{
	return !r->failed && r->rest.n == 0;
}
