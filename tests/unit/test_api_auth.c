#include "server/api/auth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tests/unit/api_example.h"

#define SIGNATURE "9/5rqf2rTkXSAH3WOtg04hHk6fKnOssKJlnSE8Oum+g="
#define GOOD                                                                             \
	"algorithm=\"hmac-sha256\",headers=\"date\",signature=\"" SIGNATURE              \
	"\",apikey=\"key-1\""
#define WINDOW (900 * CLOCK_SECOND)

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
	arena_free(arena);
	return 0;
}

/* NULL: the header is not there. */
static enum err
begin_at(int64_t now, const char *date, const char *authorization, struct auth *out)
{
	struct header headers[2];
	struct request r = { .arena = arena, .headers = headers };

	if (date)
		headers[r.n_headers++] =
		    (struct header){ SLICE("Date"), slice_str(date) };
	if (authorization)
		headers[r.n_headers++] =
		    (struct header){ SLICE("authorization"), slice_str(authorization) };
	auth_read(&r, out);
	return auth_begin(&r, now, WINDOW, out);
}

static enum err
begin(const char *date, const char *authorization)
{
	struct auth auth;

	return begin_at(EXAMPLE_NOW, date, authorization, &auth);
}

static void
vectors_of_section_13(void **state)
{
	static const char *const rows[][2] = {
		{ "Tue, 07 Jun 2011 20:51:35 GMT",
		    "UDysfR6MndUZReo07Y9r+vErn8vSxrnQ5ulit18iJ/Q=" },
		{ "Fri, 04 Jul 2025 10:56:13 GMT", SIGNATURE },
		{ "Fri, 4 Jul 2025 10:56:13 GMT",
		    "En0YNswyTXQh7X5AbxBdkRqTWt12YJWhGMn+PEFCvDQ=" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf text = BUF_INIT(arena);
		unsigned char mac[SHA256_LEN];

		assert_int_equal(auth_mac(arena, SLICE(EXAMPLE_SHARED_KEY),
				     slice_str(rows[i][0]), mac),
		    E_OK);
		buf_base64(&text, mac, sizeof(mac));
		assert_string_equal(arena_str(arena, buf_slice(&text)), rows[i][1]);
	}
}

static void
accepted_forms_of_the_header(void **state)
{
	static const char *const forms[] = {
		GOOD,
		"apiKey=key-1, Signature = \"" SIGNATURE "\" ,headers=date,\t"
		"ALGORITHM=\"HMAC-SHA256\"",
		"algorithm=hmac-sha256,headers=date,signature=" SIGNATURE ",apikey=key-1",
		"x=\"a,b=c\"," GOOD ",other=1",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct auth auth;

		assert_int_equal(
		    begin_at(EXAMPLE_NOW, EXAMPLE_DATE, forms[i], &auth), E_OK);
		assert_true(slice_is(auth.params.apikey, "key-1"));
		assert_true(slice_is(auth.date, EXAMPLE_DATE));
		assert_int_equal(auth.mac[0], 0xf7);
	}
}

static void
refused_forms_of_the_header(void **state)
{
	static const char *const forms[] = {
		"Bearer lct_abc",
		"Basic dTpw",
		"key-1",
		GOOD ",",
		GOOD ",apikey=\"key-1\"",
		GOOD ",x=1,X=2",
		GOOD " apikey2=1",
		"algorithm=\"hmac-sha256\",apikey=\"key-1",
		"=x," GOOD,
		"algorithm=," GOOD,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		assert_int_equal(begin(EXAMPLE_DATE, forms[i]), E_AUTH_INVALID_HEADERS);
}

static void
a_header_sent_twice_is_refused(void **state)
{
	struct header headers[] = {
		{ SLICE("Date"), SLICE(EXAMPLE_DATE) },
		{ SLICE("Authorization"), SLICE(GOOD) },
		{ SLICE("AUTHORIZATION"), SLICE(GOOD) },
	};
	struct request r = { .arena = arena, .headers = headers, .n_headers = 3 };
	struct auth auth;

	(void)state;
	auth_read(&r, &auth);
	assert_int_equal(
	    auth_begin(&r, EXAMPLE_NOW, WINDOW, &auth), E_AUTH_INVALID_HEADERS);
	headers[2] = headers[0];
	auth_read(&r, &auth);
	assert_int_equal(
	    auth_begin(&r, EXAMPLE_NOW, WINDOW, &auth), E_AUTH_INVALID_HEADERS);
	r.n_headers = 2;
	auth_read(&r, &auth);
	assert_int_equal(auth_begin(&r, EXAMPLE_NOW, WINDOW, &auth), E_OK);
}

/* Each row also violates every later check of 3.2. */
static void
checks_one_to_six_in_order(void **state)
{
	static const char late[] = "Fri, 04 Jul 2025 11:56:13 GMT";

	(void)state;
	assert_int_equal(begin(NULL, "?"), E_MISSING_HEADERS);
	assert_int_equal(begin("", "?"), E_MISSING_HEADERS);
	assert_int_equal(begin(late, NULL), E_MISSING_HEADERS);
	assert_int_equal(begin(late, ""), E_MISSING_HEADERS);
	assert_int_equal(begin(late, "?"), E_AUTH_INVALID_HEADERS);
	assert_int_equal(
	    begin(late, "algorithm=md5,headers=host,signature=x"), E_AUTH_MISSING_PARAMS);
	assert_int_equal(
	    begin(late, "algorithm=md5,headers=host,apikey=k"), E_AUTH_MISSING_PARAMS);
	assert_int_equal(
	    begin(late, "algorithm=md5,signature=x,apikey=k"), E_AUTH_MISSING_PARAMS);
	assert_int_equal(
	    begin(late, "headers=host,signature=x,apikey=k"), E_AUTH_MISSING_PARAMS);
	assert_int_equal(
	    begin(late, "algorithm=md5,headers=host,signature=x,apikey=\"\""),
	    E_AUTH_MISSING_PARAMS);
	assert_int_equal(begin(late, "algorithm=md5,headers=host,signature=x,apikey=k"),
	    E_HMAC_REQUIRED);
	assert_int_equal(begin(late, "algorithm=hmac-sha256,headers=\"date host\","
				     "signature=x,apikey=k"),
	    E_AUTH_INVALID_HEADERS);
	assert_int_equal(
	    begin(late,
		"algorithm=hmac-sha256,headers=Date,signature=" SIGNATURE ",apikey=k"),
	    E_AUTH_INVALID_HEADERS);
	assert_int_equal(
	    begin(late, "algorithm=hmac-sha256,headers=date,signature=AAAA,apikey=k"),
	    E_AUTH_INVALID_HEADERS);
	assert_int_equal(begin(late, GOOD), E_DATE_HEADER_DIFF);
}

static void
date_window(void **state)
{
	struct auth auth;
	int64_t date = INT64_C(1751626573000000);

	(void)state;
	assert_int_equal(begin_at(date + WINDOW, EXAMPLE_DATE, GOOD, &auth), E_OK);
	assert_int_equal(begin_at(date - WINDOW, EXAMPLE_DATE, GOOD, &auth), E_OK);
	assert_int_equal(
	    begin_at(date + WINDOW + 1, EXAMPLE_DATE, GOOD, &auth), E_DATE_HEADER_DIFF);
	assert_int_equal(
	    begin_at(date - WINDOW - 1, EXAMPLE_DATE, GOOD, &auth), E_DATE_HEADER_DIFF);
	assert_int_equal(begin("Fri, 4 Jul 2025 10:56:13 GMT", GOOD), E_OK);
	assert_int_equal(begin("Mon, 04 Jul 2025 10:56:13 GMT", GOOD), E_OK);
	assert_int_equal(begin("2025-07-04T10:56:13Z", GOOD), E_DATE_HEADER_DIFF);
}

static void
checks_seven_to_eleven_in_order(void **state)
{
	struct auth_key key = { .oauth_only = true };
	struct auth auth;

	(void)state;
	assert_int_equal(begin_at(EXAMPLE_NOW, EXAMPLE_DATE, GOOD, &auth), E_OK);
	key.key.revoked_at = EXAMPLE_NOW;
	key.key.read_only = true;
	key.shared_key = SLICE("another");
	assert_int_equal(auth_check(arena, &auth, &key, true), E_INVALID_API_KEY);
	key.found = true;
	assert_int_equal(auth_check(arena, &auth, &key, true), E_SIGNATURE_MISMATCH);
	key.shared_key = SLICE(EXAMPLE_SHARED_KEY);
	assert_int_equal(auth_check(arena, &auth, &key, true), E_REVOKED_API_KEY);
	key.key.revoked_at = FIELD_NONE;
	assert_int_equal(auth_check(arena, &auth, &key, true), E_API_KEY_AUTH_DISABLED);
	key.oauth_only = false;
	assert_int_equal(auth_check(arena, &auth, &key, true), E_READ_ONLY_API_KEY);
	assert_int_equal(auth_check(arena, &auth, &key, false), E_OK);
	key.key.read_only = false;
	assert_int_equal(auth_check(arena, &auth, &key, true), E_OK);
}

/* RFC 4231, cases 2 and 6: a key shorter and one longer than a block. */
static void
hmac_of_the_standard(void **state)
{
	char key[131];
	unsigned char mac[SHA256_LEN];
	struct slice want;

	(void)state;
	memset(key, 0xaa, sizeof(key));
	assert_int_equal(
	    hmac_sha256(SLICE("Jefe"), SLICE("what do ya want for nothing?"), mac), E_OK);
	assert_int_equal(hex_decode(arena,
			     SLICE("5bdcc146bf60754e6a042426089575c7"
				   "5a003f089d2739839dec58b964ec3843"),
			     &want),
	    E_OK);
	assert_memory_equal(mac, want.p, SHA256_LEN);
	assert_int_equal(hmac_sha256(slice_of(key, sizeof(key)),
			     SLICE("Test Using Larger Than Block-Size Key - "
				   "Hash Key First"),
			     mac),
	    E_OK);
	assert_int_equal(hex_decode(arena,
			     SLICE("60e431591ee0b67f0d8a26aacbf5b77f"
				   "8e0bc6213728c5140546040f0ee37f54"),
			     &want),
	    E_OK);
	assert_memory_equal(mac, want.p, SHA256_LEN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hmac_of_the_standard),
		TEST(vectors_of_section_13),
		TEST(accepted_forms_of_the_header),
		TEST(refused_forms_of_the_header),
		TEST(a_header_sent_twice_is_refused),
		TEST(checks_one_to_six_in_order),
		TEST(date_window),
		TEST(checks_seven_to_eleven_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
