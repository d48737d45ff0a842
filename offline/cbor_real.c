#include "offline/cbor.h"

#include <cbor.h>
#include <math.h>

#define HEAD_MAX 9 /* every head fits: the encoders do not fail */

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
		buf_add(b, head, cbor_encode_half((float)d, head, sizeof(head)));
		return;
	}
	n = (unsigned)ldexp(fabs(d), 24);
	head[0] = 0xf9;
	head[1] = (unsigned char)(n >> 8 | (d < 0 ? 0x80 : 0));
	head[2] = (unsigned char)n;
	buf_add(b, head, 3);
}

void
cbor_put_real(struct buf *b, double d)
{
	unsigned char head[HEAD_MAX];
	float f = (float)d;

	if (!isfinite(d))
		b->failed = true;
	else if (!isfinite(f) || (double)f != d)
		buf_add(b, head, cbor_encode_double(d, head, sizeof(head)));
	else if (fits_half(d))
		put_half(b, d);
	else
		buf_add(b, head, cbor_encode_single(f, head, sizeof(head)));
}
