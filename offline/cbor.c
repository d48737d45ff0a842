#include "offline/cbor.h"

#include <cbor.h>
#include <math.h>

#define HEAD_MAX 9

static void
put_head(struct buf *b, const unsigned char *head, size_t n)
{
	if (n == 0)
		b->failed = true;
	else
		buf_add(b, head, n);
}

void
cbor_put_uint(struct buf *b, uint64_t n)
{
	unsigned char head[HEAD_MAX];

	put_head(b, head, cbor_encode_uint(n, head, sizeof(head)));
}

void
cbor_put_int(struct buf *b, int64_t n)
{
	unsigned char head[HEAD_MAX];

	if (n >= 0)
		cbor_put_uint(b, (uint64_t)n);
	else
		put_head(b, head,
		    cbor_encode_negint((uint64_t) - (n + 1), head, sizeof(head)));
}

void
cbor_put_bytes(struct buf *b, struct slice s)
{
	unsigned char head[HEAD_MAX];

	put_head(b, head, cbor_encode_bytestring_start(s.n, head, sizeof(head)));
	buf_slice_add(b, s);
}

void
cbor_put_text(struct buf *b, struct slice s)
{
	unsigned char head[HEAD_MAX];

	put_head(b, head, cbor_encode_string_start(s.n, head, sizeof(head)));
	buf_slice_add(b, s);
}

void
cbor_put_array(struct buf *b, size_t items)
{
	unsigned char head[HEAD_MAX];

	put_head(b, head, cbor_encode_array_start(items, head, sizeof(head)));
}

void
cbor_put_map(struct buf *b, size_t pairs)
{
	unsigned char head[HEAD_MAX];

	put_head(b, head, cbor_encode_map_start(pairs, head, sizeof(head)));
}

void
cbor_put_bool(struct buf *b, bool value)
{
	unsigned char head[HEAD_MAX];

	put_head(b, head, cbor_encode_bool(value, head, sizeof(head)));
}

void
cbor_put_null(struct buf *b)
{
	unsigned char head[HEAD_MAX];

	put_head(b, head, cbor_encode_null(head, sizeof(head)));
}

void
cbor_put_tag(struct buf *b, uint64_t tag)
{
	unsigned char head[HEAD_MAX];

	put_head(b, head, cbor_encode_tag(tag, head, sizeof(head)));
}

/* Half: 11 significant bits, the least of them worth at least 2^-24. */
static bool
fits_half(double d)
{
	int exponent, bits;
	double fraction = frexp(d, &exponent);

	bits = exponent >= -13 ? 11 : 24 + exponent;
	return d == 0 || (exponent <= 16 && bits > 0 &&
			     floor(ldexp(fraction, bits)) == ldexp(fraction, bits));
}

/* libcbor 0.8 rounds halves below 2^-14, so these are put together here. */
static void
put_half(struct buf *b, double d)
{
	unsigned char head[HEAD_MAX];
	unsigned n;

	if (d == 0 || fabs(d) >= ldexp(1, -14)) {
		put_head(b, head, cbor_encode_half((float)d, head, sizeof(head)));
		return;
	}
	n = (unsigned)ldexp(fabs(d), 24);
	head[0] = 0xf9;
	head[1] = (unsigned char)(n >> 8 | (d < 0 ? 0x80 : 0));
	head[2] = (unsigned char)n;
	put_head(b, head, 3);
}

void
cbor_put_real(struct buf *b, double d)
{
	unsigned char head[HEAD_MAX];
	float f = (float)d;

	if (!isfinite(d))
		b->failed = true;
	else if (!isfinite(f) || (double)f != d)
		put_head(b, head, cbor_encode_double(d, head, sizeof(head)));
	else if (fits_half(d))
		put_half(b, d);
	else
		put_head(b, head, cbor_encode_single(f, head, sizeof(head)));
}
