/* Who is believed: offline-activation.md 1, 3.5 and the second step of 5. */
#include "offline/trust.h"
#include "tests/unit/offline_rig.h"

static enum err
trust(struct slice bytes, int64_t now)
{
	struct cose cose;
	enum err err = cose_parse(bytes, &cose);

	return err ? err : trust_object(o.root.public_key, &cose, now);
}

static struct slice
certify(const struct objects_key *by, const struct objects_key *key, enum key_use use,
    int64_t from, int64_t to)
{
	struct claims_certificate c = { from, to, use, { 0 } };
	struct cose_signer signer = { by->secret, by->kid, SLICE_NULL };
	struct buf b = BUF_INIT(o.arena);

	memcpy(c.public_key, key->public_key, KEY_PUBLIC);
	trust_certify(&b, &signer, &c);
	assert_int_equal(buf_finish(&b), E_OK);
	return buf_slice(&b);
}

static struct slice
receipt(const struct objects_key *key, struct slice certificate)
{
	return objects_sign_as(&o, OBJECT_RECEIPT, key, certificate,
	    objects_payload(&o, objects_find("receipt")));
}

static void
test_certificate(void **state)
{
	struct claims_certificate c;

	(void)state;
	assert_int_equal(trust_certificate(o.root.public_key, o.issuing_certificate,
			     KEY_ISSUING, OBJECTS_NOW, &c),
	    E_OK);
	assert_memory_equal(c.public_key, o.issuing.public_key, KEY_PUBLIC);
	assert_true(c.not_before == OBJECTS_NOW - OBJECTS_DAY);
	assert_int_equal(trust_certificate(o.root.public_key, o.box_certificate, KEY_BOX,
			     INT64_MAX, &c),
	    E_OK);
	assert_memory_equal(c.public_key, o.box.public_key, KEY_PUBLIC);
	assert_true(c.use == KEY_BOX && c.not_after == FIELD_NONE);
	assert_true(slice_equal(certify(&o.root, &o.issuing, KEY_ISSUING, c.not_before,
				    OBJECTS_NOW + 730 * OBJECTS_DAY),
	    o.issuing_certificate));
}

static void
test_certificate_refused(void **state)
{
	struct claims_certificate c;
	const int64_t from = OBJECTS_NOW, to = OBJECTS_NOW + 10;
	struct slice bytes = certify(&o.root, &o.issuing, KEY_ISSUING, from, to);

	(void)state;
#define CERTIFICATE(root, bytes, use, now)                                               \
	trust_certificate((root).public_key, bytes, use, now, &c)
	assert_int_equal(CERTIFICATE(o.root, bytes, KEY_ISSUING, from), E_OK);
	assert_int_equal(CERTIFICATE(o.root, bytes, KEY_ISSUING, to - 1), E_OK);
	assert_int_equal(
	    CERTIFICATE(o.root, bytes, KEY_ISSUING, from - 1), E_CERTIFICATE_EXPIRED);
	assert_int_equal(
	    CERTIFICATE(o.root, bytes, KEY_ISSUING, to), E_CERTIFICATE_EXPIRED);
	assert_int_equal(CERTIFICATE(o.root, bytes, KEY_BOX, from), E_NOT_CERTIFIED);
	assert_int_equal(CERTIFICATE(o.other, bytes, KEY_ISSUING, from), E_NOT_CERTIFIED);
	assert_int_equal(
	    CERTIFICATE(o.root, o.box_certificate, KEY_ISSUING, from), E_NOT_CERTIFIED);
	/* an issuing key certifies nobody */
	bytes = certify(&o.issuing, &o.other, KEY_ISSUING, from, to);
	assert_int_equal(CERTIFICATE(o.root, bytes, KEY_ISSUING, from), E_NOT_CERTIFIED);
	/* another object of the root */
	bytes = receipt(&o.root, SLICE_NULL);
	assert_int_equal(CERTIFICATE(o.root, bytes, KEY_ISSUING, from), E_OBJECT_TYPE);
	bytes =
	    objects_sign_as(&o, OBJECT_KEY_CERTIFICATE, &o.root, SLICE_NULL, hex("a0"));
	assert_int_equal(CERTIFICATE(o.root, bytes, KEY_ISSUING, from), E_OBJECT_CLAIM);
	assert_int_equal(
	    CERTIFICATE(o.root, SLICE(""), KEY_ISSUING, from), E_OBJECT_TRUNCATED);
}

