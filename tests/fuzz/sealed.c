/* Sealed requests: opened only by the box key, and any bytes come out as they went in. */
#include "tests/fuzz/target.h"

#include "offline/seal_request.h"
#include "tests/offline/objects.h"

static struct objects o;

static void
check_there_and_back(struct arena *arena, struct slice in)
{
	struct buf b = BUF_INIT(arena);
	struct slice out = SLICE_NULL, secret = slice_of(o.box.seed, KEY_SECRET);

	request_seal(&b, o.box.public_key, in);
	FUZZ_CHECK(buf_ok(&b));
	FUZZ_CHECK(
	    request_unseal(arena, o.box.public_key, secret, buf_slice(&b), &out) == E_OK);
	FUZZ_CHECK(slice_equal(in, out));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct slice in = fuzz_slice(data, size), out = SLICE_NULL;
	unsigned char kid[KEY_KID];
	enum err err, sealed = request_sealed_kid(in, kid);

	FUZZ_CHECK(o.arena || objects_open(&o));
	err = request_unseal(
	    arena, o.box.public_key, slice_of(o.box.seed, KEY_SECRET), in, &out);
	FUZZ_CHECK(
	    sealed == E_OK ? err == E_OK || err == E_BOX_KEY_UNKNOWN : err == sealed);
	FUZZ_CHECK(err != E_OK || memcmp(kid, o.box.kid, KEY_KID) == 0);
	if (in.n > 0)
		check_there_and_back(arena, in);
	arena_free(arena);
	return 0;
}
