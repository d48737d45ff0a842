/* Armored text: RFC 7468, and what mail and editors make of it. */
#include "offline/armor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define BEGIN "-----BEGIN LICET REQUEST-----\n"
#define END "-----END LICET REQUEST-----\n"

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
expect(struct slice *text, size_t *line, enum object_kind kind, const char *bytes)
{
	enum object_kind got;
	struct slice out;

	assert_int_equal(armor_take(arena, text, line, &got, &out), E_OK);
	assert_int_equal(got, kind);
	assert_true(slice_is(out, bytes));
}

static void
refuse(struct slice *text, size_t *line, enum err wanted)
{
	enum object_kind got;
	struct slice out;

	assert_int_equal(armor_take(arena, text, line, &got, &out), wanted);
}

static void
test_form(void **state)
{
	struct buf b = BUF_INIT(arena);
	char bytes[49];

	(void)state;
	memset(bytes, 'a', sizeof(bytes));
	armor_put(&b, OBJECT_KEY_CERTIFICATE, slice_of(bytes, sizeof(bytes)));
	assert_int_equal(buf_finish(&b), E_OK);
	assert_true(slice_is(buf_slice(&b),
	    "-----BEGIN LICET KEY CERTIFICATE-----\n"
	    "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh\n"
	    "YQ==\n"
	    "-----END LICET KEY CERTIFICATE-----\n"));
}

static void
test_round_trip(void **state)
{
	char *bytes = arena_alloc(arena, OBJECT_BYTES_MAX);

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < OBJECT_BYTES_MAX; i++)
		bytes[i] = (char)(i * 7);
	for (int kind = 0; kind < OBJECT_MAX; kind++)
		for (size_t n = 1; n <= OBJECT_BYTES_MAX; n = n < 200 ? n + 1 : n * 4) {
			struct arena_mark mark = arena_mark(arena);
			struct slice in = slice_of(bytes, n), out, text;
			struct buf b = BUF_INIT(arena);
			enum object_kind got;
			size_t line = 0;

			armor_put(&b, (enum object_kind)kind, in);
			text = buf_slice(&b);
			assert_int_equal(armor_take(arena, &text, &line, &got, &out), 0);
			assert_int_equal(got, kind);
			assert_true(slice_equal(in, out));
			assert_int_equal(line, 2 + (n + 47) / 48);
			refuse(&text, &line, E_NOT_FOUND);
			arena_reset(arena, mark);
		}
}

static void
test_several_and_text_between(void **state)
{
	struct slice text = SLICE("Dear support,\n"
				  "our requests:\n" BEGIN "Zm9v\n" END "and\n"
				  "-----BEGIN CERTIFICATE-----\n"
				  "AAAA\n"
				  "-----END CERTIFICATE-----\n"
				  "-----BEGIN LICET ACTIVATION-----\n"
				  "YmFy\n"
				  "-----END LICET ACTIVATION-----");
	size_t line = 0;

	(void)state;
	expect(&text, &line, OBJECT_REQUEST, "foo");
	assert_int_equal(line, 5);
	expect(&text, &line, OBJECT_ACTIVATION, "bar");
	assert_int_equal(line, 12);
	refuse(&text, &line, E_NOT_FOUND);
	refuse(&text, &line, E_NOT_FOUND);
}

static void
test_forgives_white_space(void **state)
{
	static const char *const rows[] = {
		"-----BEGIN LICET REQUEST-----\r\nZm9v\r\n-----END LICET "
		"REQUEST-----\r\n",
		"\xef\xbb\xbf-----BEGIN LICET REQUEST-----\nZm9v\n" END,
		"  -----BEGIN LICET REQUEST-----  \n\tZm9v \n\t-----END LICET "
		"REQUEST-----\t",
		BEGIN "\n\nZm\r\n\n9\nv\n\n" END,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct slice text = slice_str(rows[i]);
		size_t line = 0;

		expect(&text, &line, OBJECT_REQUEST, "foo");
	}
}

/* Each is refused at its first line, and the good one behind it is found. */
static void
test_refused(void **state)
{
	static const char *const rows[] = {
		"-----BEGIN LICET REQUESTS-----\nZm9v\n-----END LICET REQUESTS-----\n",
		"-----BEGIN LICET -----\nZm9v\n-----END LICET -----\n",
		"-----BEGIN LICET ---\n",
		"-----BEGIN LICET REQUEST\nZm9v\n" END,
		"-----BEGIN LICET REQUEST----\nZm9v\n" END,
		"-----BEGIN LICET request-----\nZm9v\n" END,
		BEGIN,
		BEGIN "Zm9v\n",
		BEGIN END,
		BEGIN "Zm9v\n-----END LICET ACTIVATION-----\n",
		BEGIN "Zm9v\n-----END LICET REQUEST----\n",
		BEGIN "Zm9v\n-----END REQUEST-----\n",
		BEGIN "Zm9\n" END,
		BEGIN "Zm9_\n" END,
		BEGIN "Zm 9v\n" END,
		BEGIN "Zm9=\n" END,
		BEGIN "Zg==Zg==\n" END,
		BEGIN "Comment: no headers\n\nZm9v\n" END,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf b = BUF_INIT(arena);
		struct slice text;
		size_t line = 0;

		buf_printf(&b, "\n%s" BEGIN "YmFy\n" END, rows[i]);
		text = buf_slice(&b);
		refuse(&text, &line, E_ARMOR);
		assert_int_equal(line, 2);
		expect(&text, &line, OBJECT_REQUEST, "bar");
		refuse(&text, &line, E_NOT_FOUND);
	}
}

static void
test_too_large(void **state)
{
	struct buf b = BUF_INIT(arena);
	struct slice text;
	size_t line = 0;

	(void)state;
	buf_str(&b, BEGIN);
	for (size_t i = 0; i < OBJECT_BYTES_MAX / 48 + 1; i++)
		buf_printf(&b, "%064d\n", 0);
	buf_str(&b, END);
	text = buf_slice(&b);
	refuse(&text, &line, E_ARMOR);
	refuse(&text, &line, E_NOT_FOUND);
	assert_int_equal(line, OBJECT_BYTES_MAX / 48 + 3);
}

static void
test_begins(void **state)
{
	(void)state;
	assert_true(armor_begins(SLICE("-----BEGIN LICET REQUEST-----")));
	assert_true(armor_begins(SLICE("-----BEGIN LICET ANYTHING")));
	assert_false(armor_begins(SLICE("-----BEGIN CERTIFICATE-----")));
	assert_false(armor_begins(SLICE("> -----BEGIN LICET REQUEST-----")));
	assert_false(armor_begins(SLICE_NULL));
}

static void
test_no_memory(void **state)
{
	enum object_kind kind;
	struct slice out;
	enum err err = E_NO_MEMORY;

	(void)state;
	for (size_t i = 0; err; i++) {
		struct slice text = SLICE(BEGIN "Zm9v\n" END);
		size_t line = 0;

		arena_fail_after(i);
		err = armor_take(arena, &text, &line, &kind, &out);
		assert_true(err == E_NO_MEMORY || (err == E_OK && i > 0));
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
		    test_several_and_text_between, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_forgives_white_space, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_too_large, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_begins, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_memory, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("armor", tests, NULL, NULL);
}