static void
test_object(void **state)
{
	struct slice late = certify(
	    &o.root, &o.issuing, KEY_ISSUING, OBJECTS_NOW, OBJECTS_NOW + OBJECTS_DAY);
	struct slice forged =
	    certify(&o.other, &o.other, KEY_ISSUING, OBJECTS_NOW, FIELD_NONE);

	(void)state;
	assert_int_equal(
	    trust(receipt(&o.issuing, o.issuing_certificate), OBJECTS_NOW), E_OK);
	assert_int_equal(trust(receipt(&o.issuing, late), OBJECTS_NOW), E_OK);
	assert_int_equal(trust(receipt(&o.issuing, late), OBJECTS_NOW + OBJECTS_DAY),
	    E_CERTIFICATE_EXPIRED);
	assert_int_equal(
	    trust(receipt(&o.issuing, SLICE_NULL), OBJECTS_NOW), E_NOT_CERTIFIED);
	assert_int_equal(trust(receipt(&o.other, forged), OBJECTS_NOW), E_NOT_CERTIFIED);
	assert_int_equal(
	    trust(receipt(&o.issuing, o.box_certificate), OBJECTS_NOW), E_NOT_CERTIFIED);
	/* by the root itself, and by another key than the certificate's */
	assert_int_equal(
	    trust(receipt(&o.root, SLICE_NULL), OBJECTS_NOW), E_NOT_CERTIFIED);
	assert_int_equal(trust(receipt(&o.other, o.issuing_certificate), OBJECTS_NOW),
	    E_OBJECT_SIGNATURE);
	assert_int_equal(
	    trust(receipt(&o.issuing, hex("a0")), OBJECTS_NOW), E_OBJECT_HEADER);
}

/* Right kid, right key, wrong use in a certificate that the root did sign. */
static void
test_wrong_use(void **state)
{
	struct buf b = BUF_INIT(o.arena);
	struct claims_certificate c = { 0, FIELD_NONE, KEY_BOX, { 0 } };
	struct slice payload;

	(void)state;
	memcpy(c.public_key, o.issuing.public_key, KEY_PUBLIC);
	claims_put_certificate(&b, &c);
	payload = objects_sign_as(
	    &o, OBJECT_KEY_CERTIFICATE, &o.root, SLICE_NULL, buf_slice(&b));
	assert_int_equal(
	    trust(receipt(&o.issuing, payload), OBJECTS_NOW), E_NOT_CERTIFIED);
}

static void
test_small_order_root(void **state)
{
	static const unsigned char zero[KEY_PUBLIC];
	struct cose cose;

	(void)state;
	assert_int_equal(
	    cose_parse(receipt(&o.issuing, o.issuing_certificate), &cose), E_OK);
	assert_int_equal(trust_object(zero, &cose, OBJECTS_NOW), E_NOT_CERTIFIED);
	assert_int_equal(trust_device(zero, &cose), E_OBJECT_SIGNATURE);
}

static void
test_device(void **state)
{
	struct cose cose;

	(void)state;
	assert_int_equal(
	    cose_parse(objects_sign(&o, objects_find("deactivation")), &cose), E_OK);
	assert_int_equal(trust_device(o.device.public_key, &cose), E_OK);
	assert_int_equal(trust_device(o.other.public_key, &cose), E_OBJECT_SIGNATURE);
	assert_int_equal(
	    trust_object(o.root.public_key, &cose, OBJECTS_NOW), E_NOT_CERTIFIED);
	memcpy(cose.kid, o.other.kid, KEY_KID);
	assert_int_equal(trust_device(o.device.public_key, &cose), E_OBJECT_SIGNATURE);
}

/* The outer object and the certificate in it: no changed bit is taken. */
static void
test_every_byte(void **state)
{
	struct slice bytes = objects_sign(&o, objects_find("activation"));
	unsigned char *p = (unsigned char *)arena_str(o.arena, bytes);

	(void)state;
	for (size_t i = 0; i < bytes.n; i++)
		for (int bit = 0; bit < 8; bit++) {
			p[i] ^= (unsigned char)(1 << bit);
			if (trust(slice_of(p, bytes.n), OBJECTS_NOW) == E_OK)
				fail_msg("byte %zu, bit %d", i, bit);
			p[i] ^= (unsigned char)(1 << bit);
		}
	assert_int_equal(trust(slice_of(p, bytes.n), OBJECTS_NOW), E_OK);
}

static void
test_no_memory(void **state)
{
	struct slice bytes = objects_sign(&o, objects_find("activation"));
	enum err err = E_NO_MEMORY;
	size_t n = 0;

	(void)state;
	for (; err != E_OK; n++) {
		arena_fail_at(n);
		err = trust(bytes, OBJECTS_NOW);
		arena_fail_after(SIZE_MAX);
		assert_true(err == E_OK || err == E_NO_MEMORY);
	}
	assert_true(n > 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_certificate, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_certificate_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_object, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_wrong_use, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_small_order_root, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_device, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_every_byte, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_memory, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("trust", tests, NULL, NULL);
}
