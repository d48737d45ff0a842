/* Key files: round trips, damage, forgeries, modes. */
#include "keys/keyfile.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "keys/generate.h"
#include "keys/keyfile_text.h"
#include "tests/unit/keys_rig.h"

/*
 * A sealed file with the smallest Argon2id that the reader takes, made step by step as
 * keys/keyfile.h says: keyfile_write's own cost is for one test only.
 */
static struct key
make_cheap(enum key_use use, const char *path, struct secret **material)
{
	struct keyfile_text t = {
		.sealed = true, .ops = 1, .memory = 8192, .payload_n = sizeof(t.payload)
	};
	unsigned char derived[32];
	struct buf b = BUF_INIT(arena);

	assert_int_equal(key_generate(use, CREATED, &t.key, material), E_OK);
	randombytes_buf(t.salt, sizeof(t.salt));
	randombytes_buf(t.nonce, sizeof(t.nonce));
	keyfile_text_head(&b, &t);
	assert_int_equal(crypto_pwhash(derived, sizeof(derived), PASS.p, PASS.n, t.salt,
			     1, 8192, crypto_pwhash_ALG_ARGON2ID13),
	    0);
	crypto_aead_xchacha20poly1305_ietf_encrypt(t.payload, NULL,
	    secret_bytes(*material), KEY_SECRET, (unsigned char *)b.p, b.n, NULL, t.nonce,
	    derived);
	keyfile_text_tail(&b, &t);
	assert_int_equal(file_create(path, buf_slice(&b), 0600), E_OK);
	return t.key;
}

static void
expect_same(const struct key *a, const struct key *b)
{
	assert_int_equal(a->use, b->use);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->created, b->created);
	assert_int_equal(a->not_before, b->not_before);
	assert_int_equal(a->not_after, b->not_after);
	assert_memory_equal(a->kid, b->kid, KEY_KID);
	assert_memory_equal(a->public_key, b->public_key, KEY_PUBLIC);
}

static void
test_unsealed_round_trip(void **state)
{
	(void)state;
	for (int use = KEY_ROOT; use <= KEY_STORE; use++) {
		char *path = at(arena_printf(arena, "plain-%d", use));
		struct secret *material, *again = NULL;
		struct key key = make((enum key_use)use, path, SLICE_NULL, &material),
			   read;
		bool sealed = true;
		struct stat st;

		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		assert_int_equal(
		    keyfile_read(path, SLICE_NULL, &read, &again, NULL), E_OK);
		expect_same(&key, &read);
		assert_true(secret_equal(secret_slice(material), secret_slice(again)));
		secret_free(again);
		assert_int_equal(keyfile_read(path, PASS, &read, &again, NULL), E_OK);
		assert_int_equal(keyfile_peek(path, &read, &sealed), E_OK);
		expect_same(&key, &read);
		assert_false(sealed);
		secret_free(material);
		secret_free(again);
	}
}

static void
test_sealed_round_trip(void **state)
{
	char *path = at("sealed");
	struct secret *material, *again = NULL;
	struct key key = make(KEY_ISSUING, path, PASS, &material), read;
	struct slice text;

	(void)state;
	assert_true(keyfile_is_sealed(path));
	assert_int_equal(keyfile_read(path, PASS, &read, &again, NULL), E_OK);
	expect_same(&key, &read);
	assert_true(secret_equal(secret_slice(material), secret_slice(again)));
	secret_free(again);
	again = NULL;
	assert_int_equal(keyfile_read(path, SLICE_NULL, &read, &again, NULL), E_KEY);
	assert_int_equal(keyfile_read(path, SLICE(""), &read, &again, NULL), E_KEY);
	assert_null(again);
	assert_int_equal(file_read(arena, path, KEYFILE_MAX, &text), E_OK);
	assert_true(slice_starts(text, SLICE("licet-key 1\nuse: issuing\nkid: ")));
	assert_true(slice_search(text, SLICE("created: 2025-07-04T10:56:13.412Z\n"
					     "sealed: yes\nkdf: argon2id\nkdf-ops: 3\n"
					     "kdf-memory: 268435456\nsalt: ")) > 0);
	secret_free(material);
}

