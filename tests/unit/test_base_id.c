#include "base/id.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

#define SYMBOLS "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

static void
test_uuid(void **state)
{
	char a[ID_UUID_LEN + 1], b[ID_UUID_LEN + 1];

	(void)state;
	for (int round = 0; round < 200; round++) {
		id_uuid(a);
		id_uuid(b);
		assert_int_equal(strlen(a), ID_UUID_LEN);
		assert_string_not_equal(a, b);
		assert_true(slice_only(slice_str(a), "0123456789abcdef-"));
		assert_true(a[8] == '-' && a[13] == '-' && a[18] == '-' && a[23] == '-');
		assert_int_equal(a[14], '4');
		assert_non_null(strchr("89ab", a[19]));
	}
}

static void
test_token(void **state)
{
	struct arena *a = arena_new(0);
	char text[64];
	struct slice token = slice_str(id_token(a, "lmk_", 32)), raw;

	(void)state;
	assert_true(slice_starts(token, SLICE("lmk_")));
	assert_int_equal(token.n, 4 + 43);
	assert_int_equal(base64url_decode(a, slice_from(token, 4), &raw), E_OK);
	assert_int_equal(raw.n, 32);
	assert_false(slice_is(token, id_token(a, "lmk_", 32)));
	id_alnum(text, sizeof(text));
	assert_true(slice_only(slice_of(text, sizeof(text)),
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"));
	arena_free(a);
}

static void
test_key_format(void **state)
{
	(void)state;
	assert_true(id_key_format_valid(SLICE("*****-*****-*****-*****-*****")));
	assert_true(id_key_format_valid(SLICE("********************")));
	assert_true(id_key_format_valid(SLICE("ACME-********************-9")));
	assert_false(id_key_format_valid(SLICE("*******************")));
	assert_false(id_key_format_valid(SLICE("*******************-")));
	assert_false(id_key_format_valid(SLICE("********************-a")));
	assert_false(id_key_format_valid(SLICE("******************** ")));
	assert_false(id_key_format_valid(slice_of("********************\0", 21)));
	assert_false(id_key_format_valid(SLICE_NULL));
	assert_false(id_key_format_valid(SLICE("*****************************************"
					       "************************")));
}

static void
check_key(struct arena *a, struct slice format, size_t last)
{
	char *key = id_license_key(a, format);
	unsigned char hash[32];

	assert_int_equal(strlen(key), format.n);
	for (size_t i = 0; i < format.n; i++) {
		if (format.p[i] == '*')
			assert_non_null(strchr(SYMBOLS, key[i]));
		else
			assert_int_equal(key[i], format.p[i]);
	}
	crypto_generichash(hash, 32, (const unsigned char *)key, last, NULL, 0);
	assert_int_equal(key[last], SYMBOLS[hash[0] % 32]);
}

static void
test_license_key(void **state)
{
	struct arena *a = arena_new(0);

	(void)state;
	for (int round = 0; round < 100; round++) {
		check_key(a, SLICE("*****-*****-*****-*****-*****"), 28);
		check_key(a, SLICE("ACME-********************-9"), 24);
	}
	assert_string_not_equal(id_license_key(a, SLICE("********************")),
	    id_license_key(a, SLICE("********************")));
	arena_free(a);
}

static void
test_mask(void **state)
{
	struct arena *a = arena_new(0);

	(void)state;
	assert_string_equal(
	    id_key_mask(a, SLICE("ABCDE-FGHJK-7JTP9")), "*****-*****-7JTP9");
	assert_string_equal(id_key_mask(a, SLICE("ABCDEFGH")), "****EFGH");
	assert_string_equal(id_key_mask(a, SLICE("ABC")), "ABC");
	assert_string_equal(id_key_mask(a, SLICE("AB-")), "**-");
	assert_string_equal(id_key_mask(a, SLICE("")), "");
	arena_free(a);
}

static void
test_no_memory(void **state)
{
	struct arena *a = arena_new(0);

	(void)state;
	for (size_t n = 0; n < 2; n++) {
		arena_fail_after(n);
		assert_null(id_token(a, "x", 8));
	}
	arena_fail_after(0);
	assert_null(id_license_key(a, SLICE("********************")));
	assert_null(id_key_mask(a, SLICE("ABCDE-1")));
	arena_fail_after(SIZE_MAX);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_uuid),
		cmocka_unit_test(test_token),
		cmocka_unit_test(test_key_format),
		cmocka_unit_test(test_license_key),
		cmocka_unit_test(test_mask),
		cmocka_unit_test(test_no_memory),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
