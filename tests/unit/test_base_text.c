#include "base/buf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
assert_slice(struct slice s, const char *want)
{
	assert_int_equal(s.n, strlen(want));
	assert_memory_equal(s.p, want, s.n);
}

static void
test_err_table(void **state)
{
	(void)state;
	for (int e = E_OK; e < E_MAX; e++) {
		const struct err_info *info = err_info((enum err)e);

		assert_non_null(info->code);
		assert_true(*info->message || e == E_OK);
		assert_int_equal(err_from_code(slice_str(info->code)), e);
		for (int other = e + 1; other < E_MAX; other++)
			assert_string_not_equal(info->code, err_code((enum err)other));
	}
	assert_string_equal(err_code((enum err)E_MAX), "internal_error");
	assert_string_equal(err_code((enum err) - 1), "internal_error");
	assert_string_equal(err_code(E_OK), "ok");
	assert_int_equal(err_info(E_OK)->exit, 0);
	assert_int_equal(err_from_code(SLICE("no_such_code")), E_INTERNAL);
	assert_int_equal(err_manage_status(E_LICENSE_EXPIRED), 409);
	assert_int_equal(err_manage_status(E_VALIDATION), 400);
}

static void
test_err_errno(void **state)
{
	(void)state;
	assert_int_equal(err_from_errno(0), E_OK);
	assert_int_equal(err_from_errno(ENOENT), E_NOT_FOUND);
	assert_int_equal(err_from_errno(EEXIST), E_EXISTS);
	assert_int_equal(err_from_errno(ENOSPC), E_STORE_FULL);
	assert_int_equal(err_from_errno(EACCES), E_DENIED);
	assert_int_equal(err_from_errno(ENOMEM), E_NO_MEMORY);
	assert_int_equal(err_from_errno(EPIPE), E_IO);
}

static void
test_slice_compare(void **state)
{
	(void)state;
	assert_true(slice_equal(SLICE_NULL, SLICE("")));
	assert_false(slice_equal(SLICE("a"), SLICE("b")));
	assert_true(slice_compare(SLICE("a"), SLICE("ab")) < 0);
	assert_true(slice_compare(SLICE("b"), SLICE("ab")) > 0);
	assert_true(slice_compare(SLICE("\xff"), SLICE("a")) > 0);
	assert_int_equal(slice_compare(SLICE_NULL, SLICE("")), 0);
	assert_true(slice_equal_fold(SLICE("aBc-1"), SLICE("AbC-1")));
	assert_false(slice_equal_fold(SLICE("@"), SLICE("`")));
	assert_true(slice_starts(SLICE("abc"), SLICE("ab")));
	assert_true(slice_starts(SLICE("abc"), SLICE_NULL));
	assert_false(slice_starts(SLICE("a"), SLICE("ab")));
	assert_true(slice_ends(SLICE("abc"), SLICE("bc")));
	assert_false(slice_ends(SLICE("c"), SLICE("bc")));
	assert_null(slice_str(NULL).p);
}

static void
test_slice_parts(void **state)
{
	struct slice rest = SLICE("a,,b");

	(void)state;
	assert_slice(slice_trim(SLICE(" \t\r\n x y \n")), "x y");
	assert_int_equal(slice_trim(SLICE(" \n")).n, 0);
	assert_slice(slice_from(SLICE("abc"), 1), "bc");
	assert_int_equal(slice_from(SLICE("abc"), 9).n, 0);
	assert_slice(slice_head(SLICE("abc"), 2), "ab");
	assert_slice(slice_head(SLICE("abc"), 9), "abc");
	assert_int_equal(slice_find(SLICE("abc"), 'c'), 2);
	assert_int_equal(slice_find(SLICE_NULL, 'c'), -1);
	assert_int_equal(slice_search(SLICE("abcabd"), SLICE("abd")), 3);
	assert_int_equal(slice_search(SLICE("abc"), SLICE("x")), -1);
	assert_int_equal(slice_search(SLICE_NULL, SLICE("")), 0);
	assert_slice(slice_cut(&rest, ','), "a");
	assert_slice(slice_cut(&rest, ','), "");
	assert_slice(slice_cut(&rest, ','), "b");
	assert_null(rest.p);
	assert_null(slice_cut(&rest, ',').p);
}

