#include "offline/cbor.h"

#include <cbor.h>

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
