/* The folder of key files: what is listed, opened, written and removed, when the
 * passphrase is there, and who has the folder. */
#include "keys/keystore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "keys/generate.h"
#include "keys/keyfile.h"
#include "tests/unit/keys_rig.h"

static const struct key store_key = { .use = KEY_STORE };

static char *
folder(const char *name)
{
	assert_int_equal(file_make_dir(at(name), 0700), E_OK);
	return at(name);
}

static struct key
put(struct keystore *ks, enum key_use use)
{
	struct secret *material;
	struct key key;

	assert_int_equal(key_generate(use, CREATED, &key, &material), E_OK);
	assert_int_equal(keystore_write(ks, &key, material), E_OK);
	secret_free(material);
	return key;
}

static bool
has(struct keystore *ks, const struct key *key)
{
	bool there = false;

	assert_int_equal(keystore_has(ks, key, &there), E_OK);
	return there;
}

static enum err
open_key(struct keystore *ks, const struct key *want, struct key *key)
{
	struct secret *material = NULL;
	bool sealed;
	enum err e = keystore_open(ks, want, key, &material, &sealed);

	if (e == E_OK)
		assert_int_equal(sealed, keystore_seals(ks));
	secret_free(material);
	return e;
}

static void
test_list(void **state)
{
	char *where = folder("list");
	struct keystore *ks = keystore_new(where, NULL);
	struct key issuing, box, *found, key;
	bool sealed;
	size_t n;

	(void)state;
	assert_non_null(ks);
	issuing = put(ks, KEY_ISSUING);
	box = put(ks, KEY_BOX);
	put(ks, KEY_ROOT);
	put(ks, KEY_STORE);
	assert_int_equal(
	    file_write(file_path(arena, where, "notes.txt"), SLICE("x"), 0644), E_OK);
	assert_int_equal(
	    file_write(file_path(arena, where, "box-12.key"), SLICE("x"), 0600), E_OK);
	assert_int_equal(keystore_list(ks, arena, &found, &n), E_OK);
	assert_int_equal(n, 3);
	for (size_t i = 0; i < n; i++) {
		assert_true(has(ks, &found[i]));
		assert_int_equal(open_key(ks, &found[i], &key), E_OK);
		assert_int_equal(keystore_peek(ks, &found[i], &key, &sealed), E_OK);
		assert_int_equal(key.use, found[i].use);
	}
	assert_int_equal(keystore_remove(ks, &issuing), E_OK);
	assert_int_equal(keystore_remove(ks, &issuing), E_OK);
	assert_false(has(ks, &issuing));
	assert_int_equal(open_key(ks, &issuing, &key), E_NOT_FOUND);
	assert_int_equal(open_key(ks, &box, &key), E_OK);
	assert_memory_equal(key.public_key, box.public_key, KEY_PUBLIC);
	keystore_free(ks);
	keystore_free(NULL);
}

static void
test_faults(void **state)
{
	struct keystore *ks = keystore_new(folder("faults"), NULL);
	struct key first = put(ks, KEY_ISSUING), second = put(ks, KEY_ISSUING), key;
	char *path = keystore_path(ks, arena, &first);
	bool sealed;

	(void)state;
	assert_int_equal(open_key(ks, &store_key, &key), E_NOT_FOUND);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(open_key(ks, &first, &key), E_NOT_PRIVATE);
	unlink(path);
	assert_int_equal(file_create(path, SLICE("junk"), 0600), E_OK);
	assert_int_equal(open_key(ks, &first, &key), E_KEY);
	unlink(path);
	assert_int_equal(link(keystore_path(ks, arena, &second), path), 0);
	assert_int_equal(open_key(ks, &first, &key), E_KEY);
	assert_int_equal(keystore_peek(ks, &first, &key, &sealed), E_KEY);
	keystore_free(ks);
	ks = keystore_new(at("nowhere"), NULL);
	assert_int_equal(
	    keystore_list(ks, arena, &(struct key *){ NULL }, &(size_t){ 0 }),
	    E_NOT_FOUND);
	keystore_free(ks);
}