static void
test_slice_to_int(void **state)
{
	static const char *const bad[] = { "", "-", "+1", " 1", "1 ", "1.0", "0x1", "--1",
		"9223372036854775808", "-9223372036854775809", "99999999999999999999" };
	int64_t v = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(slice_to_int(slice_str(bad[i]), &v));
	assert_true(slice_to_int(SLICE("9223372036854775807"), &v));
	assert_true(v == INT64_MAX);
	assert_true(slice_to_int(SLICE("-9223372036854775808"), &v));
	assert_true(v == INT64_MIN);
	assert_true(slice_to_int(SLICE("-0"), &v));
	assert_true(v == 0);
}

static void
test_slice_utf8(void **state)
{
	static const char *const good[] = { "", "a", "\xc4\x8d", "\xe2\x80\xa8",
		"\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80" };
	static const char *const bad[] = { "\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80",
		"\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf0\x80\x80\x80", "\xc4",
		"\xe2\x80", "\xf0\x9f\x98", "\xff", "a\xf5\x80\x80\x80" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(slice_is_utf8(slice_str(good[i])));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(slice_is_utf8(slice_str(bad[i])));
	assert_true(slice_is_utf8(slice_of("a\0b", 3)));
	assert_false(slice_is_plain(slice_of("a\0b", 3)));
	assert_true(slice_is(slice_clip(SLICE("abc"), 3), "abc"));
	assert_true(slice_is(slice_clip(SLICE("abc"), 2), "ab"));
	assert_true(slice_is(slice_clip(SLICE("a\xc4\x8d"), 2), "a"));
	assert_true(slice_is(slice_clip(SLICE("\xc4\x8d"), 1), ""));
	assert_false(slice_is_plain(SLICE("a\x7f")));
	assert_true(slice_is_plain(SLICE("a \xc4\x8d")));
	assert_true(slice_only(SLICE("abba"), "ab"));
	assert_false(slice_only(slice_of("a\0", 2), "ab"));
	assert_true(slice_only(SLICE_NULL, ""));
	assert_int_equal(slice_token(SLICE("a-Z09!#$%&'*+.^_`|~ b")), 19);
	assert_int_equal(slice_token(SLICE("Content-Type: x")), 12);
	assert_int_equal(slice_token(slice_of("a\0b", 3)), 1);
	assert_int_equal(slice_token(SLICE("\xc3\xa4")), 0);
	assert_int_equal(slice_token(SLICE_NULL), 0);
}

static void
test_buf_adds(void **state)
{
	struct buf b = BUF_INIT(NULL);

	(void)state;
	buf_int(&b, INT64_MIN);
	buf_char(&b, ' ');
	buf_int(&b, 0);
	buf_printf(&b, " %s=%d", "x", 7);
	buf_str(&b, " ");
	buf_hex(&b, "\x00\xff\x1a", 3);
	buf_add(&b, NULL, 0);
	assert_int_equal(buf_finish(&b), E_OK);
	assert_slice(buf_slice(&b), "-9223372036854775808 0 x=7 00ff1a");
	buf_clear(&b);
	assert_int_equal(buf_slice(&b).n, 0);
	buf_free(&b);
	buf_free(&b);
}

static void
test_buf_limit(void **state)
{
	struct buf b = BUF_INIT(NULL);

	(void)state;
	b.max = 300;
	for (int i = 0; i < 300; i++)
		buf_char(&b, 'x');
	assert_true(buf_ok(&b));
	buf_char(&b, 'x');
	assert_int_equal(buf_finish(&b), E_NO_MEMORY);
	assert_int_equal(b.n, 300);
	assert_null(buf_room(&b, 1));
	buf_clear(&b);
	assert_null(buf_room(&b, SIZE_MAX));
	buf_free(&b);
}

static void
test_buf_fixed(void **state)
{
	char room[8];
	struct buf b = BUF_FIXED(room);

	(void)state;
	buf_str(&b, "12345678");
	assert_true(buf_ok(&b));
	assert_ptr_equal(b.p, room);
	buf_char(&b, '9');
	assert_false(buf_ok(&b));
	assert_memory_equal(room, "12345678", 8);
}

static void
test_buf_in_arena(void **state)
{
	struct arena *a = arena_new(0);
	struct buf b = BUF_INIT(a);
	size_t used;

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_char(&b, (char)('a' + i % 26));
	assert_true(buf_ok(&b));
	for (int i = 0; i < 100000; i++)
		assert_int_equal(b.p[i], 'a' + i % 26);
	used = arena_used(a);
	assert_true(used < 400000);
	arena_free(a);
}

static void
test_base64(void **state)
{
	static const char *const want[] = { "", "Zg==", "Zm8=", "Zm9v",
		"Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };
	static const char *const bad[] = { "Z", "Zg",
		"Zg=", "Zh==", "Zm9=", "====", "Z===", "Zg==Zg==", "Zm 9", "Zm9-",
		"Zg=\n" };
	struct arena *a = arena_new(0);
	struct slice out;

	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(want); n++) {
		struct buf b = BUF_INIT(a);

		buf_base64(&b, "foobar", n);
		assert_slice(buf_slice(&b), want[n]);
		assert_int_equal(base64_decode(a, buf_slice(&b), &out), E_OK);
		assert_int_equal(out.n, n);
		assert_memory_equal(out.p, "foobar", n);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(base64_decode(a, slice_str(bad[i]), &out), E_VALIDATION);
	arena_free(a);
}

static void
test_base64url_and_hex(void **state)
{
	struct arena *a = arena_new(0);
	struct buf b = BUF_INIT(a);
	unsigned char all[256];
	struct slice out;

	(void)state;
	for (int i = 0; i < 256; i++)
		all[i] = (unsigned char)i;
	buf_base64url(&b, "\xfb\xff\xfe\x01", 4);
	assert_slice(buf_slice(&b), "-__-AQ");
	assert_int_equal(base64url_decode(a, SLICE("+//+AQ"), &out), E_VALIDATION);
	assert_int_equal(base64url_decode(a, SLICE("-__-AQ=="), &out), E_VALIDATION);
	assert_int_equal(base64url_decode(a, SLICE("-__-AR"), &out), E_VALIDATION);
	buf_clear(&b);
	buf_base64url(&b, all, sizeof(all));
	assert_int_equal(base64url_decode(a, buf_slice(&b), &out), E_OK);
	assert_int_equal(out.n, 256);
	assert_memory_equal(out.p, all, 256);
	buf_clear(&b);
	buf_hex(&b, all, sizeof(all));
	assert_int_equal(hex_decode(a, buf_slice(&b), &out), E_OK);
	assert_memory_equal(out.p, all, 256);
	assert_int_equal(hex_decode(a, SLICE("AbcD"), &out), E_OK);
	assert_memory_equal(out.p, "\xab\xcd", 2);
	assert_int_equal(hex_decode(a, SLICE("abc"), &out), E_VALIDATION);
	assert_int_equal(hex_decode(a, SLICE("0g"), &out), E_VALIDATION);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_err_table),
		cmocka_unit_test(test_err_errno),
		cmocka_unit_test(test_slice_compare),
		cmocka_unit_test(test_slice_parts),
		cmocka_unit_test(test_slice_to_int),
		cmocka_unit_test(test_slice_utf8),
		cmocka_unit_test(test_buf_adds),
		cmocka_unit_test(test_buf_limit),
		cmocka_unit_test(test_buf_fixed),
		cmocka_unit_test(test_buf_in_arena),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_base64url_and_hex),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
