#include "cli/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "cli/key_sign.h"
#include "cli/progress.h"

static struct arena *arena;

static struct json *
parse(const char *text)
{
	struct json *json;

	assert_int_equal(json_parse(arena, slice_str(text), &json), E_OK);
	return json;
}

static const char *
shown(void (*print)(struct buf *, const struct json *), const char *text)
{
	struct buf out = BUF_INIT(arena);

	print(&out, parse(text));
	buf_char(&out, '\0');
	assert_true(buf_ok(&out));
	return out.p;
}

static void
control_bytes_never_reach_the_terminal(void **state)
{
	struct buf out = BUF_INIT(arena);

	(void)state;
	value_safe(&out, SLICE("a\033[31m\n\x7f\xc2\x9b"
			       "31m\xc3\xa4"));
	buf_char(&out, '\0');
	assert_string_equal(out.p, "a\\x1B[31m\\x0A\\x7F\\xC2\\x9B31m\xc3\xa4");
}

static void
values_for_people(void **state)
{
	(void)state;
	assert_string_equal(shown(value_human, "null"), "-");
	assert_string_equal(shown(value_human, "\"\""), "-");
	assert_string_equal(shown(value_human, "true"), "yes");
	assert_string_equal(shown(value_human, "-7"), "-7");
	assert_string_equal(shown(value_human, "[]"), "-");
	assert_string_equal(shown(value_human, "{}"), "-");
	assert_string_equal(
	    shown(value_human, "\"2026-03-01T12:00:59.999Z\""), "2026-03-01 12:00 UTC");
	assert_string_equal(shown(value_human, "\"2026-03-01\""), "2026-03-01");
	assert_string_equal(shown(value_human, "[1,null,\"a\\u0001\"]"), "1, -, a\\x01");
	assert_string_equal(
	    shown(value_human, "[{\"id\":4,\"email\":\"a@b\"},{\"id\":5}]"), "a@b, 5");
	assert_string_equal(shown(value_human, "{\"a\":[1]}"), "{\"a\":[1]}");
}

static void
values_for_scripts(void **state)
{
	(void)state;
	assert_string_equal(shown(value_plain, "null"), "");
	assert_string_equal(shown(value_plain, "false"), "false");
	assert_string_equal(shown(value_plain, "\"a\\tb\""), "a\\x09b");
	assert_string_equal(shown(value_plain, "\"2026-03-01T12:00:59.999Z\""),
	    "2026-03-01T12:00:59.999Z");
	assert_string_equal(shown(value_plain, "[1,{\"b\":2}]"), "[1,{\"b\":2}]");
}

static void
cells_of_csv(void **state)
{
	(void)state;
	assert_string_equal(shown(value_csv, "\"plain\""), "plain");
	assert_string_equal(shown(value_csv, "\"a,b\""), "\"a,b\"");
	assert_string_equal(shown(value_csv, "\"say \\\"x\\\"\""), "\"say \"\"x\"\"\"");
	assert_string_equal(shown(value_csv, "\"=1+1\""), "'=1+1");
	assert_string_equal(shown(value_csv, "\"@a,b\""), "\"'@a,b\"");
	assert_string_equal(shown(value_csv, "-1"), "-1");
}

static void
members_by_path(void **state)
{
	const struct json *o =
	    parse("{\"a\":{\"b\":7,\"c\":null},\"list\":[{\"k\":\"x\"}],\"t\":\"u\"}");

	(void)state;
	assert_int_equal(value_int(o, "a.b", 0), 7);
	assert_int_equal(value_int(o, "a.x", -3), -3);
	assert_true(slice_is(value_text(o, "list.0.k"), "x"));
	assert_null(value_at(o, SLICE("list.1.k")));
	assert_null(value_at(o, SLICE("nosuch")));
	assert_null(value_at(o, SLICE("t.u")));
	assert_int_equal(value_at(o, SLICE("a.c.deeper"))->type, JSON_NULL);
	assert_int_equal(value_count(o, "list"), 1);
	assert_int_equal(value_count(o, "t"), 0);
	assert_int_equal(value_width(SLICE("\xc3\xa4\xe2\x82\xac"
					   "b")),
	    3);
}

static void
headers_of_an_api_key(void **state)
{
	static const char file[] = "# app\nAPI_KEY=key-1\nSHARED_KEY= "
				   "kw4qSnpSwXzgiv5yxYpZZmFEd9QAeiKTQ6OuyMja\r\n";
	struct slice shared = key_line(slice_str(file), "SHARED_KEY");
	struct buf out = BUF_INIT(arena);

	(void)state;
	assert_null(key_line(slice_str(file), "KEY").p);
	key_sign(&out, key_line(slice_str(file), "API_KEY"), shared,
	    SLICE("Fri, 04 Jul 2025 10:56:13 GMT"));
	buf_char(&out, '\0');
	assert_string_equal(out.p,
	    "Date: Fri, 04 Jul 2025 10:56:13 GMT\n"
	    "Authorization: algorithm=\"hmac-sha256\",headers=\"date\","
	    "signature=\"9/5rqf2rTkXSAH3WOtg04hHk6fKnOssKJlnSE8Oum+g=\","
	    "apikey=\"key-1\"\n");
}

static void
progress_in_words(void **state)
{
	struct buf out = BUF_INIT(arena);

	(void)state;
	progress_text(&out, false, 300, 1200, 3000000);
	buf_char(&out, '\0');
	assert_string_equal(out.p, "300 of 1200, 100/s, 9 s left\n");
	buf_clear(&out);
	progress_text(&out, true, 0, 0, 0);
	buf_char(&out, '\0');
	assert_non_null(strstr(out.p, "0 of 0, 0/s, 0 s left"));
}

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(0);
	return arena ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(control_bytes_never_reach_the_terminal),
		cmocka_unit_test(values_for_people),
		cmocka_unit_test(values_for_scripts),
		cmocka_unit_test(cells_of_csv),
		cmocka_unit_test(members_by_path),
		cmocka_unit_test(headers_of_an_api_key),
		cmocka_unit_test(progress_in_words),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