static void
test_wrong_passphrase(void **state)
{
	char *path = at("cheap");
	struct secret *material, *again = NULL;
	struct key key = make_cheap(KEY_BOX, path, &material), read;

	(void)state;
	assert_int_equal(
	    keyfile_read(path, SLICE("correct horse batterz"), &read, &again, NULL),
	    E_KEY);
	assert_int_equal(
	    keyfile_read(path, SLICE("correct horse battery "), &read, &again, NULL),
	    E_KEY);
	assert_null(again);
	assert_int_equal(keyfile_read(path, PASS, &read, &again, NULL), E_OK);
	expect_same(&key, &read);
	assert_true(secret_equal(secret_slice(material), secret_slice(again)));
	secret_free(material);
	secret_free(again);
}

static void
test_write_refuses(void **state)
{
	char *path = at("refuse"), *link = at("refuse-link");
	struct secret *material;
	struct key key = make(KEY_BOX, path, SLICE_NULL, &material);
	struct slice bytes = secret_slice(material);

	(void)state;
	assert_int_equal(keyfile_write(path, &key, bytes, SLICE_NULL, NULL), E_EXISTS);
	assert_int_equal(symlink(at("refuse-target"), link), 0);
	assert_int_equal(keyfile_write(link, &key, bytes, SLICE_NULL, NULL), E_EXISTS);
	assert_int_equal(keyfile_write(at("a"), &key, bytes, SLICE(""), NULL), E_KEY);
	assert_int_equal(
	    keyfile_write(at("a"), &key, slice_head(bytes, 31), SLICE_NULL, NULL), E_KEY);
	assert_int_equal(
	    keyfile_write(at("no/dir"), &key, bytes, SLICE_NULL, NULL), E_NOT_FOUND);
	assert_false(file_exists(at("a")));
	secret_free(material);
}

static void
test_open_files_are_refused(void **state)
{
	static const mode_t bad[] = { 0640, 0604, 0620, 0610, 0644, 0601 };
	char *path = at("modes");
	struct secret *material;
	struct key key = make(KEY_STORE, path, SLICE_NULL, &material), read;
	bool sealed;

	(void)state;
	(void)key;
	secret_free(material);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(chmod(path, bad[i]), 0);
		assert_int_equal(keyfile_read(path, SLICE_NULL, &read, &material, NULL),
		    E_NOT_PRIVATE);
		assert_int_equal(keyfile_peek(path, &read, &sealed), E_NOT_PRIVATE);
	}
	assert_int_equal(chmod(path, 0400), 0);
	assert_int_equal(keyfile_read(path, SLICE_NULL, &read, &material, NULL), E_OK);
	secret_free(material);
	assert_int_equal(
	    keyfile_read(at("absent"), SLICE_NULL, &read, &material, NULL), E_NOT_FOUND);
	assert_int_equal(
	    keyfile_read(dir, SLICE_NULL, &read, &material, NULL), E_NOT_PRIVATE);
}

static enum err
read_changed(struct slice text, struct slice passphrase)
{
	struct secret *material = NULL;
	char *path = at("changed");
	struct key key;
	enum err e;

	unlink(path);
	assert_int_equal(file_create(path, text, 0600), E_OK);
	e = keyfile_read(path, passphrase, &key, &material, NULL);
	assert_true((e == E_OK) == (material != NULL));
	secret_free(material);
	return e;
}

static void
flip_each_byte(const char *path, struct slice passphrase)
{
	struct slice text;
	char *copy;

	assert_int_equal(file_read(arena, path, KEYFILE_MAX, &text), E_OK);
	for (size_t i = 0; i < text.n; i++) {
		copy = arena_str(arena, text);
		copy[i] = (char)(copy[i] ^ (1 << (i % 7)));
		assert_int_equal(read_changed(slice_of(copy, text.n), passphrase), E_KEY);
	}
	for (size_t i = 0; i < text.n; i += 5)
		assert_int_equal(read_changed(slice_head(text, i), passphrase), E_KEY);
	copy = arena_printf(arena, "%.*s\n", (int)text.n, text.p);
	assert_int_equal(read_changed(slice_str(copy), passphrase), E_KEY);
	assert_int_equal(read_changed(text, passphrase), E_OK);
}