static enum err
find_passphrase(void *arg, struct secret **out)
{
	*out = secret_copy(slice_str(arg));
	return E_OK;
}

static struct slice
salt_of(struct keystore *ks, const struct key *key)
{
	struct slice text;
	ptrdiff_t at;

	assert_int_equal(
	    file_read(arena, keystore_path(ks, arena, key), KEYFILE_MAX, &text), E_OK);
	at = slice_search(text, SLICE("salt: "));
	assert_true(at > 0);
	text = slice_from(text, (size_t)at);
	return slice_cut(&text, '\n');
}

static void
test_sealed(void **state)
{
	struct secret *passphrase = secret_copy(PASS);
	char *where = folder("sealed"), *wrong = arena_str(arena, SLICE("another one"));
	struct keystore *ks = keystore_new(where, passphrase);
	struct key box = put(ks, KEY_BOX), issuing, key;

	(void)state;
	assert_true(keystore_seals(ks));
	assert_int_equal(open_key(ks, &box, &key), E_OK);
	keystore_tidy(ks);
	assert_int_equal(open_key(ks, &box, &key), E_KEY);
	assert_int_equal(keystore_unseal(ks), E_KEY);
	keystore_set_source(ks, (struct keystore_source){ find_passphrase, wrong });
	assert_int_equal(keystore_unseal(ks), E_OK);
	assert_int_equal(open_key(ks, &box, &key), E_KEY);
	keystore_tidy(ks);
	keystore_set_source(
	    ks, (struct keystore_source){ find_passphrase, arena_str(arena, PASS) });
	assert_int_equal(keystore_unseal(ks), E_OK);
	assert_int_equal(open_key(ks, &box, &key), E_OK);
	issuing = put(ks, KEY_ISSUING);
	/* One Argon2id run opens both at the next start. */
	assert_true(slice_equal(salt_of(ks, &issuing), salt_of(ks, &box)));
	keystore_free(ks);
	secret_free(passphrase);
}

/* Nothing is ever written unsealed into a folder of sealed files. */
static void
test_tidied_writes_nothing(void **state)
{
	struct secret *passphrase = secret_copy(PASS), *material;
	struct keystore *ks = keystore_new(folder("tidied"), passphrase);
	struct key key;

	(void)state;
	keystore_tidy(ks);
	assert_int_equal(key_generate(KEY_BOX, CREATED, &key, &material), E_OK);
	assert_int_equal(keystore_write(ks, &key, material), E_KEY);
	assert_false(has(ks, &key));
	secret_free(material);
	secret_free(passphrase);
	keystore_free(ks);
}

static void
test_locks(void **state)
{
	char *where = folder("locks");
	struct keystore *ks = keystore_new(where, NULL),
			*other = keystore_new(where, NULL);

	(void)state;
	assert_true(keystore_begin(ks));
	assert_false(keystore_begin(ks));
	keystore_end(ks);
	assert_true(keystore_begin(ks));
	assert_int_equal(keystore_lock(ks, false, false), E_OK);
	assert_int_equal(keystore_lock(other, true, false), E_UNAVAILABLE);
	assert_int_equal(keystore_lock(other, false, false), E_OK);
	keystore_unlock(ks);
	keystore_unlock(other);
	assert_int_equal(keystore_lock(other, true, false), E_OK);
	assert_int_equal(keystore_lock(ks, false, false), E_UNAVAILABLE);
	keystore_free(other);
	assert_int_equal(keystore_lock(ks, true, true), E_OK);
	keystore_free(ks);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_sealed),
		cmocka_unit_test(test_tidied_writes_nothing),
		cmocka_unit_test(test_locks),
	};

	return cmocka_run_group_tests_name("keystore", tests, set_up, tear_down);
}
