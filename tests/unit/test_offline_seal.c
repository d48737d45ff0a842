/* Sealed requests: offline-activation.md 3.1. */
#include "offline/seal_request.h"
#include "tests/unit/offline_rig.h"

static struct slice
box_secret(void)
{
	return slice_of(o.box.seed, KEY_SECRET);
}

static struct slice
seal(struct slice request)
{
	struct buf b = BUF_INIT(o.arena);

	request_seal(&b, o.box.public_key, request);
	assert_int_equal(buf_finish(&b), E_OK);
	return buf_slice(&b);
}

static enum err
unseal(struct slice sealed)
{
	struct slice request;

	return request_unseal(o.arena, o.box.public_key, box_secret(), sealed, &request);
}

static void
test_there_and_back(void **state)
{
	struct slice request = objects_sign(&o, objects_find("request-password")), opened;
	struct slice sealed = seal(request);
	unsigned char kid[KEY_KID];
	enum object_kind kind;

	(void)state;
	assert_int_equal(request_sealed_kid(sealed, kid), E_OK);
	assert_memory_equal(kid, o.box.kid, KEY_KID);
	assert_int_equal(object_kind_of(sealed, &kind), E_OK);
	assert_int_equal(kind, OBJECT_SEALED_REQUEST);
	assert_int_equal(
	    request_unseal(o.arena, o.box.public_key, box_secret(), sealed, &opened),
	    E_OK);
	assert_true(slice_equal(opened, request));
	assert_false(slice_equal(seal(request), sealed));
	assert_int_equal(slice_search(sealed, SLICE("correct horse")), -1);
	/* 13 + 9 bytes of head and name, a length, 48 of the box */
	assert_int_equal(sealed.n, 1 + 13 + 9 + 3 + 48 + request.n);
}

static void
test_other_key(void **state)
{
	struct slice sealed = seal(SLICE("request")), opened;

	(void)state;
	assert_int_equal(
	    request_unseal(o.arena, o.device.public_key, box_secret(), sealed, &opened),
	    E_BOX_KEY_UNKNOWN);
	assert_int_equal(request_unseal(o.arena, o.box.public_key,
			     slice_of(o.device.seed, KEY_SECRET), sealed, &opened),
	    E_BOX_KEY_UNKNOWN);
	assert_int_equal(request_unseal(o.arena, o.box.public_key,
			     slice_of(o.box.seed, KEY_SECRET - 1), sealed, &opened),
	    E_BOX_KEY_UNKNOWN);
}

static void
test_every_byte(void **state)
{
	struct slice sealed = seal(SLICE("request"));
	unsigned char *p = (unsigned char *)arena_str(o.arena, sealed);

	(void)state;
	for (size_t i = 0; i < sealed.n; i++)
		for (int bit = 0; bit < 8; bit++) {
			p[i] ^= (unsigned char)(1 << bit);
			assert_int_not_equal(unseal(slice_of(p, sealed.n)), E_OK);
			p[i] ^= (unsigned char)(1 << bit);
		}
	for (size_t n = 0; n < sealed.n; n++)
		assert_int_equal(unseal(slice_of(p, n)), E_OBJECT_TRUNCATED);
	assert_int_equal(unseal(slice_of(p, sealed.n + 1)), E_OBJECT_TRAILING);
}

static void
test_form(void **state)
{
#define MARK_HEX "6c6c696365742d7365616c6564"
#define KID_HEX "480102030405060708"
	static const struct {
		const char *hex;
		enum err err;
	} rows[] = {
		{ "80", E_OBJECT_HEADER },
		{ "f6", E_OBJECT_HEADER },
		{ "82" MARK_HEX KID_HEX, E_OBJECT_HEADER },
		{ "84" MARK_HEX KID_HEX "4000", E_OBJECT_HEADER },
		{ "836c6c696365742d7365616c6565" KID_HEX "40", E_OBJECT_HEADER },
		{ "83" MARK_HEX "4101"
		  "40",
		    E_OBJECT_HEADER },
		{ "83" MARK_HEX KID_HEX "60", E_OBJECT_HEADER },
		/* shorter than a box of nothing */
		{ "83" MARK_HEX KID_HEX "4100", E_OBJECT_HEADER },
		{ "9f" MARK_HEX KID_HEX "4100ff", E_OBJECT_INDEFINITE },
	};
	unsigned char kid[KEY_KID];
	enum object_kind kind;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(request_sealed_kid(hex(rows[i].hex), kid), rows[i].err);
		assert_int_equal(unseal(hex(rows[i].hex)), rows[i].err);
	}
	assert_int_equal(object_kind_of(hex("80"), &kind), E_OBJECT_HEADER);
}

static void
test_small_order(void **state)
{
	static const unsigned char zero[KEY_PUBLIC];
	struct buf b = BUF_INIT(o.arena);

	(void)state;
	request_seal(&b, zero, SLICE("request"));
	assert_false(buf_ok(&b));
}

static void
test_no_memory(void **state)
{
	struct slice sealed = seal(SLICE("request"));
	struct buf b = BUF_INIT(o.arena);

	(void)state;
	arena_fail_at(0);
	assert_int_equal(unseal(sealed), E_NO_MEMORY);
	arena_fail_at(0);
	request_seal(&b, o.box.public_key, SLICE("request"));
	arena_fail_after(SIZE_MAX);
	assert_false(buf_ok(&b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_there_and_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_other_key, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_every_byte, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_form, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_small_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_memory, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("seal", tests, NULL, NULL);
}
