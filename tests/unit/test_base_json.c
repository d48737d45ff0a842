#include "base/json.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/field.h"

static struct arena *arena;

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
	arena_fail_after(SIZE_MAX);
	arena_free(arena);
	return 0;
}

static struct json *
parse(struct slice text)
{
	struct json *j;

	assert_int_equal(json_parse(arena, text, &j), E_OK);
	assert_non_null(j);
	return j;
}

static void
assert_prints(const char *text, const char *want)
{
	struct buf b = BUF_INIT(arena);

	json_print(&b, parse(slice_str(text)));
	buf_char(&b, '\0');
	assert_int_equal(buf_finish(&b), E_OK);
	assert_string_equal(b.p, want);
}

static void
assert_real(double d, const char *want)
{
	struct buf b = BUF_INIT(arena);

	json_print_real(&b, d);
	buf_char(&b, '\0');
	assert_string_equal(b.p, want);
}

static enum err
parse_error(struct slice text)
{
	struct json *j;
	enum err e = json_parse(arena, text, &j);

	assert_true(e == E_OK || !j);
	return e;
}

static void
test_print_vectors(void **state)
{
	(void)state;
	assert_prints("{\"a\":1.0,\"b\":1e20,\"c\":1e21,\"d\":0.1,\"e\":1e-7,\"f\":-0}",
	    "{\"a\":1,\"b\":100000000000000000000,\"c\":1e+21,\"d\":0.1,\"e\":1e-7,"
	    "\"f\":0}");
	assert_prints(
	    "{\"z\":1,\"2\":1,\"1\":1,\"01\":1}", "{\"1\":1,\"2\":1,\"z\":1,\"01\":1}");
	assert_prints("\"\\u001F\\u007f\\/\\u010c\\n\"", "\"\\u001f\x7f/\xc4\x8c\\n\"");
	assert_prints("{\"4294967294\":1,\"b\":2,\"4294967295\":3,\"0\":4}",
	    "{\"0\":4,\"4294967294\":1,\"b\":2,\"4294967295\":3}");
	assert_prints("[1.50, 100e-2, 0.000001, 1.2345678901234568e20]",
	    "[1.5,1,0.000001,123456789012345680000]");
}

static void
test_print_more(void **state)
{
	(void)state;
	assert_prints(" [ true , false , null , {} , [ ] , \"\" ] \n",
	    "[true,false,null,{},[],\"\"]");
	assert_prints("{\"a\":{\"10\":1,\"9\":2,\"\":3,\"-1\":4,\"1.0\":5,\"00\":6}}",
	    "{\"a\":{\"9\":2,\"10\":1,\"\":3,\"-1\":4,\"1.0\":5,\"00\":6}}");
	assert_prints("\"\\b\\f\\n\\r\\t\\\"\\\\\\u000b\\u0001\\u2028\\ud83d\\ude00\"",
	    "\"\\b\\f\\n\\r\\t\\\"\\\\\\u000b\\u0001\xe2\x80\xa8\xf0\x9f\x98\x80\"");
	assert_prints("[-0.0,-1.5,9007199254740991,-9007199254740991]",
	    "[0,-1.5,9007199254740991,-9007199254740991]");
	assert_prints("{\"\xc4\x8d\":1}", "{\"\xc4\x8d\":1}");
}

static void
test_real_texts(void **state)
{
	(void)state;
	assert_real(ldexp(1, -44), "5.684341886080802e-14");
	assert_real(5e-324, "5e-324");
	assert_real(DBL_MAX, "1.7976931348623157e+308");
	assert_real(DBL_MIN, "2.2250738585072014e-308");
	assert_real(0.1 + 0.2, "0.30000000000000004");
	assert_real(1e-6, "0.000001");
	assert_real(1.5e-6, "0.0000015");
	assert_real(9.99e-7, "9.99e-7");
	assert_real(123.456, "123.456");
	assert_real(-1e21, "-1e+21");
	assert_real(999999999999999900000.0, "999999999999999900000");
	assert_real(9007199254740993.0, "9007199254740992");
	assert_real(1.5e300, "1.5e+300");
	assert_real(-0.0, "0");
	assert_real((double)INFINITY, "null");
	assert_real((double)NAN, "null");
}

/* All powers of two, and their neighbors, read back as they were. */
static void
test_real_round_trip(void **state)
{
	struct buf b = BUF_INIT(arena);

	(void)state;
	for (int exponent = -1074; exponent < 1024; exponent++)
		for (int side = -1; side <= 1; side++) {
			double d = ldexp(1, exponent);

			d = side ? nextafter(d, side > 0 ? INFINITY : 0) : d;
			buf_clear(&b);
			json_print_real(&b, d);
			buf_char(&b, '\0');
			assert_true(strtod(b.p, NULL) == d);
		}
}

