/*
 * Base45 and base32: any bytes go there and back; what decodes is, in base45, the one
 * text of its bytes, and in base32 the same in other letters.
 */
#include "tests/fuzz/target.h"

#include "offline/symbols.h"

static void
check_base45(struct arena *arena, struct slice in)
{
	struct buf b = BUF_INIT(arena);
	struct slice out;
	enum err err;

	base45_put(&b, in);
	FUZZ_CHECK(buf_ok(&b) && b.n == in.n / 2 * 3 + in.n % 2 * 2);
	FUZZ_CHECK(base45_decode(arena, buf_slice(&b), &out) == E_OK);
	FUZZ_CHECK(slice_equal(out, in));
	err = base45_decode(arena, in, &out);
	FUZZ_CHECK(err == E_OK || err == E_VALIDATION);
	if (err)
		return;
	buf_clear(&b);
	base45_put(&b, out);
	FUZZ_CHECK(slice_equal(buf_slice(&b), in));
}

static void
check_base32(struct arena *arena, struct slice in)
{
	struct buf b = BUF_INIT(arena);
	struct slice out;
	size_t symbols = 0, at = 0;
	enum err err;

	base32_put(&b, in);
	FUZZ_CHECK(buf_ok(&b) && b.n == (in.n * 8 + 4) / 5);
	FUZZ_CHECK(base32_decode(arena, buf_slice(&b), &out) == E_OK);
	FUZZ_CHECK(slice_equal(out, in));
	err = base32_decode(arena, in, &out);
	FUZZ_CHECK(err == E_OK || err == E_VALIDATION);
	if (err)
		return;
	buf_clear(&b);
	base32_put(&b, out);
	for (size_t i = 0; i < in.n; i++)
		symbols += base32_value(in.p[i]) >= 0;
	FUZZ_CHECK(buf_ok(&b) && b.n == symbols);
	for (size_t i = 0; i < in.n; i++) {
		int v = base32_value(in.p[i]);

		if (v >= 0)
			FUZZ_CHECK(base32_symbol((unsigned)v) == b.p[at++]);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct slice in = fuzz_slice(data, size);

	check_base45(arena, in);
	check_base32(arena, in);
	arena_free(arena);
	return 0;
}
