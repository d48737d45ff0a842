/* The ring made of a directory of key files, and of parts. */
#include "keys/keyring.h"

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
#include "keys/publish.h"
#include "keys/sign.h"
#include "tests/unit/keys_rig.h"

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

struct set {
	char *dir;
	struct key issuing, box, root;
	struct secret *store;
};

static void
fill(struct set *s, const char *name, bool with_root)
{
	struct secret *material;
	char file[KEY_FILE_NAME];
	struct key *keys[] = { &s->issuing, &s->box, &s->root };
	static const enum key_use uses[] = { KEY_ISSUING, KEY_BOX, KEY_ROOT };

	s->dir = at(name);
	assert_int_equal(file_make_dir(s->dir, 0700), E_OK);
	for (size_t i = 0; i < (with_root ? 3 : 2); i++) {
		assert_int_equal(
		    key_generate(uses[i], CREATED, keys[i], &material), E_OK);
		key_file_name(keys[i], file);
		assert_int_equal(keyfile_write(file_path(arena, s->dir, file), keys[i],
				     secret_slice(material), SLICE_NULL, NULL),
		    E_OK);
		secret_free(material);
	}
	make(KEY_STORE, file_path(arena, s->dir, "store.key"), SLICE_NULL, &s->store);
}

static void
test_ring(void **state)
{
	unsigned char signature[SIGN_BYTES];
	struct keyring *ring = NULL;
	const char *what = NULL;
	size_t n;
	struct set s;

	(void)state;
	fill(&s, "ring", true);
	assert_int_equal(
	    file_write(file_path(arena, s.dir, "notes.txt"), SLICE("x"), 0644), E_OK);
	assert_false(keyfile_dir_is_sealed(s.dir));
	assert_int_equal(keyring_load(arena, s.dir, SLICE_NULL, &ring, &what), E_OK);
	expect_same(keyring_issuing(ring), &s.issuing);
	expect_same(keyring_box(ring), &s.box);
	expect_same(keyring_root(ring), &s.root);
	assert_true(secret_equal(keyring_store_key(ring), secret_slice(s.store)));
	assert_ptr_equal(keyring_verifiers(ring, &n), keyring_issuing(ring));
	assert_int_equal(n, 1);
	assert_non_null(keyring_find(ring, s.issuing.kid));
	assert_null(keyring_find(ring, s.box.kid));
	assert_ptr_equal(keyring_ref(ring), ring);
	keyring_unref(ring);
	sign_text(ring, SLICE("text"), signature);
	assert_true(sign_verify(slice_of(s.issuing.public_key, KEY_PUBLIC), SLICE("text"),
	    slice_of(signature, sizeof(signature))));
	keyring_unref(ring);
	keyring_unref(NULL);
	secret_free(s.store);
}

static void
test_ring_names_the_file(void **state)
{
	struct keyring *ring = NULL;
	const char *what = NULL;
	struct secret *material;
	char *store, *second;
	struct set s;

	(void)state;
	fill(&s, "faults", false);
	store = file_path(arena, s.dir, "store.key");
	assert_int_equal(keyring_load(arena, s.dir, SLICE_NULL, &ring, &what), E_OK);
	assert_null(keyring_root(ring));
	keyring_unref(ring);
	assert_int_equal(chmod(store, 0644), 0);
	assert_int_equal(
	    keyring_load(arena, s.dir, SLICE_NULL, &ring, &what), E_NOT_PRIVATE);
	assert_string_equal(what, store);
	unlink(store);
	assert_int_equal(keyring_load(arena, s.dir, SLICE_NULL, &ring, &what), E_KEY);
	assert_string_equal(what, s.dir);
	assert_int_equal(file_create(store, SLICE("junk"), 0600), E_OK);
	assert_int_equal(keyring_load(arena, s.dir, SLICE_NULL, &ring, &what), E_KEY);
	assert_string_equal(what, store);
	unlink(store);
	make(KEY_STORE, store, SLICE_NULL, &material);
	secret_free(material);
	second = file_path(arena, s.dir, "issuing-0123456789abcdef.key");
	make(KEY_ISSUING, second, SLICE_NULL, &material);
	secret_free(material);
	assert_int_equal(keyring_load(arena, s.dir, SLICE_NULL, &ring, &what), E_KEY);
	assert_string_equal(what, second);
	assert_int_equal(
	    keyring_load(arena, at("nowhere"), SLICE_NULL, &ring, &what), E_NOT_FOUND);
	secret_free(s.store);
}

static void
test_sealed_ring(void **state)
{
	struct keyring *ring = NULL;
	struct secret *material;
	const char *what = NULL;
	char *store;
	struct set s;

	(void)state;
	fill(&s, "sealed-ring", false);
	store = file_path(arena, s.dir, "store.key");
	unlink(store);
	make(KEY_STORE, store, PASS, &material);
	assert_true(keyfile_dir_is_sealed(s.dir));
	assert_int_equal(keyring_load(arena, s.dir, SLICE("wrong"), &ring, &what), E_KEY);
	assert_string_equal(what, store);
	assert_int_equal(keyring_load(arena, s.dir, SLICE(""), &ring, &what), E_KEY);
	assert_string_equal(what, store);
	assert_int_equal(keyring_load(arena, s.dir, PASS, &ring, &what), E_OK);
	assert_true(secret_equal(keyring_store_key(ring), secret_slice(material)));
	keyring_unref(ring);
	secret_free(material);
	secret_free(s.store);
}

static void
test_ring_of_many(void **state)
{
	struct keyring_part p[5] = { 0 };
	struct keyring *ring = NULL;
	struct buf b = BUF_INIT(arena);
	char active[KEY_KID_TEXT + 1], retired[KEY_KID_TEXT + 1],
	    revoked[KEY_KID_TEXT + 1];
	static const enum key_use uses[] = { KEY_ISSUING, KEY_ISSUING, KEY_ISSUING,
		KEY_BOX, KEY_STORE };
	ptrdiff_t first;

	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(
		    key_generate(uses[i], CREATED, &p[i].key, &p[i].material), E_OK);
	assert_int_equal(keyring_new(p, 5, &ring), E_KEY);
	p[0].key.state = KEY_RETIRED;
	p[1].key.state = KEY_REVOKED;
	assert_int_equal(keyring_new(p, 4, &ring), E_KEY);
	assert_int_equal(keyring_new(p, 5, &ring), E_OK);
	expect_same(keyring_issuing(ring), &p[2].key);
	assert_non_null(keyring_find(ring, p[0].key.kid));
	assert_null(keyring_find(ring, p[1].key.kid));
	key_kid_text(&p[0].key, retired);
	key_kid_text(&p[1].key, revoked);
	key_kid_text(&p[2].key, active);
	publish_jwks(&b, ring);
	assert_true(slice_starts(buf_slice(&b), SLICE("{\"keys\":[{\"kty\":")));
	assert_true(slice_ends(buf_slice(&b), SLICE("\"}]}")));
	first = slice_search(buf_slice(&b), slice_str(active));
	assert_true(first > 0);
	assert_true(slice_search(buf_slice(&b), slice_str(retired)) > first);
	assert_int_equal(slice_search(buf_slice(&b), slice_str(revoked)), -1);
	keyring_unref(ring);
	for (size_t i = 0; i < 5; i++)
		secret_free(p[i].material);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ring),
		cmocka_unit_test(test_ring_names_the_file),
		cmocka_unit_test(test_sealed_ring),
		cmocka_unit_test(test_ring_of_many),
	};

	return cmocka_run_group_tests_name("keyring", tests, set_up, tear_down);
}
