/* RFC 8949, appendix A, and what the audit hash writes. */
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
	};

	return cmocka_run_group_tests_name("cbor", tests, NULL, NULL);
}
