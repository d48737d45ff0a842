/*
 * Armored text, object after object. What is taken off is written so that it reads as
 * the same; the text gets shorter each time, and lines are counted.
 */
#include "tests/fuzz/target.h"

#include "offline/armor.h"

static size_t
lines_of(struct slice text)
{
	size_t n = text.n > 0 && text.p[text.n - 1] != '\n';

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	return n;
}

static void
check_round_trip(struct arena *arena, enum object_kind kind, struct slice bytes)
{
	struct buf b = BUF_INIT(arena);
	enum object_kind again;
	struct slice text, out;
	size_t line = 0;

	armor_put(&b, kind, bytes);
	FUZZ_CHECK(buf_ok(&b));
	text = buf_slice(&b);
	FUZZ_CHECK(armor_take(arena, &text, &line, &again, &out) == E_OK);
	FUZZ_CHECK(again == kind && slice_equal(out, bytes) && text.n == 0);
	FUZZ_CHECK(line == lines_of(buf_slice(&b)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct slice in = fuzz_slice(data, size), text = in, bytes;
	enum object_kind kind;
	enum err err = E_OK;
	size_t line = 0;

	while (err != E_NOT_FOUND) {
		size_t left = text.n;

		err = armor_take(arena, &text, &line, &kind, &bytes);
		FUZZ_CHECK(err == E_OK || err == E_ARMOR || err == E_NOT_FOUND);
		FUZZ_CHECK(text.n < left || err == E_NOT_FOUND);
		FUZZ_CHECK(line == lines_of(slice_head(in, in.n - text.n)));
		FUZZ_CHECK(err || (kind < OBJECT_MAX && bytes.n > 0));
		if (!err)
			check_round_trip(arena, kind, bytes);
	}
	FUZZ_CHECK(text.n == 0);
	arena_free(arena);
	return 0;
}
