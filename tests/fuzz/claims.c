/*
 * Claims: the first byte picks the kind. What is understood is written in one form, which
 * says the same and is never longer; unless something was left out (unknown members,
 * defaults that need not be told, the end of a long fact) it is the bytes that were read.
 */
#include "tests/fuzz/target.h"

#include "offline/cbor.h"
#include "tests/offline/objects.h"

static struct slice
put(struct arena *arena, enum object_kind kind, const void *claims)
{
	struct buf b = BUF_INIT(arena);

	objects_put(&b, kind, claims);
	FUZZ_CHECK(buf_ok(&b));
	FUZZ_CHECK(cbor_check(buf_slice(&b)) == E_OK);
	return buf_slice(&b);
}

static void
check(struct arena *arena, enum object_kind kind, struct slice in)
{
	void *claims, *again;
	struct slice bytes;
	enum err err = objects_get(arena, kind, in, &claims);

	FUZZ_CHECK(err == E_OK || err == E_OBJECT_CLAIM || err == E_NO_MEMORY);
	if (err)
		return;
	bytes = put(arena, kind, claims);
	FUZZ_CHECK(bytes.n <= in.n);
	FUZZ_CHECK(bytes.n < in.n || slice_equal(bytes, in));
	FUZZ_CHECK(objects_get(arena, kind, bytes, &again) == E_OK);
	FUZZ_CHECK(slice_equal(put(arena, kind, again), bytes));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum object_kind kinds[] = { OBJECT_REQUEST, OBJECT_ACTIVATION,
		OBJECT_DEACTIVATION, OBJECT_RECEIPT, OBJECT_REVOCATIONS,
		OBJECT_KEY_CERTIFICATE, OBJECT_CHECKPOINT };
	struct arena *arena = fuzz_arena();
	struct slice in = fuzz_slice(data, size);
	enum object_kind kind = kinds[fuzz_pick(&in) % ARRAY_LEN(kinds)];

	if (cbor_check(in) == E_OK)
		check(arena, kind, in);
	arena_free(arena);
	return 0;
}