static void
test_damage(void **state)
{
	struct secret *material;

	(void)state;
	make(KEY_ISSUING, at("damage"), SLICE_NULL, &material);
	flip_each_byte(at("damage"), SLICE_NULL);
	secret_free(material);
	make_cheap(KEY_BOX, at("damage-sealed"), &material);
	flip_each_byte(at("damage-sealed"), PASS);
	secret_free(material);
}

/* The text with one part replaced and a checksum that fits again. */
static struct slice
forge(struct slice text, const char *from, const char *to)
{
	ptrdiff_t at_from = slice_search(text, slice_str(from));
	struct buf b = BUF_INIT(arena);
	unsigned char hash[32];
	struct slice rest;

	assert_true(at_from >= 0);
	if (!text.p)
		return text;
	rest = slice_from(text, (size_t)at_from + strlen(from));
	buf_add(&b, text.p, (size_t)at_from);
	buf_str(&b, to);
	buf_slice_add(
	    &b, slice_head(rest, (size_t)slice_search(rest, SLICE("checksum: "))));
	crypto_generichash(hash, sizeof(hash), (unsigned char *)b.p, b.n, NULL, 0);
	buf_str(&b, "checksum: ");
	buf_hex(&b, hash, sizeof(hash));
	buf_char(&b, '\n');
	return buf_slice(&b);
}

static void
test_forged_head(void **state)
{
	struct secret *material;
	struct slice text;

	(void)state;
	make_cheap(KEY_ISSUING, at("forged"), &material);
	secret_free(material);
	assert_int_equal(file_read(arena, at("forged"), KEYFILE_MAX, &text), E_OK);
	assert_int_equal(
	    read_changed(forge(text, "use: issuing", "use: issuing"), PASS), E_OK);
	assert_int_equal(
	    read_changed(forge(text, "use: issuing", "use: root"), PASS), E_KEY);
	assert_int_equal(read_changed(forge(text, "2025-07", "2024-07"), PASS), E_KEY);
	assert_int_equal(
	    read_changed(forge(text, "kdf-ops: 1", "kdf-ops: 99999"), PASS), E_KEY);
	assert_int_equal(
	    read_changed(forge(text, "memory: 8192", "memory: 999999999999"), PASS),
	    E_KEY);
	assert_int_equal(
	    read_changed(forge(text, "sealed: yes", "sealed: no"), PASS), E_KEY);
	assert_int_equal(
	    read_changed(forge(text, "memory: 8192", "memory: 9000"), PASS), E_KEY);
	assert_int_equal(
	    read_changed(forge(text, "licet-key 1", "licet-key 2"), PASS), E_KEY);
	assert_int_equal(
	    read_changed(forge(text, "salt: ", "note: x\nsalt: "), PASS), E_KEY);
}

static void
test_forged_public(void **state)
{
	struct secret *material, *other;
	struct slice text, more;
	struct key key, wrong;

	(void)state;
	key = make(KEY_ISSUING, at("public"), SLICE_NULL, &material);
	assert_int_equal(key_generate(KEY_ISSUING, CREATED, &wrong, &other), E_OK);
	assert_int_equal(file_read(arena, at("public"), KEYFILE_MAX, &text), E_OK);
	assert_int_equal(
	    keyfile_write(at("mixed"), &wrong, secret_slice(material), SLICE_NULL, NULL),
	    E_OK);
	assert_int_equal(file_read(arena, at("mixed"), KEYFILE_MAX, &more), E_OK);
	assert_int_equal(read_changed(text, SLICE_NULL), E_OK);
	assert_int_equal(read_changed(more, SLICE_NULL), E_KEY);
	assert_memory_not_equal(key.kid, wrong.kid, KEY_KID);
	secret_free(material);
	secret_free(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unsealed_round_trip),
		cmocka_unit_test(test_sealed_round_trip),
		cmocka_unit_test(test_wrong_passphrase),
		cmocka_unit_test(test_write_refuses),
		cmocka_unit_test(test_open_files_are_refused),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_forged_head),
		cmocka_unit_test(test_forged_public),
	};

	return cmocka_run_group_tests_name("keyfile", tests, set_up, tear_down);
}
