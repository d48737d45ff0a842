/* The ring made of parts, what is published of it, and the slot that it lies in. */
#include "keys/keyring_slot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
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
	struct keyring_part part[5];
};

/* A retired, a revoked and an active issuing key, box and store key. */
static void
fill(struct set *s)
{
	static const enum key_use uses[] = { KEY_ISSUING, KEY_ISSUING, KEY_ISSUING,
		KEY_BOX, KEY_STORE };

	*s = (struct set){ 0 };
	for (size_t i = 0; i < ARRAY_LEN(uses); i++)
		assert_int_equal(
		    key_generate(uses[i], CREATED, &s->part[i].key, &s->part[i].material),
		    E_OK);
	s->part[0].key.state = KEY_RETIRED;
	s->part[1].key.state = KEY_REVOKED;
}

static void
drop(struct set *s)
{
	for (size_t i = 0; i < ARRAY_LEN(s->part); i++)
		secret_free(s->part[i].material);
}

static void
test_ring(void **state)
{
	unsigned char signature[SIGN_BYTES];
	const struct keyring_part *part;
	struct keyring *ring = NULL;
	struct set s;
	size_t n;

	(void)state;
	fill(&s);
	s.part[2].certificate = SLICE("certificate");
	assert_int_equal(keyring_new(s.part, 5, &ring), E_OK);
	expect_same(keyring_issuing(ring), &s.part[2].key);
	expect_same(keyring_box(ring), &s.part[3].key);
	assert_null(keyring_root(ring));
	assert_true(slice_is(keyring_certificate(ring), "certificate"));
	assert_true(
	    secret_equal(keyring_store_key(ring), secret_slice(s.part[4].material)));
	part = keyring_parts(ring, &n);
	assert_int_equal(n, 5);
	expect_same(&part[0].key, &s.part[2].key);
	expect_same(&part[1].key, &s.part[0].key);
	assert_ptr_equal(keyring_ref(ring), ring);
	keyring_unref(ring);
	sign_text(ring, SLICE("text"), signature);
	assert_true(sign_verify(slice_of(s.part[2].key.public_key, KEY_PUBLIC),
	    SLICE("text"), slice_of(signature, sizeof(signature))));
	keyring_unref(ring);
	keyring_unref(NULL);
	drop(&s);
}

/* One thing at a time is wrong with the parts. */
static void
test_ring_refuses(void **state)
{
	struct keyring *ring = NULL;
	struct keyring_part part[7];
	struct set s;

	(void)state;
	fill(&s);
	for (int fault = 0; fault < 8; fault++) {
		size_t n = 5;

		memcpy(part, s.part, sizeof(s.part));
		if (fault == 0)
			part[0].key.state = KEY_ACTIVE; /* two sign */
		if (fault == 1)
			part[2].key.state = KEY_RETIRED; /* none signs */
		if (fault == 2)
			part[2].material = NULL;
		if (fault == 3)
			part[3].key.state = KEY_PENDING; /* no box key works */
		if (fault == 4)
			part[n++] = part[3]; /* two do */
		if (fault == 5)
			n = 4; /* no store key */
		if (fault == 6)
			part[n++] = part[4];
		if (fault == 7) {
			part[n] = part[0];
			part[n++].key.use = KEY_ROOT;
			part[n] = part[0];
			part[n++].key.use = KEY_ROOT;
		}
		assert_int_equal(keyring_new(part, n, &ring), E_KEY);
	}
	drop(&s);
}

static void
test_published(void **state)
{
	struct keyring *ring = NULL;
	struct buf b = BUF_INIT(arena);
	char active[KEY_KID_TEXT + 1], retired[KEY_KID_TEXT + 1],
	    revoked[KEY_KID_TEXT + 1];
	struct set s;
	ptrdiff_t first;

	(void)state;
	fill(&s);
	s.part[2].certificate = SLICE("abc");
	assert_int_equal(keyring_new(s.part, 5, &ring), E_OK);
	assert_int_equal(keyring_find(ring, s.part[1].key.kid)->key.state, KEY_REVOKED);
	assert_null(keyring_find(ring, (const unsigned char *)"\0\0\0\0\0\0\0\0"));
	key_kid_text(&s.part[0].key, retired);
	key_kid_text(&s.part[1].key, revoked);
	key_kid_text(&s.part[2].key, active);
	publish_jwks(&b, ring);
	assert_true(slice_starts(buf_slice(&b), SLICE("{\"keys\":[{\"kty\":")));
	assert_true(slice_ends(buf_slice(&b), SLICE("\"}]}")));
	first = slice_search(buf_slice(&b), slice_str(active));
	assert_true(first > 0);
	assert_true(
	    slice_search(buf_slice(&b), SLICE("\"licet_cert\":\"YWJj\"}")) > first);
	assert_true(slice_search(buf_slice(&b), slice_str(retired)) > first);
	assert_int_equal(slice_search(buf_slice(&b), slice_str(revoked)), -1);
	keyring_unref(ring);
	drop(&s);
}

static void
test_pem(void **state)
{
	static const enum key_use uses[] = { KEY_ISSUING, KEY_BOX, KEY_ROOT };
	struct secret *material;
	struct key key, back;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(uses); i++) {
		struct buf b = BUF_INIT(arena);

		assert_int_equal(key_generate(uses[i], CREATED, &key, &material), E_OK);
		secret_free(material);
		buf_str(&b, "a note before\r\n");
		publish_pem(&b, &key);
		assert_int_equal(
		    publish_pem_read(arena, buf_slice(&b), uses[i], &back), E_OK);
		assert_int_equal(back.use, uses[i]);
		assert_memory_equal(back.kid, key.kid, KEY_KID);
		assert_memory_equal(back.public_key, key.public_key, KEY_PUBLIC);
		b.p[b.n - 40] = '!';
		assert_int_equal(
		    publish_pem_read(arena, buf_slice(&b), uses[i], &back), E_KEY);
		if (uses[i] == KEY_BOX)
			continue;
		buf_clear(&b);
		publish_pem(&b, &key);
		assert_int_equal(
		    publish_pem_read(arena, buf_slice(&b), KEY_BOX, &back), E_KEY);
	}
	assert_int_equal(
	    publish_pem_read(arena, SLICE("none"), KEY_ROOT, &back), E_NOT_FOUND);
}

/* A ring lives as long as someone holds it, whatever lies in the slot. */
static void
test_slot(void **state)
{
	struct keyring *first = NULL, *second = NULL, *held;
	struct keyring_slot *slot;
	struct set s;

	(void)state;
	fill(&s);
	assert_int_equal(keyring_new(s.part, 5, &first), E_OK);
	assert_int_equal(keyring_new(s.part, 5, &second), E_OK);
	slot = keyring_slot_new(first);
	assert_non_null(slot);
	held = keyring_slot_take(slot);
	assert_ptr_equal(held, first);
	keyring_slot_set(slot, second);
	expect_same(keyring_issuing(held), &s.part[2].key);
	keyring_unref(held);
	held = keyring_slot_take(slot);
	assert_ptr_equal(held, second);
	keyring_unref(held);
	keyring_slot_free(slot);
	keyring_slot_free(NULL);
	drop(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ring),
		cmocka_unit_test(test_ring_refuses),
		cmocka_unit_test(test_published),
		cmocka_unit_test(test_pem),
		cmocka_unit_test(test_slot),
	};

	return cmocka_run_group_tests_name("keyring", tests, set_up, tear_down);
}
