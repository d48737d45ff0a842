/* Typed text: every mistake that people make is found on its own line. */
#include "offline/typed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "offline/object.h"
#include "offline/symbols.h"

#define SAMPLE 100 /* bytes: 160 symbols, 7 lines */

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

static struct slice
sample(size_t n)
{
	char *p = arena_alloc(arena, n);

	assert_non_null(p);
	for (size_t i = 0; i < n; i++)
		p[i] = (char)(i * 151 + i / 7);
	return slice_of(p, n);
}

static char *
typed(struct slice bytes)
{
	struct buf b = BUF_INIT(arena);

	typed_put(&b, bytes);
	buf_char(&b, '\0');
	assert_int_equal(buf_finish(&b), E_OK);
	return b.p;
}

/* 0: read, and as these bytes; else the number of the line refused. */
static size_t
refused_line(const char *text, struct slice wanted)
{
	struct arena_mark mark = arena_mark(arena);
	struct slice bytes;
	size_t line = 0;
	enum err err = typed_decode(arena, slice_str(text), &bytes, &line);

	if (err)
		assert_int_equal(err, E_TYPED_LINE);
	else
		assert_true(line == 0 && slice_equal(bytes, wanted));
	assert_true(!err || line > 0);
	arena_reset(arena, mark);
	return line;
}

static void
test_form(void **state)
{
	char *text;

	(void)state;
	assert_string_equal(typed(SLICE("foobar")), "1  CSQPY RK1E8  ME\n");
	text = typed(sample(16 * 10)); /* 256 symbols: 11 lines */
	assert_memory_equal(text, " 1  ", 4);
	assert_int_equal(strlen(text), 10 * (3 + 30 + 4 + 1) + (3 + 8 + 4 + 1));
	assert_non_null(strstr(text, "\n11  "));
}

static void
test_round_trip(void **state)
{
	(void)state;
	for (size_t n = 1; n <= 200; n++) {
		struct arena_mark mark = arena_mark(arena);
		struct slice bytes = sample(n);
		char *text = typed(bytes);

		assert_true(typed_is(slice_str(text)));
		assert_int_equal(refused_line(text, bytes), 0);
		arena_reset(arena, mark);
	}
	assert_int_equal(
	    refused_line(typed(sample(OBJECT_BYTES_MAX)), sample(OBJECT_BYTES_MAX)), 0);
}

/* Where the symbols of the text stand, the checks included. */
static size_t
symbol_places(const char *text, size_t *place, size_t *line)
{
	size_t n = 0, number = 1;
	bool behind_number = false;

	for (size_t i = 0; text[i]; i++) {
		if (text[i] == '\n') {
			number++;
			behind_number = false;
		} else if (text[i] == ' ') {
			behind_number = true;
		} else if (behind_number) {
			place[n] = i;
			line[n++] = number;
		}
	}
	return n;
}

/* Each symbol of each line, replaced by each of the 31 others. */
static void
test_each_wrong_symbol(void **state)
{
	struct slice bytes = sample(SAMPLE);
	char *text = typed(bytes);
	size_t place[SAMPLE * 2], line[SAMPLE * 2];
	size_t n = symbol_places(text, place, line);

	(void)state;
	assert_int_equal(n, 160 + 7 * 2);
	for (size_t i = 0; i < n; i++) {
		char right = text[place[i]];

		for (unsigned v = 0; v < 32; v++) {
			text[place[i]] = base32_symbol(v);
			assert_int_equal(refused_line(text, bytes),
			    base32_symbol(v) == right ? 0 : line[i]);
		}
		text[place[i]] = right;
	}
}

/* Each two symbols of a line that differ, in each other's place. */
static void
test_each_swap(void **state)
{
	struct slice bytes = sample(SAMPLE);
	char *text = typed(bytes);
	size_t place[SAMPLE * 2], line[SAMPLE * 2];
	size_t n = symbol_places(text, place, line), swaps = 0;

	(void)state;
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n && line[k] == line[i]; k++) {
			char a = text[place[i]], b = text[place[k]];

			if (a == b)
				continue;
			text[place[i]] = b;
			text[place[k]] = a;
			assert_int_equal(refused_line(text, bytes), line[i]);
			text[place[i]] = a;
			text[place[k]] = b;
			swaps++;
		}
	assert_true(swaps > 2000);
}

/* Weights of places, whatever the symbols: no two are the same or sum to nothing. */
static void
test_swaps_of_all_symbols(void **state)
{
	int weight[27] = { 1, 32 };

	(void)state;
	/* The check stands for minus itself; symbols from the last one on. */
	weight[0] = 1021 - 1;
	weight[1] = 1021 - 32;
	for (int i = 2, w = 1; i < 27; i++, w = w * 32 % 1021)
		weight[i] = w;
	for (int i = 0; i < 27; i++) {
		assert_int_not_equal(weight[i], 0);
		for (int k = 0; k < i; k++)
			assert_int_not_equal(weight[i], weight[k]);
	}
}

/* Lines of a text, to put together in other ways. */
static void
lines_of(char *text, size_t *n, char *line[])
{
	char *end;

	for (*n = 0; (end = strchr(text, '\n')) != NULL; text = end + 1) {
		line[(*n)++] = text;
		*end = '\0';
	}
}

