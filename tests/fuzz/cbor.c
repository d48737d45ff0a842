/*
 * Deterministic CBOR. What the check takes, the walk reads and the writer writes again as
 * the same bytes: there is one form for each value. What was not checked the walk leaves
 * within its bounds.
 */
#include "tests/fuzz/target.h"

#include "offline/cbor.h"

static void
copy_item(struct cbor_in *, struct buf *);

static void
copy_items(struct cbor_in *in, struct buf *b, size_t n)
{
	while (n-- > 0 && !in->failed)
		copy_item(in, b);
}

static void
copy_container(struct cbor_in *in, struct buf *b, enum cbor_next type)
{
	size_t n;

	if (type == CBOR_TAG) {
		cbor_put_tag(b, cbor_take_tag(in));
		copy_items(in, b, 1);
	} else if (type == CBOR_ARRAY) {
		n = cbor_take_array(in);
		cbor_put_array(b, n);
		copy_items(in, b, n);
	} else {
		n = cbor_take_map(in);
		cbor_put_map(b, n);
		copy_items(in, b, 2 * n);
	}
}

/* A negative integer below INT64_MIN is no int64_t: as its bytes. */
static void
copy_negative(struct cbor_in *in, struct buf *b)
{
	struct cbor_in narrow = *in;
	int64_t n = cbor_take_int(&narrow);
	struct slice item = in->rest;

	cbor_skip(in);
	item.n -= in->rest.n;
	if (narrow.failed)
		buf_slice_add(b, item);
	else
		cbor_put_int(b, n);
}

static void
copy_item(struct cbor_in *in, struct buf *b)
{
	enum cbor_next type = cbor_peek(in);

	switch (type) {
	case CBOR_END:
		in->failed = true;
		break;
	case CBOR_UINT:
		cbor_put_uint(b, cbor_take_uint(in));
		break;
	case CBOR_NEGINT:
		copy_negative(in, b);
		break;
	case CBOR_BYTES:
		cbor_put_bytes(b, cbor_take_bytes(in));
		break;
	case CBOR_TEXT:
		cbor_put_text(b, cbor_take_text(in));
		break;
	case CBOR_BOOL:
		cbor_put_bool(b, cbor_take_bool(in));
		break;
	case CBOR_NULL:
		FUZZ_CHECK(cbor_take_null(in));
		cbor_put_null(b);
		break;
	default:
		copy_container(in, b, type);
	}
}

/* Takers of any kind in any order over bytes that nobody looked at. */
static void
walk_blindly(struct slice in)
{
	struct cbor_in at = { .rest = in };
	unsigned char four[4];

	while (!at.failed && at.rest.n > 0)
		switch ((unsigned char)at.rest.p[0] % 7) {
		case 0:
			cbor_take_map(&at);
			break;
		case 1:
			cbor_take_int(&at);
			break;
		case 2:
			cbor_take_bytes(&at);
			break;
		case 3:
			cbor_take_text(&at);
			break;
		case 4:
			cbor_take_array(&at);
			break;
		case 5:
			cbor_take_fixed(&at, four, sizeof(four));
			break;
		default:
			cbor_skip(&at);
		}
	FUZZ_CHECK(at.rest.n <= in.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct slice in = fuzz_slice(data, size);
	struct cbor_in at = { .rest = in };
	struct buf b = BUF_INIT(arena);

	walk_blindly(in);
	if (cbor_check(in) == E_OK) {
		copy_item(&at, &b);
		FUZZ_CHECK(!at.failed && at.rest.n == 0);
		FUZZ_CHECK(slice_equal(buf_slice(&b), in));
		at.rest = in;
		cbor_skip(&at);
		FUZZ_CHECK(!at.failed && at.rest.n == 0);
	}
	arena_free(arena);
	return 0;
}
