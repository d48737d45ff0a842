/*
 * Bounds-checked binary writer and reader for records and keys, with a sticky error.
 * Fixed integers are big-endian.
 */
#ifndef LICET_BASE_WIRE_H
#define LICET_BASE_WIRE_H

#include "base/buf.h"

void
wire_u8(struct buf *, uint8_t v);
void
wire_u16(struct buf *, uint16_t v);
void
wire_u32(struct buf *, uint32_t v);
void
wire_u64(struct buf *, uint64_t v);
/*
 * Order preserving and short for small numbers: the ones that the first byte begins with
 * (zeros, of a negative number, which is the complement of what is written for ~v) tell
 * the length, 1 to 9 bytes; the bits behind them are the number. No key begins another.
 */
void
wire_key_i64(struct buf *, int64_t v);
/* Length of a wire_key_i64 by its first byte. */
size_t
wire_key_length(unsigned char first);
void
wire_varint(struct buf *, uint64_t v); /* LEB128, 1-10 bytes */
void
wire_zigzag(struct buf *, int64_t v);
void
wire_bytes(struct buf *, struct slice s); /* varint length, then bytes */
/* Key text followed by one NUL, so that "a" sorts before "ab"; s must not hold NUL. */
void
wire_key_text(struct buf *, struct slice s);

struct wire_reader {
	struct slice rest;
	bool failed; /* sticky; later reads give 0 and null slices */
};

static inline struct wire_reader
wire_reader(struct slice s)
{
	return (struct wire_reader){ .rest = s };
}
uint8_t
wire_get_u8(struct wire_reader *);
uint16_t
wire_get_u16(struct wire_reader *);
uint32_t
wire_get_u32(struct wire_reader *);
uint64_t
wire_get_u64(struct wire_reader *);
/* Fails for what wire_key_i64 does not write. */
int64_t
wire_get_key_i64(struct wire_reader *);
/* wire_get_varint() of more than a byte, or of none; for it alone. */
uint64_t
wire_get_long_varint(struct wire_reader *);
static inline uint64_t
wire_get_varint(struct wire_reader *r)
{
	if (r->failed || r->rest.n == 0 || (unsigned char)r->rest.p[0] >= 0x80)
		return wire_get_long_varint(r);
	r->rest.n--;
	return (unsigned char)*r->rest.p++;
}
static inline int64_t
wire_get_zigzag(struct wire_reader *r)
{
	uint64_t v = wire_get_varint(r);

	return (int64_t)(v >> 1 ^ (0 - (v & 1)));
}
struct slice
wire_get_bytes(struct wire_reader *); /* borrowed */
struct slice
wire_get_key_text(struct wire_reader *); /* borrowed */
struct slice
wire_get_raw(struct wire_reader *, size_t n);
/* No error and nothing left. */
bool
wire_reader_done(const struct wire_reader *);

#endif
