#include "tests/support/sample_object.h"

#include "offline/cbor.h"

static void
put_filler(struct buf *b, size_t n, uint32_t seed)
{
	uint32_t x = seed * 2654435761u + 1;
	unsigned char *p = buf_room(b, n);

	for (size_t i = 0; p && i < n; i++) {
		x = x * 1664525u + 1013904223u;
		p[i] = (unsigned char)(x >> 24);
	}
}

static void
put_sealed(struct buf *b, struct slice filler)
{
	cbor_put_array(b, 3);
	cbor_put_text(b, SLICE("licet-sealed"));
	cbor_put_bytes(b, SLICE("boxkeyid"));
	cbor_put_bytes(b, filler);
}

static void
put_signed(struct buf *b, enum object_kind kind, struct slice filler)
{
	static const char no_signature[64];
	struct buf header = { .arena = b->arena }, payload = { .arena = b->arena };

	cbor_put_map(&header, 3);
	cbor_put_int(&header, 1);
	cbor_put_int(&header, -8);
	cbor_put_int(&header, 4);
	cbor_put_bytes(&header, SLICE("signerid"));
	cbor_put_int(&header, 16);
	cbor_put_text(&header, slice_str(object_info(kind)->typ));
	cbor_put_bytes(&payload, filler);
	cbor_put_tag(b, 18);
	cbor_put_array(b, 4);
	cbor_put_bytes(b, buf_slice(&header));
	cbor_put_map(b, 0);
	cbor_put_bytes(b, buf_slice(&payload));
	cbor_put_bytes(b, slice_of(no_signature, sizeof(no_signature)));
	b->failed |= header.failed || payload.failed;
}

struct slice
sample_object(struct arena *arena, enum object_kind kind, size_t size, uint32_t seed)
{
	struct buf filler = BUF_INIT(arena), b = BUF_INIT(arena);

	put_filler(&filler, size, seed);
	do {
		buf_clear(&b);
		if (kind == OBJECT_SEALED_REQUEST)
			put_sealed(&b, buf_slice(&filler));
		else
			put_signed(&b, kind, buf_slice(&filler));
		if (!buf_ok(&filler) || !buf_ok(&b))
			return SLICE_NULL;
	} while (b.n > size && filler.n-- > 0);
	return buf_slice(&b);
}
