/* Key ids, RFC 8032 and the key of license-api-v4.md 12, published forms, sealing. */
#include "keys/generate.h"
#include "keys/password.h"
#include "keys/publish.h"
#include "keys/seal.h"
#include "keys/sign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

#define SEED_1 "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define CHECKSUM_1 "1ed77f0d8da512b44cc9fff3c5e6c3de"
#define PUBLIC_1 "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

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
hex(const char *text)
{
	struct slice out = SLICE_NULL;

	assert_int_equal(hex_decode(arena, slice_str(text), &out), E_OK);
	return out;
}

static struct key
key_of(enum key_use use, const char *seed)
{
	struct key key;

	assert_int_equal(key_from_secret(use, hex(seed), 0, &key), E_OK);
	return key;
}

static void
test_rfc8032(void **state)
{
	static const struct {
		const char *seed, *public_key, *text, *signature;
	} rows[] = {
		{ SEED_1, PUBLIC_1, "",
		    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8"
		    "8"
		    "21590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
		{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
		    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
		    "72",
		    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085a"
		    "c"
		    "1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct key key = key_of(KEY_ISSUING, rows[i].seed);
		struct secret *s = sign_expand(hex(rows[i].seed));
		struct slice text = hex(rows[i].text), signature;
		unsigned char out[SIGN_BYTES];

		assert_memory_equal(
		    key.public_key, hex(rows[i].public_key).p, KEY_PUBLIC);
		sign_detached(s, text, out);
		signature = slice_of(out, sizeof(out));
		assert_true(slice_equal(signature, hex(rows[i].signature)));
		assert_true(
		    sign_verify(slice_of(key.public_key, KEY_PUBLIC), text, signature));
		secret_free(s);
	}
}

static void
test_forgeries(void **state)
{
	struct key key = key_of(KEY_ISSUING, SEED_1);
	struct slice public_key = slice_of(key.public_key, KEY_PUBLIC);
	struct secret *s = sign_expand(hex(SEED_1));
	unsigned char out[SIGN_BYTES], zero[KEY_PUBLIC] = { 0 };
	struct slice signature = slice_of(out, sizeof(out));

	(void)state;
	sign_detached(s, SLICE("pay 10"), out);
	assert_true(sign_verify(public_key, SLICE("pay 10"), signature));
	assert_false(sign_verify(public_key, SLICE("pay 11"), signature));
	assert_false(sign_verify(public_key, SLICE("pay 10"), slice_head(signature, 63)));
	assert_false(sign_verify(slice_head(public_key, 31), SLICE("pay 10"), signature));
	assert_false(sign_verify(slice_of(zero, 32), SLICE("pay 10"), signature));
	for (size_t i = 0; i < SIGN_BYTES; i++) {
		out[i] ^= 1;
		assert_false(sign_verify(public_key, SLICE("pay 10"), signature));
		out[i] ^= 1;
	}
	assert_null(sign_expand(SLICE("short")));
	secret_free(s);
}

static void
test_key_names(void **state)
{
	struct key key = key_of(KEY_ISSUING, SEED_1);
	unsigned char kid[KEY_KID];
	char text[65];

	(void)state;
	key_kid_text(&key, text);
	assert_string_equal(text, "7849ac3049680be1");
	assert_true(key_kid_parse(SLICE("7849ac3049680be1"), kid));
	assert_memory_equal(kid, key.kid, KEY_KID);
	assert_false(key_kid_parse(SLICE("7849AC3049680be1"), kid));
	assert_false(key_kid_parse(SLICE("7849ac3049680be"), kid));
	assert_false(key_kid_parse(SLICE("7849ac3049680be10"), kid));
	key_fingerprint(&key, text);
	assert_memory_equal(text, "7849ac3049680be1", 16);
	assert_int_equal(strlen(text), 64);
	key_file_name(&key, text);
	assert_string_equal(text, "issuing-7849ac3049680be1.key");
	key.use = KEY_BOX;
	key_file_name(&key, text);
	assert_string_equal(text, "box-7849ac3049680be1.key");
	key.use = KEY_ROOT;
	key_file_name(&key, text);
	assert_string_equal(text, "root.key");
	key = key_of(KEY_STORE, SEED_1);
	key_file_name(&key, text);
	assert_string_equal(text, "store.key");
}

static void
test_box_key(void **state)
{
	/* X25519 of the same 32 bytes, computed with Python integers after RFC 7748, 5.
	 */
	static const char want[] =
	    "b755ced64d4a27ce32afcf199f18a3ed1f31897028b0ff6e55191ea449db2644";
	struct key key = key_of(KEY_BOX, SEED_1);
	unsigned char kid[KEY_KID];

	(void)state;
	assert_memory_equal(key.public_key, hex(want).p, KEY_PUBLIC);
	key_id(key.public_key, kid);
	assert_memory_equal(key.kid, kid, KEY_KID);
}

static void
test_generate(void **state)
{
	struct key a, b, again;
	struct secret *x = NULL, *y = NULL;

	(void)state;
	for (int use = KEY_ROOT; use <= KEY_STORE; use++) {
		assert_int_equal(key_generate((enum key_use)use, 5, &a, &x), E_OK);
		assert_int_equal(key_generate((enum key_use)use, 5, &b, &y), E_OK);
		assert_int_equal(secret_slice(x).n, KEY_SECRET);
		assert_false(secret_equal(secret_slice(x), secret_slice(y)));
		assert_true(a.use == (enum key_use)use && a.created == 5);
		assert_int_equal(
		    key_from_secret((enum key_use)use, secret_slice(x), 5, &again), E_OK);
		assert_memory_equal(a.public_key, again.public_key, KEY_PUBLIC);
		assert_memory_equal(a.kid, again.kid, KEY_KID);
		secret_free(x);
		secret_free(y);
	}
	assert_int_equal(key_from_secret(KEY_ROOT, SLICE("short"), 5, &a), E_KEY);
}

static void
test_publish(void **state)
{
	struct key key = key_of(KEY_ISSUING, SEED_1);
	struct buf b = BUF_INIT(arena);

	(void)state;
	publish_jwk(&b, &key, SLICE_NULL);
	assert_true(slice_is(buf_slice(&b),
	    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
	    "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\","
	    "\"use\":\"sig\",\"alg\":\"EdDSA\",\"kid\":\"7849ac3049680be1\"}"));
	buf_clear(&b);
	publish_pem(&b, &key);
	assert_true(slice_is(buf_slice(&b),
	    "-----BEGIN PUBLIC KEY-----\n"
	    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
	    "-----END PUBLIC KEY-----\n"));
}

static void
test_seal(void **state)
{
	struct seal *seal = seal_new(hex(SEED_1)), *other = seal_new(hex(PUBLIC_1));
	struct slice a, b, plain;
	char *copy;

	(void)state;
	assert_null(seal_new(SLICE("short")));
	assert_int_equal(
	    seal_close(seal, arena, "api_key", 7, SLICE("shared"), &a), E_OK);
	assert_int_equal(
	    seal_close(seal, arena, "api_key", 7, SLICE("shared"), &b), E_OK);
	assert_false(slice_equal(a, b));
	assert_int_equal(a.n, 24 + 6 + 16);
	assert_int_equal(seal_open(seal, arena, "api_key", 7, a, &plain), E_OK);
	assert_true(slice_is(plain, "shared"));
	assert_int_equal(seal_open(seal, arena, "api_key", 8, a, &plain), E_DAMAGED);
	assert_int_equal(seal_open(seal, arena, "api_ke", 7, a, &plain), E_DAMAGED);
	assert_int_equal(seal_open(other, arena, "api_key", 7, a, &plain), E_DAMAGED);
	for (size_t i = 0; i < a.n; i++) {
		copy = arena_str(arena, a);
		copy[i] ^= 0x10;
		assert_int_equal(
		    seal_open(seal, arena, "api_key", 7, slice_of(copy, a.n), &plain),
		    E_DAMAGED);
		assert_int_equal(
		    seal_open(seal, arena, "api_key", 7, slice_head(a, i), &plain),
		    E_DAMAGED);
	}
	assert_int_equal(seal_close(seal, arena, "t", 1, SLICE(""), &a), E_OK);
	assert_int_equal(seal_open(seal, arena, "t", 1, a, &plain), E_OK);
	assert_int_equal(plain.n, 0);
	seal_free(seal);
	seal_free(other);
	seal_free(NULL);
}

static void
test_checksum_key(void **state)
{
	struct seal *seal = seal_new(hex(SEED_1)), *same = seal_new(hex(SEED_1));
	unsigned char a[SEAL_CHECKSUM_KEY], b[SEAL_CHECKSUM_KEY];

	(void)state;
	seal_checksum_key(seal, a);
	seal_checksum_key(same, b);
	assert_memory_equal(a, b, sizeof(a));
	/* BLAKE2b keyed with the master, salt 2, person "licetkey": a stored key for
	 * ever. */
	assert_memory_equal(a, hex(CHECKSUM_1).p, sizeof(a));
	seal_free(seal);
	seal_free(same);
}

static void
test_password(void **state)
{
	char a[PASSWORD_HASH], b[PASSWORD_HASH];

	(void)state;
	assert_int_equal(password_hash(SLICE("correct horse"), a), E_OK);
	assert_int_equal(password_hash(SLICE("correct horse"), b), E_OK);
	assert_string_not_equal(a, b);
	assert_memory_equal(a, "$argon2id$v=19$m=19456,t=2,p=1$", 31);
	assert_true(password_verify(slice_str(a), SLICE("correct horse")));
	assert_false(password_verify(slice_str(a), SLICE("correct horsf")));
	assert_false(password_verify(slice_str(a), SLICE("")));
	assert_int_equal(password_hash(SLICE(""), b), E_OK);
	assert_true(password_verify(slice_str(b), SLICE_NULL));
}

static int64_t
time_of(struct slice hash)
{
	int64_t best = INT64_MAX;

	for (int i = 0; i < 3; i++) {
		int64_t before = clock_monotonic(), took;

		assert_false(password_verify(hash, SLICE("guess")));
		took = clock_monotonic() - before;
		best = took < best ? took : best;
	}
	return best;
}

static void
test_password_costs_the_same(void **state)
{
	char hash[PASSWORD_HASH], *longer = arena_alloc(arena, 500);
	int64_t known;

	(void)state;
	assert_int_equal(password_hash(SLICE("other"), hash), E_OK);
	memset(longer, '$', 499);
	known = time_of(slice_str(hash));
	assert_true(time_of(SLICE_NULL) > known / 3);
	assert_true(time_of(SLICE("")) > known / 3);
	assert_true(time_of(SLICE("$argon2id$v=19$m=19456,t=2,p=1$xx")) > known / 3);
	assert_true(time_of(slice_str(longer)) > known / 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc8032),
		cmocka_unit_test(test_forgeries),
		cmocka_unit_test(test_key_names),
		cmocka_unit_test(test_box_key),
		cmocka_unit_test(test_generate),
		cmocka_unit_test(test_publish),
		cmocka_unit_test(test_seal),
		cmocka_unit_test(test_checksum_key),
		cmocka_unit_test(test_password),
		cmocka_unit_test(test_password_costs_the_same),
	};

	return cmocka_run_group_tests_name("sign", tests, set_up, tear_down);
}