static void
test_index_names(void **state)
{
	static const char *const no[] = { "", "01", "00", "-1", "1 ", "+1", "a", "1a",
		"4294967295", "99999999999", "1.0" };
	uint32_t v;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		assert_false(json_index_name(slice_str(no[i]), &v));
	assert_true(json_index_name(SLICE("4294967294"), &v));
	assert_true(v == 4294967294u);
	assert_true(json_index_name(SLICE("0"), &v));
	assert_true(v == 0);
}

static void
test_refused(void **state)
{
	static const char *const bad[] = { "{", "}", "[1,]", "{\"a\":1,}", "1 2", "nul",
		"{a:1}", "'a'", "\"a", "[01]", "[1.]", "[.5]", "[+1]", "[NaN]", "\"\\x\"",
		"\"\n\"", "{\"a\":1,\"a\":2}", "{\"b\":{\"a\":1,\"\\u0061\":2}}", "/**/1",
		"\xef\xbb\xbf{}", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"",
		"{} x" };
	static const char *const invalid[] = { "\"\\u0000\"", "{\"\\u0000\":1}",
		"\"\x80\"", "\"\xed\xa0\x80\"", "\"\xc0\x80\"", "1e400", "-1e400",
		"99999999999999999999", "9223372036854775808", "\"\xf4\x90\x80\x80\"" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(parse_error(slice_str(bad[i])), E_INVALID_JSON);
	for (size_t i = 0; i < ARRAY_LEN(invalid); i++)
		assert_int_equal(parse_error(slice_str(invalid[i])), E_VALIDATION);
	assert_int_equal(parse_error(slice_of("\"a\0b\"", 5)), E_INVALID_JSON);
	assert_int_equal(parse_error(slice_of("{}\0", 3)), E_INVALID_JSON);
	assert_int_equal(parse_error(SLICE_NULL), E_MISSING_CONTENT);
	assert_int_equal(parse_error(SLICE(" \r\n\t")), E_MISSING_CONTENT);
}

static struct slice
nested(int depth, const char *open, const char *inner, const char *close)
{
	struct buf b = BUF_INIT(arena);

	for (int i = 0; i < depth; i++)
		buf_str(&b, open);
	buf_str(&b, inner);
	for (int i = 0; i < depth; i++)
		buf_str(&b, close);
	return buf_slice(&b);
}

static void
test_depth(void **state)
{
	(void)state;
	assert_int_equal(json_depth(parse(nested(32, "[", "1", "]"))), 32);
	assert_int_equal(json_depth(parse(nested(32, "{\"a\":", "1", "}"))), 32);
	assert_int_equal(parse_error(nested(33, "[", "", "]")), E_INVALID_JSON);
	assert_int_equal(parse_error(nested(33, "{\"a\":", "1", "}")), E_INVALID_JSON);
	assert_int_equal(parse_error(nested(100000, "[", "", "]")), E_INVALID_JSON);
	assert_int_equal(json_depth(parse(SLICE("1"))), 0);
	assert_int_equal(json_depth(parse(SLICE("[1,{\"a\":[]},2]"))), 3);
}

static void
test_tree(void **state)
{
	struct json *j = parse(SLICE(
	    "{\"i\":-5,\"r\":2.5,\"t\":\"x\\u010d\",\"b\":true,\"n\":null,\"l\":[1]}"));

	(void)state;
	assert_int_equal(j->type, JSON_OBJECT);
	assert_int_equal(j->n, 6);
	assert_true(slice_is(j->members[2].name, "t"));
	assert_true(json_get(j, "i")->integer == -5);
	assert_true(json_get(j, "r")->real == 2.5);
	assert_true(slice_is(json_get(j, "t")->text, "x\xc4\x8d"));
	assert_true(json_get(j, "b")->boolean);
	assert_int_equal(json_get(j, "n")->type, JSON_NULL);
	assert_int_equal(json_get(j, "l")->items[0].integer, 1);
	assert_null(json_get(j, "x"));
	assert_null(json_get(json_get(j, "l"), "x"));
	assert_null(json_get(NULL, "x"));
}

static void
test_reading_rules(void **state)
{
	int64_t i;
	bool b;
	struct slice s;

	(void)state;
	assert_true(json_to_int(parse(SLICE("\"-17\"")), &i));
	assert_true(i == -17);
	assert_true(json_to_int(parse(SLICE("9223372036854775807")), &i));
	assert_false(json_to_int(parse(SLICE("1.0")), &i));
	assert_false(json_to_int(parse(SLICE("\" 1\"")), &i));
	assert_false(json_to_int(parse(SLICE("true")), &i));
	assert_false(json_to_int(parse(SLICE("\"9223372036854775808\"")), &i));
	assert_true(json_to_bool(parse(SLICE("1")), &b) && b);
	assert_true(json_to_bool(parse(SLICE("\"0\"")), &b) && !b);
	assert_true(json_to_bool(parse(SLICE("\"true\"")), &b) && b);
	assert_true(json_to_bool(parse(SLICE("\"false\"")), &b) && !b);
	assert_true(json_to_bool(parse(SLICE("false")), &b) && !b);
	assert_false(json_to_bool(parse(SLICE("2")), &b));
	assert_false(json_to_bool(parse(SLICE("\"yes\"")), &b));
	assert_false(json_to_bool(parse(SLICE("null")), &b));
	assert_true(json_to_text(parse(SLICE("\"1750063067043.943\"")), &s));
	assert_true(slice_is(s, "1750063067043.943"));
	assert_false(json_to_text(parse(SLICE("1750063067043.943")), &s));
	assert_true(json_is_safe(parse(SLICE("[{\"a\":9007199254740991},1e300]"))));
	assert_false(json_is_safe(parse(SLICE("[{\"a\":9007199254740992}]"))));
	assert_false(json_is_safe(parse(SLICE("[-9223372036854775808]"))));
	/* Reals that print as such integers, which then would not be read again. */
	assert_true(json_is_safe(parse(SLICE("[9007199254740991.0,1e21,-1e21,0.5]"))));
	assert_false(json_is_safe(parse(SLICE("[9007199254740992.0]"))));
	assert_false(json_is_safe(parse(SLICE("{\"a\":-1e20}"))));
}

static void
test_writer(void **state)
{
	struct buf b = BUF_INIT(arena);
	struct json_writer w;

	(void)state;
	jw_init(&w, &b);
	jw_object(&w);
	jw_kint(&w, "i", -7);
	jw_kint(&w, "none", FIELD_NONE);
	jw_kbool(&w, "b", true);
	jw_ktext(&w, "t", SLICE("a\"b"));
	jw_ktext(&w, "null", SLICE_NULL);
	jw_kinstant(&w, "at", INT64_C(1751626573412345));
	jw_kinstant(&w, "never", FIELD_NONE);
	jw_key(&w, "l");
	jw_array(&w);
	jw_object(&w);
	jw_end(&w);
	jw_array(&w);
	jw_end(&w);
	jw_str(&w, "x");
	jw_null(&w);
	jw_raw(&w, SLICE("{\"y\":1}"));
	jw_end(&w);
	jw_key_slice(&w, slice_of("zz", 1));
	jw_int(&w, 1);
	jw_end(&w);
	buf_char(&b, '\0');
	assert_int_equal(buf_finish(&b), E_OK);
	assert_string_equal(b.p,
	    "{\"i\":-7,\"none\":null,\"b\":true,\"t\":\"a\\\"b\",\"null\":null,"
	    "\"at\":\"2025-07-04T10:56:13.412Z\",\"never\":null,"
	    "\"l\":[{},[],\"x\",null,{\"y\":1}],\"z\":1}");
}

static void
test_writer_depth(void **state)
{
	struct buf b = BUF_INIT(arena);
	struct json_writer w;

	(void)state;
	jw_init(&w, &b);
	for (int i = 0; i < 32; i++)
		jw_array(&w);
	for (int i = 0; i < 32; i++)
		jw_end(&w);
	assert_true(buf_ok(&b));
	assert_int_equal(json_depth(parse(buf_slice(&b))), 32);
	jw_end(&w);
	assert_false(buf_ok(&b));
	buf_clear(&b);
	jw_init(&w, &b);
	for (int i = 0; i < 33; i++)
		jw_object(&w);
	assert_false(buf_ok(&b));
}

static void
test_no_memory(void **state)
{
	struct slice text =
	    SLICE("{\"2\":[1,2.5,\"text\",null,true],\"1\":{\"a\":{\"b\":\"\\u010d\"}}}");
	size_t n = 0;
	enum err e;

	(void)state;
	do {
		struct arena *a = arena_new(0);
		struct buf b = BUF_INIT(NULL);
		struct json *j;

		arena_fail_after(n++);
		e = json_parse(a, text, &j);
		if (!e) {
			json_print(&b, j);
			e = buf_finish(&b);
		}
		arena_fail_after(SIZE_MAX);
		assert_true(e == E_OK || e == E_NO_MEMORY);
		buf_free(&b);
		arena_free(a);
	} while (e);
	assert_true(n > 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print_vectors),
		cmocka_unit_test(test_print_more),
		cmocka_unit_test(test_real_texts),
		cmocka_unit_test(test_real_round_trip),
		cmocka_unit_test(test_index_names),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_reading_rules),
		cmocka_unit_test(test_writer),
		cmocka_unit_test(test_writer_depth),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
