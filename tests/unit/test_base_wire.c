#include "base/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const int64_t numbers[] = { INT64_MIN, INT64_MIN + 1, -1751626573000000, -8193,
	-8192, -129, -128, -65, -64, -1, 0, 1, 63, 64, 127, 128, 8191, 8192, 16383, 16384,
	(1 << 20) - 1, 1 << 20, (1 << 27) - 1, 1 << 27, (INT64_C(1) << 34) - 1,
	INT64_C(1) << 34, (INT64_C(1) << 41) - 1, INT64_C(1) << 41, INT64_C(1) << 53,
	(INT64_C(1) << 56) - 1, INT64_C(1) << 56, INT64_MAX };

static void
test_fixed(void **state)
{
	struct buf b = BUF_INIT(NULL);
	struct wire_reader r;

	(void)state;
	wire_u8(&b, 0xfe);
	wire_u16(&b, 0x0102);
	wire_u32(&b, 0x03040506);
	wire_u64(&b, UINT64_C(0x0708090a0b0c0d0e));
	assert_int_equal(b.n, 15);
	assert_memory_equal(
	    b.p, "\xfe\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e", 15);
	r = wire_reader(buf_slice(&b));
	assert_int_equal(wire_get_u8(&r), 0xfe);
	assert_int_equal(wire_get_u16(&r), 0x0102);
	assert_int_equal(wire_get_u32(&r), 0x03040506);
	assert_true(wire_get_u64(&r) == UINT64_C(0x0708090a0b0c0d0e));
	assert_true(wire_reader_done(&r));
	assert_int_equal(wire_get_u8(&r), 0);
	assert_true(r.failed);
	buf_free(&b);
}

static void
test_numbers(void **state)
{
	struct buf b = BUF_INIT(NULL);
	struct wire_reader r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		wire_varint(&b, (uint64_t)numbers[i]);
		wire_zigzag(&b, numbers[i]);
		wire_key_i64(&b, numbers[i]);
	}
	r = wire_reader(buf_slice(&b));
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		assert_true(wire_get_varint(&r) == (uint64_t)numbers[i]);
		assert_true(wire_get_zigzag(&r) == numbers[i]);
		assert_true(wire_get_key_i64(&r) == numbers[i]);
	}
	assert_true(wire_reader_done(&r));
	buf_clear(&b);
	wire_varint(&b, 300);
	assert_memory_equal(b.p, "\xac\x02", 2);
	buf_clear(&b);
	wire_varint(&b, UINT64_MAX);
	assert_int_equal(b.n, 10);
	buf_free(&b);
}

static void
test_bad_varints(void **state)
{
	static const struct slice bad[] = { { "", 0 }, { "\x80", 1 }, { "\x80\x00", 2 },
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10 },
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct wire_reader r = wire_reader(bad[i]);

		assert_true(wire_get_varint(&r) == 0);
		assert_true(r.failed);
		assert_null(wire_get_bytes(&r).p);
		assert_null(wire_get_raw(&r, 0).p);
	}
}

static void
test_key_order(void **state)
{
	struct buf a = BUF_INIT(NULL), b = BUF_INIT(NULL);

	(void)state;
	for (size_t i = 0; i + 1 < ARRAY_LEN(numbers); i++) {
		buf_clear(&a);
		buf_clear(&b);
		wire_key_i64(&a, numbers[i]);
		wire_key_i64(&b, numbers[i + 1]);
		assert_true(slice_compare(buf_slice(&a), buf_slice(&b)) < 0);
	}
	buf_clear(&a);
	buf_clear(&b);
	wire_key_text(&a, SLICE("a"));
	wire_u8(&a, 0xff);
	wire_key_text(&b, SLICE("ab"));
	assert_true(slice_compare(buf_slice(&a), buf_slice(&b)) < 0);
	wire_key_text(&b, slice_of("x\0y", 3));
	assert_false(buf_ok(&b));
	buf_free(&a);
	buf_free(&b);
}

static void
expect_key(int64_t v, const char *bytes, size_t n)
{
	struct buf b = BUF_INIT(NULL);

	wire_key_i64(&b, v);
	assert_int_equal(b.n, n);
	assert_memory_equal(b.p, bytes, n);
	assert_int_equal(wire_key_length((unsigned char)bytes[0]), n);
	buf_free(&b);
}

/* Kept in stores, so these bytes never change. */
static void
test_key_numbers(void **state)
{
	static const struct slice wrong[] = { { "\xc0\x3f", sizeof("\xc0\x3f") - 1 },
		{ "\xe0\x1f\xff", sizeof("\xe0\x1f\xff") - 1 },
		{ "\xff\0\1\2\3\4\5\6\7", sizeof("\xff\0\1\2\3\4\5\6\7") - 1 },
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		    sizeof("\xff\xff\xff\xff\xff\xff\xff\xff\xff") - 1 },
		{ "\xe0", sizeof("\xe0") - 1 }, { "\x3f\xff", sizeof("\x3f\xff") - 1 },
		{ "", sizeof("") - 1 } };

	(void)state;
	expect_key(0, "\x80", 1);
	expect_key(63, "\xbf", 1);
	expect_key(64, "\xc0\x40", 2);
	expect_key(1000000, "\xef\x42\x40", 3);
	expect_key(1 << 20, "\xf0\x10\0\0", 4);
	expect_key(INT64_C(1751626573000000), "\xfe\x06\x39\x18\x57\xa9\xad\x40", 8);
	expect_key(INT64_MAX, "\xff\x7f\xff\xff\xff\xff\xff\xff\xff", 9);
	expect_key(-1, "\x7f", 1);
	expect_key(INT64_MIN, "\0\x80\0\0\0\0\0\0\0", 9);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct wire_reader r = wire_reader(wrong[i]);

		assert_int_equal(wire_get_key_i64(&r), 0);
		assert_true(r.failed);
	}
}

static void
test_texts(void **state)
{
	struct buf b = BUF_INIT(NULL);
	struct wire_reader r;
	struct slice s;

	(void)state;
	wire_bytes(&b, SLICE("abc"));
	wire_key_text(&b, SLICE("key"));
	wire_bytes(&b, SLICE_NULL);
	r = wire_reader(buf_slice(&b));
	assert_true(slice_is(wire_get_bytes(&r), "abc"));
	assert_true(slice_is(wire_get_key_text(&r), "key"));
	s = wire_get_bytes(&r);
	assert_non_null(s.p);
	assert_int_equal(s.n, 0);
	assert_true(wire_reader_done(&r));
	r = wire_reader(SLICE("\x05"
			      "abc"));
	assert_null(wire_get_bytes(&r).p);
	assert_true(r.failed);
	r = wire_reader(SLICE("abc"));
	assert_null(wire_get_key_text(&r).p);
	assert_true(r.failed);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_bad_varints),
		cmocka_unit_test(test_key_order),
		cmocka_unit_test(test_key_numbers),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