static const char *
join(size_t n, char *const line[])
{
	struct buf b = BUF_INIT(arena);

	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s\n", line[i]);
	buf_char(&b, '\0');
	assert_int_equal(buf_finish(&b), E_OK);
	return b.p;
}

static void
test_lines_in_any_order(void **state)
{
	struct slice bytes = sample(SAMPLE);
	char *line[8], *swapped[8];
	size_t n;

	(void)state;
	lines_of(typed(bytes), &n, line);
	assert_int_equal(n, 7);
	for (size_t i = 0; i < n; i++)
		swapped[i] = line[n - 1 - i];
	swapped[n] = line[2];
	assert_int_equal(refused_line(join(n, swapped), bytes), 0);
	assert_int_equal(refused_line(join(n + 1, swapped), bytes), 0);
	assert_true(typed_is(slice_str(join(n, swapped))));
}

static void
test_missing_and_doubled_lines(void **state)
{
	struct slice bytes = sample(SAMPLE);
	char *line[8] = { NULL }, *left[8];
	size_t n;

	(void)state;
	lines_of(typed(bytes), &n, line);
	assert_int_equal(n, 7);
	for (size_t gone = 0; gone < n - 1; gone++) {
		size_t k = 0;

		for (size_t i = 0; i < n; i++)
			if (i != gone)
				left[k++] = line[i];
		assert_int_equal(refused_line(join(k, left), bytes), gone + 1);
	}
	/* 150 symbols: no bytes end there. */
	assert_int_equal(refused_line(join(n - 1, line), bytes), n);
	memcpy(left, line, sizeof(left));
	left[n] = arena_str(arena, slice_str(line[4]));
	left[n][strlen(left[n]) - 1] ^= 1;
	assert_int_equal(refused_line(join(n + 1, left), bytes), 5);
	/* A line under the number of another one. */
	left[3] = arena_str(arena, slice_str(line[3]));
	left[3][0] = '9';
	assert_int_equal(refused_line(join(n, left), bytes), 4);
}

static void
test_white_space_and_letters(void **state)
{
	static const char *const rows[] = {
		"1  CSQPY RK1E8  ME",
		"1 CSQPYRK1E8ME\r\n",
		"\xef\xbb\xbf\r\n\r\n  1\tc s q p y r k i e 8 m e \r\n\r\n",
		"\n\nl csqpy-rkle8 me\n\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_true(typed_is(slice_str(rows[i])));
		assert_int_equal(refused_line(rows[i], SLICE("foobar")), 0);
	}
}

static void
test_refused(void **state)
{
	static const struct {
		const char *text;
		size_t line;
	} rows[] = {
		{ "", 1 }, { "1 CSQPY RK1E8", 1 },
		{ "1  CSQPU RK1E8  ME", 1 }, /* no such symbol */
		{ "1  CSQPY RK1E8  M", 1 },
		{ "1  CSQPY RK1E8  ZZ", 1 }, /* no remainder */
		{ "1", 1 }, { "1 ME", 1 }, { "0  CSQPY RK1E8  ME", 1 },
		{ "2  CSQPY RK1E8  ME", 1 }, { "99999  CSQPY RK1E8  ME", 1 },
		{ "1  CSQPY RK1E8  ME\nhello\n", 2 },
		{ "1  CSQPY RK1E8 CSQPY RK1E8 CSQPY RK1E8  ME\n", 1 },
		{ "1  CSQPY RK1E8  ME\n2  CSQPY RK1E8  ME\n", 2 },
		{ "1  CSQPY RK1E8  ME\n2  CSQPY RK1E8  W1\n", 1 }, /* too short */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(
		    refused_line(rows[i].text, SLICE("foobar")), rows[i].line);
}

static void
test_what_it_looks_like(void **state)
{
	static const char *const others[] = { "", "\n\n", "hello", "1", "12 ", "1 AB",
		"LCT1:R:RRQ", "-----BEGIN LICET REQUEST-----", "1 a, b and c",
		"1 CSQPY RK1E8 CSQPY RK1E8 CSQPY RK1E8 CSQPY RK1E8 ME" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_false(typed_is(slice_str(others[i])));
	assert_true(typed_is(SLICE("1  CSQPU RK1E8  ME")));
}

static void
test_no_memory(void **state)
{
	struct slice out;
	size_t line;
	enum err err = E_NO_MEMORY;

	(void)state;
	/* One allocation after the other fails, until none is left to. */
	for (size_t i = 0; err; i++) {
		arena_fail_after(i);
		err = typed_decode(arena, SLICE("1  CSQPY RK1E8  ME"), &out, &line);
		assert_true(err == E_OK || err == E_NO_MEMORY);
		assert_true(err == E_NO_MEMORY || i > 0);
	}
	arena_fail_after(SIZE_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_form, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_round_trip, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_each_wrong_symbol, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_each_swap, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_swaps_of_all_symbols, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_lines_in_any_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_missing_and_doubled_lines, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_white_space_and_letters, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_what_it_looks_like, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_memory, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("typed", tests, NULL, NULL);
}
