/*
 * Typed lines. Any bytes go there and back; what decodes prints in a form that decodes as
 * the same, also from its last line to its first.
 */
#include "tests/fuzz/target.h"

#include "offline/typed.h"

static void
expect(struct arena *arena, struct slice text, struct slice bytes)
{
	struct slice out;
	size_t line;

	FUZZ_CHECK(typed_is(text));
	FUZZ_CHECK(typed_decode(arena, text, &out, &line) == E_OK);
	FUZZ_CHECK(line == 0 && slice_equal(out, bytes));
}

static struct slice
backwards(struct arena *arena, struct slice text)
{
	struct buf b = BUF_INIT(arena);

	while (text.n > 0) {
		size_t from = text.n - 1;

		while (from > 0 && text.p[from - 1] != '\n')
			from--;
		buf_slice_add(&b, slice_from(text, from));
		text = slice_head(text, from);
	}
	FUZZ_CHECK(buf_ok(&b));
	return buf_slice(&b);
}

static void
check_bytes(struct arena *arena, struct slice bytes)
{
	struct buf b = BUF_INIT(arena);

	typed_put(&b, bytes);
	FUZZ_CHECK(buf_ok(&b));
	if (bytes.n == 0)
		return;
	expect(arena, buf_slice(&b), bytes);
	expect(arena, backwards(arena, buf_slice(&b)), bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct slice in = fuzz_slice(data, size), bytes;
	size_t line;
	enum err err = typed_decode(arena, in, &bytes, &line);

	FUZZ_CHECK(err == E_OK || err == E_TYPED_LINE);
	FUZZ_CHECK((err == E_OK) == (line == 0));
	if (!err)
		check_bytes(arena, bytes);
	check_bytes(arena, in);
	arena_free(arena);
	return 0;
}
