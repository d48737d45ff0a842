/* RFC 9285, section 4, and Crockford's base32 against RFC 4648 in other letters. */
#include "offline/symbols.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_new(0);
	return arena == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void
expect_base45(struct slice bytes, const char *text)
{
	struct buf b = BUF_INIT(arena);
	struct slice back;

	base45_put(&b, bytes);
	assert_int_equal(buf_finish(&b), E_OK);
	assert_true(slice_is(buf_slice(&b), text));
	assert_int_equal(base45_decode(arena, slice_str(text), &back), E_OK);
	assert_true(slice_equal(back, bytes));
}

static void
test_base45_vectors(void **state)
{
	(void)state;
	expect_base45(SLICE("AB"), "BB8");
	expect_base45(SLICE("Hello!!"), "%69 VD92EX0");
	expect_base45(SLICE("base-45"), "UJCLQE7W581");
	expect_base45(SLICE("ietf!"), "QED8WEX0");
	expect_base45(SLICE(""), "");
	expect_base45(SLICE("\xff\xff"), "FGW");
	expect_base45(SLICE("\xff"), "U5");
}

static void
test_base45_refuses(void **state)
{
	static const char *const rows[] = { "A", "BB8A", "GGW", ":::", "V5", "::", "bb8",
		"BB?", "BB\n", "BB8\r\n" };
	struct slice out;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(
		    base45_decode(arena, slice_str(rows[i]), &out), E_VALIDATION);
	assert_int_equal(base45_decode(arena, SLICE("B\0B"), &out), E_VALIDATION);
}

/* Each byte, then each pair of bytes, there and back. */
static void
round_trips(void (*put)(struct buf *, struct slice),
    enum err (*decode)(struct arena *, struct slice, struct slice *))
{
	char bytes[2];
	struct arena_mark mark = arena_mark(arena);

	for (unsigned n = 0; n < 256 + 65536; n++) {
		struct buf b = BUF_INIT(arena);
		struct slice in = slice_of(bytes, n < 256 ? 1 : 2), back;

		bytes[0] = (char)(n < 256 ? n : (n - 256) >> 8);
		bytes[1] = (char)(n - 256);
		put(&b, in);
		assert_int_equal(decode(arena, buf_slice(&b), &back), E_OK);
		assert_true(slice_equal(in, back));
		/* Readers cut blanks off the end of a line. */
		assert_int_not_equal(b.p[b.n - 1], ' ');
		arena_reset(arena, mark);
	}
}

static void
test_round_trips(void **state)
{
	(void)state;
	round_trips(base45_put, base45_decode);
	round_trips(base32_put, base32_decode);
}

static void
expect_base32(struct slice bytes, const char *text)
{
	struct buf b = BUF_INIT(arena);
	struct slice back;

	base32_put(&b, bytes);
	assert_int_equal(buf_finish(&b), E_OK);
	assert_true(slice_is(buf_slice(&b), text));
	assert_int_equal(base32_decode(arena, slice_str(text), &back), E_OK);
	assert_true(slice_equal(back, bytes));
}

static void
test_base32_vectors(void **state)
{
	(void)state;
	/* RFC 4648, section 10: MY, MZXQ, MZXW6, MZXW6YQ, MZXW6YTB, MZXW6YTBOI. */
	expect_base32(SLICE(""), "");
	expect_base32(SLICE("f"), "CR");
	expect_base32(SLICE("fo"), "CSQG");
	expect_base32(SLICE("foo"), "CSQPY");
	expect_base32(SLICE("foob"), "CSQPYRG");
	expect_base32(SLICE("fooba"), "CSQPYRK1");
	expect_base32(SLICE("foobar"), "CSQPYRK1E8");
	expect_base32(SLICE("\xff\xff\xff\xff\xff"), "ZZZZZZZZ");
}

static void
test_base32_forgives(void **state)
{
	struct slice back;

	(void)state;
	assert_int_equal(base32_decode(arena, SLICE("csqp-yrki e8\n"), &back), E_OK);
	assert_true(slice_is(back, "foobar"));
	assert_int_equal(base32_decode(arena, SLICE("CSQPYRKL"), &back), E_OK);
	assert_true(slice_is(back, "fooba"));
	assert_int_equal(base32_decode(arena, SLICE("oO0O"), &back), E_OK);
	assert_true(slice_equal(back, SLICE("\0\0")));
}

static void
test_base32_refuses(void **state)
{
	static const char *const rows[] = { "U0", "C", "CSQ", "CSQPYR", "CS", "CSQH",
		"C*", "CR=" };
	struct slice out;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(
		    base32_decode(arena, slice_str(rows[i]), &out), E_VALIDATION);
	assert_int_equal(base32_decode(arena, SLICE("CR\0"), &out), E_VALIDATION);
}

static void
test_base32_values(void **state)
{
	int known = 0;

	(void)state;
	for (int c = -128; c < 128; c++)
		known += base32_value((char)c) >= 0;
	/* 10 digits and 26 letters in two cases, without U. */
	assert_int_equal(known, 10 + 2 * 25);
	for (unsigned v = 0; v < 32; v++)
		assert_int_equal(base32_value(base32_symbol(v)), v);
	assert_int_equal(base32_symbol(33), '1');
}

static void
test_no_memory(void **state)
{
	struct slice out;

	(void)state;
	arena_fail_after(0);
	assert_int_equal(base45_decode(arena, SLICE("BB8"), &out), E_NO_MEMORY);
	assert_int_equal(base32_decode(arena, SLICE("CR"), &out), E_NO_MEMORY);
	arena_fail_after(SIZE_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_base45_vectors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_base45_refuses, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_round_trips, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_base32_vectors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_base32_forgives, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_base32_refuses, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_base32_values, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_memory, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("symbols", tests, NULL, NULL);
}
