/* RFC 8949, appendix A, what the audit hash writes, and what the reader refuses. */
#include "offline/cbor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct arena *arena;
static struct buf out;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_new(0);
	out = BUF_INIT(arena);
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
expect(const char *hex)
{
	struct buf text = BUF_INIT(arena);

	buf_hex(&text, out.p, out.n);
	buf_char(&text, '\0');
	assert_int_equal(buf_finish(&out), E_OK);
	assert_string_equal(text.p, hex);
	buf_clear(&out);
}

static void
test_reals(void **state)
{
	static const struct {
		double d;
		const char *hex;
	} rows[] = {
		{ 0.0, "f90000" },
		{ 1.5, "f93e00" },
		{ 65504.0, "f97bff" },
		{ 65505.0, "fa477fe100" },
		{ 100000.0, "fa47c35000" },
		{ 3.4028234663852886e+38, "fa7f7fffff" },
		{ 1.0e+300, "fb7e37e43c8800759c" },
		{ 5.960464477539063e-8, "f90001" },
		{ 6.097555160522461e-05, "f903ff" },
		{ -6.097555160522461e-05, "f983ff" },
		{ 0.00006103515625, "f90400" },
		{ -4.0, "f9c400" },
		{ 1.1, "fb3ff199999999999a" },
		{ -4.1, "fbc010666666666666" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cbor_put_real(&out, rows[i].d);
		expect(rows[i].hex);
	}
}

static void
test_integers(void **state)
{
	static const struct {
		int64_t n;
		const char *hex;
	} rows[] = {
		{ 0, "00" },
		{ 1, "01" },
		{ 10, "0a" },
		{ 23, "17" },
		{ 24, "1818" },
		{ 25, "1819" },
		{ 100, "1864" },
		{ 255, "18ff" },
		{ 256, "190100" },
		{ 1000, "1903e8" },
		{ 65535, "19ffff" },
		{ 65536, "1a00010000" },
		{ 1000000, "1a000f4240" },
		{ INT64_C(4294967295), "1affffffff" },
		{ INT64_C(4294967296), "1b0000000100000000" },
		{ INT64_C(1000000000000), "1b000000e8d4a51000" },
		{ INT64_MAX, "1b7fffffffffffffff" },
		{ -1, "20" },
		{ -10, "29" },
		{ -24, "37" },
		{ -25, "3818" },
		{ -100, "3863" },
		{ -256, "38ff" },
		{ -257, "390100" },
		{ -1000, "3903e7" },
		{ -65537, "3a00010000" },
		{ INT64_MIN, "3b7fffffffffffffff" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cbor_put_int(&out, rows[i].n);
		expect(rows[i].hex);
	}
	cbor_put_uint(&out, UINT64_MAX);
	expect("1bffffffffffffffff");
}

static void
test_strings(void **state)
{
	char long_text[300];

	(void)state;
	memset(long_text, 'a', sizeof(long_text));
	cbor_put_bytes(&out, SLICE(""));
	expect("40");
	cbor_put_bytes(&out, SLICE("\x01\x02\x03\x04"));
	expect("4401020304");
	cbor_put_text(&out, SLICE(""));
	expect("60");
	cbor_put_text(&out, SLICE_NULL);
	expect("60");
	cbor_put_text(&out, SLICE("a"));
	expect("6161");
	cbor_put_text(&out, SLICE("IETF"));
	expect("6449455446");
	cbor_put_text(&out, SLICE("\"\\"));
	expect("62225c");
	cbor_put_text(&out, SLICE("\xc3\xbc"));
	expect("62c3bc");
	cbor_put_text(&out, SLICE("\xe6\xb0\xb4"));
	expect("63e6b0b4");
	cbor_put_text(&out, slice_of(long_text, 24));
	assert_memory_equal(out.p,
	    "\x78\x18"
	    "aaa",
	    5);
	assert_int_equal(out.n, 26);
	buf_clear(&out);
	cbor_put_bytes(&out, slice_of(long_text, 300));
	assert_memory_equal(out.p,
	    "\x59\x01\x2c"
	    "aaa",
	    6);
	assert_int_equal(out.n, 303);
}

static void
test_simple_and_containers(void **state)
{
	(void)state;
	cbor_put_bool(&out, false);
	expect("f4");
	cbor_put_bool(&out, true);
	expect("f5");
	cbor_put_null(&out);
	expect("f6");
	cbor_put_array(&out, 0);
	expect("80");
	cbor_put_array(&out, 3);
	cbor_put_int(&out, 1);
	cbor_put_array(&out, 2);
	cbor_put_int(&out, 2);
	cbor_put_int(&out, 3);
	cbor_put_array(&out, 2);
	cbor_put_int(&out, 4);
	cbor_put_int(&out, 5);
	expect("8301820203820405");
	cbor_put_array(&out, 25);
	expect("9819");
	cbor_put_map(&out, 0);
	expect("a0");
	cbor_put_map(&out, 2);
	cbor_put_text(&out, SLICE("a"));
	cbor_put_int(&out, 1);
	cbor_put_text(&out, SLICE("b"));
	cbor_put_array(&out, 2);
	cbor_put_int(&out, 2);
	cbor_put_int(&out, 3);
	expect("a26161016162820203");
}

static void
test_failure_sticks(void **state)
{
	(void)state;
	out.max = 4;
	cbor_put_text(&out, SLICE("12345"));
	cbor_put_int(&out, 1);
	assert_int_equal(buf_finish(&out), E_NO_MEMORY);
}

static struct slice
hex(const char *text)
{
	struct slice bytes = SLICE_NULL;

	assert_int_equal(hex_decode(arena, slice_str(text), &bytes), E_OK);
	return bytes;
}

static void
test_check_takes(void **state)
{
	static const char *const good[] = { "00", "17", "1818", "1bffffffffffffffff",
		"20", "3bffffffffffffffff", "40", "60", "62c3bc", "80", "a0", "f4", "f5",
		"f6", "8301820203820405", "a26161016162820203", "c11a514b67b0", "d203",
		/* keys of all types, in the order of their bytes */
		"a70a001864002000413100617a00626161008120f6",
		/* bytes are not looked into */
		"43ff00f9", "8181818181818180", "c1c1c1c1c1c1c1c100",
		"a100a100a100a100a100a100a100a0" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_int_equal(cbor_check(hex(good[i])), E_OK);
}

static void
test_check_refuses(void **state)
{
	static const struct {
		const char *hex;
		enum err err;
	} rows[] = {
		{ "", E_OBJECT_TRUNCATED },
		{ "18", E_OBJECT_TRUNCATED },
		{ "1b00000000000000", E_OBJECT_TRUNCATED },
		{ "4261", E_OBJECT_TRUNCATED },
		{ "5bffffffffffffffff00", E_OBJECT_TRUNCATED },
		{ "7bffffffffffffffff00", E_OBJECT_TRUNCATED },
		{ "8201", E_OBJECT_TRUNCATED },
		{ "9bffffffffffffffff00", E_OBJECT_TRUNCATED },
		{ "a101", E_OBJECT_TRUNCATED },
		{ "bb800000000000000000", E_OBJECT_TRUNCATED },
		{ "c1", E_OBJECT_TRUNCATED },
		{ "1800", E_OBJECT_NOT_SHORTEST },
		{ "1817", E_OBJECT_NOT_SHORTEST },
		{ "1900ff", E_OBJECT_NOT_SHORTEST },
		{ "1a0000ffff", E_OBJECT_NOT_SHORTEST },
		{ "1b00000000ffffffff", E_OBJECT_NOT_SHORTEST },
		{ "3817", E_OBJECT_NOT_SHORTEST },
		{ "580161", E_OBJECT_NOT_SHORTEST },
		{ "780161", E_OBJECT_NOT_SHORTEST },
		{ "980100", E_OBJECT_NOT_SHORTEST },
		{ "b8010000", E_OBJECT_NOT_SHORTEST },
		{ "d80100", E_OBJECT_NOT_SHORTEST },
		{ "5f4100ff", E_OBJECT_INDEFINITE },
		{ "7f6161ff", E_OBJECT_INDEFINITE },
		{ "9fff", E_OBJECT_INDEFINITE },
		{ "bfff", E_OBJECT_INDEFINITE },
		{ "ff", E_OBJECT_INDEFINITE },
		{ "a201000000", E_OBJECT_UNSORTED },
		{ "a2616200616100", E_OBJECT_UNSORTED },
		{ "a2626161006162f6", E_OBJECT_UNSORTED },
		{ "a220000000", E_OBJECT_UNSORTED },
		{ "a201000100", E_OBJECT_DUPLICATE_KEY },
		{ "a2616100616100", E_OBJECT_DUPLICATE_KEY },
		{ "a2810100810100", E_OBJECT_DUPLICATE_KEY },
		{ "f93c00", E_OBJECT_FLOAT },
		{ "fa47c35000", E_OBJECT_FLOAT },
		{ "fb3ff199999999999a", E_OBJECT_FLOAT },
		{ "f9", E_OBJECT_FLOAT },
		{ "61ff", E_OBJECT_TEXT },
		{ "62c080", E_OBJECT_TEXT },
		{ "63eda080", E_OBJECT_TEXT },
		{ "636100ff", E_OBJECT_TEXT },
		{ "6100", E_OBJECT_TEXT },
		{ "0000", E_OBJECT_TRAILING },
		{ "a000", E_OBJECT_TRAILING },
		{ "f7", E_OBJECT_VALUE },
		{ "f0", E_OBJECT_VALUE },
		{ "f814", E_OBJECT_VALUE },
		{ "f8ff", E_OBJECT_VALUE },
		{ "fc", E_OBJECT_VALUE },
		{ "1c", E_OBJECT_VALUE },
		{ "1f", E_OBJECT_VALUE },
		{ "3f", E_OBJECT_VALUE },
		{ "5e", E_OBJECT_VALUE },
		{ "df00", E_OBJECT_VALUE },
		{ "818181818181818180", E_OBJECT_TOO_DEEP },
		{ "c1c1c1c1c1c1c1c1c100", E_OBJECT_TOO_DEEP },
		{ "a100a100a100a100a100a100a100a100a0", E_OBJECT_TOO_DEEP },
		/* the first fault decides */
		{ "83f91800ff", E_OBJECT_FLOAT },
		{ "82180061ff", E_OBJECT_NOT_SHORTEST },
		{ "a2010000ff", E_OBJECT_UNSORTED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (cbor_check(hex(rows[i].hex)) != rows[i].err)
			fail_msg("%s: %s", rows[i].hex,
			    err_code(cbor_check(hex(rows[i].hex))));
}

static void
test_check_size(void **state)
{
	char *bytes = arena_alloc(arena, CBOR_BYTES_MAX);

	(void)state;
	cbor_put_bytes(&out, slice_of(bytes, CBOR_BYTES_MAX - 3));
	assert_int_equal(out.n, CBOR_BYTES_MAX);
	assert_int_equal(cbor_check(buf_slice(&out)), E_OK);
	buf_clear(&out);
	cbor_put_bytes(&out, slice_of(bytes, CBOR_BYTES_MAX - 2));
	assert_int_equal(cbor_check(buf_slice(&out)), E_OBJECT_TOO_LARGE);
}

static void
test_walk(void **state)
{
	struct cbor_in in;
	unsigned char two[2];

	(void)state;
	in.rest = hex("8a0120430102036161a101028101f5f6d203420607");
	in.failed = false;
	assert_int_equal(cbor_peek(&in), CBOR_ARRAY);
	assert_int_equal(cbor_take_array(&in), 10);
	assert_int_equal(cbor_peek(&in), CBOR_UINT);
	assert_int_equal(cbor_take_uint(&in), 1);
	assert_int_equal(cbor_peek(&in), CBOR_NEGINT);
	assert_int_equal(cbor_take_int(&in), -1);
	assert_int_equal(cbor_peek(&in), CBOR_BYTES);
	assert_int_equal(cbor_take_bytes(&in).n, 3);
	assert_int_equal(cbor_peek(&in), CBOR_TEXT);
	assert_true(slice_is(cbor_take_text(&in), "a"));
	assert_int_equal(cbor_peek(&in), CBOR_MAP);
	assert_int_equal(cbor_take_map(&in), 1);
	assert_int_equal(cbor_take_int(&in), 1);
	assert_int_equal(cbor_take_int(&in), 2);
	cbor_skip(&in);
	assert_false(cbor_take_null(&in));
	assert_int_equal(cbor_peek(&in), CBOR_BOOL);
	assert_true(cbor_take_bool(&in));
	assert_int_equal(cbor_peek(&in), CBOR_NULL);
	assert_true(cbor_take_null(&in));
	assert_int_equal(cbor_peek(&in), CBOR_TAG);
	assert_int_equal(cbor_take_tag(&in), 18);
	assert_int_equal(cbor_take_uint(&in), 3);
	cbor_take_fixed(&in, two, 2);
	assert_memory_equal(two, "\6\7", 2);
	assert_int_equal(cbor_peek(&in), CBOR_END);
	assert_false(in.failed);
	assert_int_equal(cbor_take_int(&in), 0);
	assert_true(in.failed);
}

static void
test_walk_fails(void **state)
{
	static const char *const not_int[] = { "1b8000000000000000", "3b8000000000000000",
		"40", "f4" };
	struct cbor_in in;
	unsigned char two[2] = { 9, 9 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(not_int); i++) {
		in = (struct cbor_in){ .rest = hex(not_int[i]) };
		assert_int_equal(cbor_take_int(&in), 0);
		assert_true(in.failed);
		assert_int_equal(cbor_peek(&in), CBOR_END);
		assert_null(cbor_take_text(&in).p);
	}
	in = (struct cbor_in){ .rest = hex("3b7fffffffffffffff") };
	assert_true(cbor_take_int(&in) == INT64_MIN && !in.failed);
	in = (struct cbor_in){ .rest = hex("f6") };
	assert_false(cbor_take_bool(&in));
	assert_true(in.failed);
	in = (struct cbor_in){ .rest = hex("43010203") };
	cbor_take_fixed(&in, two, 2);
	assert_true(in.failed && two[0] == 0 && two[1] == 0);
	/* not checked: more items than bytes */
	in = (struct cbor_in){ .rest = hex("9affffffff00") };
	assert_int_equal(cbor_take_array(&in), 0);
	assert_true(in.failed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_integers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reals, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_strings, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_simple_and_containers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_failure_sticks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_check_takes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_check_refuses, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_check_size, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_walk, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_walk_fails, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("cbor", tests, NULL, NULL);
}
