/* liblicet: each step of offline-activation.md 5 has its own error, in its order. */
#include "licet_rig.h"

static struct licet *device;
static struct claims_request waiting;

/* A request waits; terms() answers it. */
static void
ask(void)
{
	keygen();
	device = open_at(0);
	waiting = vendor_request(&vendor, request(device, false));
}

static struct claims_activation
terms(void)
{
	return vendor_terms(&vendor, &waiting);
}

static enum licet_err
verify(const struct claims_activation *a)
{
	struct slice bytes = vendor_activation(&vendor, a);

	return licet_verify(device, bytes.p, bytes.n, NULL);
}

static const char *
why(void)
{
	static char text[LICET_EXPLAIN_MAX];

	return licet_explain(device, text, sizeof(text));
}

static void
refused(enum licet_err got, enum licet_err wanted, const char *evidence)
{
	assert_int_equal(got, wanted);
	assert_non_null(strstr(why(), licet_err_name(wanted)));
	assert_non_null(strstr(why(), evidence));
}

static void
end(void)
{
	licet_close(device);
}

/* Everything is wrong with it; right things are then put in from the front. */
static void
test_order(void **state)
{
	struct claims_activation a;
	struct claims_license gone;
	struct slice certificate, bytes;
	struct claims_revocations list = { .vendor = 1, .issued_at = T0, .sequence = 3 };
	uint64_t serial;

	(void)state;
	ask();
	certificate = vendor.issuing_certificate;
	gone = vendor.license;
	gone.until = T0 - 1;
	a = terms();
	serial = a.serial;
	list.serials = &serial;
	list.n_serials = 1;
	bytes = vendor_revocations(&vendor, &list);
	assert_int_equal(licet_install(device, bytes.p, bytes.n, NULL), LICET_OK);
	a.licenses = &gone;
	a.product = SLICE("other");
	a.device[0] ^= 1;
	a.device_key[0] ^= 1;
	a.request[0] ^= 1;
	a.not_before = T0 + DAY;
	a.lease_until = T0;
	vendor.issuing_certificate =
	    vendor_certify(&vendor, &vendor.issuing, KEY_ISSUING, 1, 2);
	bytes = vendor_activation(&vendor, &a);
	assert_int_equal(
	    licet_verify(device, bytes.p, bytes.n - 1, NULL), LICET_E_FORMAT);
	refused(verify(&a), LICET_E_CERTIFICATE, "Time: 2026-03-01 12:00 UTC");
	vendor.issuing_certificate = certificate;
	refused(verify(&a), LICET_E_PRODUCT, "Its product: other. This program: editor");
	a.product = SLICE("editor");
	refused(verify(&a), LICET_E_DEVICE, "This machine's hardware id: pc-2");
	a.device[0] ^= 1;
	refused(verify(&a), LICET_E_DEVICE_KEY, "Its device key: ");
	a.device_key[0] ^= 1;
	refused(verify(&a), LICET_E_REQUEST, "Waiting here: ");
	a.request[0] ^= 1;
	refused(verify(&a), LICET_E_REVOKED, "Revoked: the serial, by list 3");
	a.serial++;
	refused(verify(&a), LICET_E_NOT_YET, "Begins: 2026-03-02 12:00 UTC");
	a.not_before = T0;
	refused(verify(&a), LICET_E_LEASE, "Lease until: 2026-03-01 12:00 UTC");
	a.lease_until = T0 + 1;
	refused(verify(&a), LICET_E_EXPIRED, "Valid until: 2026-03-01 11:59 UTC");
	gone.grace_hours = 1;
	assert_int_equal(verify(&a), LICET_OK);
	end();
}

static void
test_sequence(void **state)
{
	struct claims_activation a;
	struct slice bytes;

	(void)state;
	ask();
	vendor.sequence = 5;
	a = terms();
	bytes = vendor_activation(&vendor, &a);
	assert_int_equal(licet_install(device, bytes.p, bytes.n, NULL), LICET_OK);
	a.sequence--;
	a.lease_until = T0 - 1;
	assert_int_equal(verify(&a), LICET_E_SEQUENCE);
	assert_non_null(strstr(why(), "Its sequence: 5. Accepted before: 6"));
	end();
}

static void
test_signature(void **state)
{
	struct claims_activation a;
	struct slice bytes, certificate;
	struct vendor other;

	(void)state;
	ask();
	a = terms();
	certificate = vendor.issuing_certificate;
	vendor.issuing_certificate = SLICE_NULL;
	refused(verify(&a), LICET_E_SIGNATURE, "Signing key: ");
	/* A box key's certificate is no leave to sign. */
	vendor.issuing_certificate =
	    vendor_certify(&vendor, &vendor.box, KEY_BOX, 1, FIELD_NONE);
	assert_int_equal(verify(&a), LICET_E_SIGNATURE);
	vendor.issuing_certificate = certificate;
	vendor_open(&other, 2, T0);
	bytes = vendor_activation(&other, &a);
	assert_int_equal(licet_verify(device, bytes.p, bytes.n, NULL), LICET_E_SIGNATURE);
	/* The right certificate with a stranger's signature. */
	other.issuing_certificate = certificate;
	bytes = vendor_activation(&other, &a);
	assert_int_equal(licet_verify(device, bytes.p, bytes.n, NULL), LICET_E_SIGNATURE);
	vendor_close(&other);
	end();
}

static void
test_type(void **state)
{
	struct buf payload = BUF_INIT(vendor.arena);
	struct claims_checkpoint checkpoint = { .vendor = 1, .issued_at = T0, .seq = 1 };
	struct slice bytes;
	char *text;

	(void)state;
	ask();
	text = request(device, false);
	assert_int_equal(licet_verify(device, text, strlen(text), NULL), LICET_E_TYPE);
	assert_non_null(strstr(why(), "sealed request"));
	bytes = vendor.box_certificate;
	assert_int_equal(licet_verify(device, bytes.p, bytes.n, NULL), LICET_E_TYPE);
	claims_put_checkpoint(&payload, &checkpoint);
	bytes = vendor_sign(&vendor, OBJECT_CHECKPOINT, &payload);
	assert_int_equal(licet_verify(device, bytes.p, bytes.n, NULL), LICET_E_TYPE);
	/* A label that says another kind. */
	bytes = vendor_answer(&vendor, text);
	text = vendor_armor(&vendor, OBJECT_RECEIPT, bytes);
	assert_int_equal(licet_verify(device, text, strlen(text), NULL), LICET_E_TYPE);
	text = vendor_armor(&vendor, OBJECT_ACTIVATION, bytes);
	assert_int_equal(licet_verify(device, text, strlen(text), NULL), LICET_OK);
	end();
}

/* In an online answer no request is named, and no device key when there was none. */
static void
test_online(void **state)
{
	struct claims_activation a;

	(void)state;
	ask();
	a = terms();
	a.has_request = false;
	assert_int_equal(verify(&a), LICET_OK);
	a.has_device_key = false;
	assert_int_equal(verify(&a), LICET_OK);
	a.has_request = true;
	refused(verify(&a), LICET_E_DEVICE_KEY, "no device key");
	end();
}

static void
test_revoked(void **state)
{
	unsigned char digest[1][CLAIMS_DIGEST], kid[1][KEY_KID];
	struct claims_revocations list = { .vendor = 1, .issued_at = T0 };
	struct claims_activation a;
	struct slice bytes, lower;
	const char *names[] = { "signing key", "device" };

	(void)state;
	ask();
	a = terms();
	memcpy(digest[0], a.device, CLAIMS_DIGEST);
	memcpy(kid[0], vendor.issuing.kid, KEY_KID);
	list.next_update = T0 + DAY;
	list.devices = digest;
	list.n_devices = 1;
	list.sequence = 4;
	bytes = vendor_revocations(&vendor, &list);
	list.sequence = 3;
	lower = vendor_revocations(&vendor, &list);
	assert_int_equal(licet_install(device, bytes.p, bytes.n, NULL), LICET_OK);
	assert_int_equal(verify(&a), LICET_E_REVOKED);
	assert_non_null(strstr(why(), names[1]));
	assert_non_null(strstr(why(), "list 4"));
	assert_int_equal(licet_install(device, lower.p, lower.n, NULL), LICET_E_SEQUENCE);
	assert_int_equal(licet_install(device, bytes.p, bytes.n, NULL), LICET_OK);
	/* Another machine's digest revokes nothing here; the key of the list itself does.
	 */
	digest[0][0] ^= 1;
	list.sequence = 5;
	list.kids = kid;
	list.n_kids = 1;
	bytes = vendor_revocations(&vendor, &list);
	assert_int_equal(licet_install(device, bytes.p, bytes.n, NULL), LICET_OK);
	assert_int_equal(verify(&a), LICET_E_REVOKED);
	assert_non_null(strstr(why(), names[0]));
	list.sequence = 6;
	bytes = vendor_revocations(&vendor, &list);
	assert_int_equal(licet_verify(device, bytes.p, bytes.n, NULL), LICET_E_REVOKED);
	end();
}

/* An activation that runs is stopped by the list. */
static void
test_revoked_installed(void **state)
{
	struct claims_revocations list = {
		.vendor = 1, .issued_at = T0, .sequence = 1, .next_update = T0 - DAY
	};
	uint64_t serial = 1;
	struct licet_status s = { .size = sizeof(s) };
	struct slice bytes;

	(void)state;
	keygen();
	device = open_at(0);
	activate(device);
	list.serials = &serial;
	list.n_serials = 1;
	bytes = vendor_revocations(&vendor, &list);
	assert_int_equal(licet_install(device, bytes.p, bytes.n, &s), LICET_OK);
	assert_true(s.kind == LICET_REVOCATIONS && s.sequence == 1);
	assert_int_equal(licet_check(device, &s), LICET_E_REVOKED);
	assert_true(s.kind == LICET_ACTIVATION && s.serial == 1);
	assert_int_equal(unlink(at("revocations.lrev")), 0);
	assert_int_equal(licet_check(device, NULL), LICET_E_STATE);
	assert_int_equal(licet_install(device, bytes.p, bytes.n, NULL), LICET_OK);
	assert_int_equal(licet_check(device, NULL), LICET_E_REVOKED);
	end();
}

/* The answer on another machine, with its own key and with a copy of this one's. */
static void
test_other_machine(void **state)
{
	struct licet_options o = { .size = sizeof(o), .dir = dir, .hardware_id = "pc-3" };
	struct slice a;

	(void)state;
	ask();
	a = vendor_answer(&vendor, request(device, false));
	end();
	assert_int_equal(licet_open(&device, &o), LICET_OK);
	assert_int_equal(licet_install(device, a.p, a.n, NULL), LICET_E_DEVICE);
	assert_non_null(strstr(why(), "pc-3"));
	end();
	assert_int_equal(system(arena_printf(vendor.arena, "rm -rf '%s'/*", dir)), 0);
	keygen();
	device = open_at(0);
	assert_int_equal(licet_install(device, a.p, a.n, NULL), LICET_E_DEVICE_KEY);
	end();
}

/* Whatever byte is another one, nothing is accepted. */
static void
test_each_byte(void **state)
{
	struct slice a, installed;
	char *copy;
	size_t counts[LICET_E_BUSY + 1] = { 0 };

	(void)state;
	ask();
	a = vendor_answer(&vendor, request(device, false));
	copy = arena_alloc(vendor.arena, a.n);
	memcpy(copy, a.p, a.n);
	for (size_t i = 0; i < a.n; i++)
		for (int bit = 0; bit < 8; bit += 7) {
			copy[i] = (char)(a.p[i] ^ 1 << bit);
			counts[licet_verify(device, copy, a.n, NULL)]++;
			copy[i] = a.p[i];
		}
	assert_int_equal(counts[LICET_OK], 0);
	assert_int_equal(
	    counts[LICET_E_FORMAT] + counts[LICET_E_SIGNATURE] + counts[LICET_E_TYPE],
	    2 * a.n);
	assert_true(counts[LICET_E_SIGNATURE] > a.n / 2);
	/* Installed, and edited in its file. */
	assert_int_equal(licet_install(device, a.p, a.n, NULL), LICET_OK);
	installed = read_file("activation.lact");
	for (size_t i = 0; i < installed.n; i++) {
		((char *)(uintptr_t)installed.p)[i] ^= 1;
		write_file("activation.lact", installed);
		assert_int_not_equal(licet_check(device, NULL), LICET_OK);
		((char *)(uintptr_t)installed.p)[i] ^= 1;
	}
	write_file("activation.lact", installed);
	assert_int_equal(licet_check(device, NULL), LICET_OK);
	end();
}

/* The same as a text file. */
static void
test_each_symbol(void **state)
{
	struct slice a;
	char *text;

	(void)state;
	ask();
	a = vendor_answer(&vendor, request(device, false));
	text = vendor_armor(&vendor, OBJECT_ACTIVATION, a);
	assert_int_equal(licet_verify(device, text, strlen(text), NULL), LICET_OK);
	for (size_t i = 0, n = strlen(text); i < n - 1; i++)
		for (int bit = 1; bit < 256; bit *= 2) {
			text[i] = (char)(text[i] ^ bit);
			assert_int_not_equal(
			    licet_verify(device, text, n, NULL), LICET_OK);
			text[i] = (char)(text[i] ^ bit);
		}
	end();
}

static void
test_lengths(void **state)
{
	struct slice a;
	static char large[2 * 65536 + 1];

	(void)state;
	ask();
	a = vendor_answer(&vendor, request(device, false));
	for (size_t n = 0; n < a.n; n++)
		assert_int_equal(licet_verify(device, a.p, n, NULL), LICET_E_FORMAT);
	memcpy(large, a.p, a.n);
	assert_int_equal(licet_verify(device, large, a.n + 1, NULL), LICET_E_FORMAT);
	assert_int_equal(licet_verify(device, large, 65537, NULL), LICET_E_FORMAT);
	assert_int_equal(
	    licet_verify(device, large, sizeof(large), NULL), LICET_E_FORMAT);
	end();
}

static void
test_times(void **state)
{
	struct claims_activation a;
	struct slice bytes;

	(void)state;
	ask();
	a = terms();
	a.lease_until = T0 + 10 * DAY;
	vendor.license.until = T0 + 20 * DAY;
	vendor.license.grace_hours = 48;
	bytes = vendor_activation(&vendor, &a);
	assert_int_equal(licet_install(device, bytes.p, bytes.n, NULL), LICET_OK);
	end();
	assert_int_equal(check_at(T0 + 10 * DAY - 1), LICET_OK);
	assert_int_equal(check_at(T0 + 10 * DAY), LICET_E_LEASE);
	/* The clock set back: a day is let pass, but the lease stays over. */
	assert_int_equal(check_at(T0 + 9 * DAY), LICET_E_LEASE);
	assert_int_equal(check_at(T0 + 9 * DAY - 1), LICET_E_CLOCK);
	device = open_at(T0);
	assert_int_equal(licet_check(device, NULL), LICET_E_CLOCK);
	assert_non_null(strstr(why(), "Clock: 2026-03-01 12:00 UTC"));
	assert_non_null(strstr(why(), "Highest time seen: 2026-03-11 12:00 UTC"));
	end();
}

static void
test_license_end(void **state)
{
	struct licet_status s = { .size = sizeof(s) };

	(void)state;
	keygen();
	vendor.license.until = T0 + 2 * DAY;
	vendor.license.grace_hours = 24;
	device = open_at(0);
	activate(device);
	end();
	assert_int_equal(check_at(T0 + 3 * DAY - 1), LICET_OK);
	device = open_at(T0 + 3 * DAY);
	assert_int_equal(licet_check(device, &s), LICET_E_EXPIRED);
	assert_true(s.n_licenses == 1 && s.licenses[0].expired);
	assert_non_null(strstr(why(), "Valid until: 2026-03-03 12:00 UTC"));
	end();
}

/* The time of an accepted object is time seen. */
static void
test_object_time(void **state)
{
	struct slice a;

	(void)state;
	ask();
	vendor.now = T0 + 3 * HOUR;
	a = vendor_answer(&vendor, request(device, false));
	assert_int_equal(licet_install(device, a.p, a.n, NULL), LICET_OK);
	end();
	assert_int_equal(check_at(T0 + 3 * HOUR - DAY), LICET_OK);
	assert_int_equal(check_at(T0 + 3 * HOUR - DAY - 1), LICET_E_CLOCK);
	/* Of one that says to be from far ahead nothing is kept while it is only looked
	 * at. */
	device = open_at(T0);
	vendor.now = T0 + 30 * DAY;
	a = vendor_answer(&vendor, request(device, true));
	assert_int_equal(licet_verify(device, a.p, a.n, NULL), LICET_E_CLOCK);
	assert_int_equal(licet_install(device, a.p, a.n, NULL), LICET_E_CLOCK);
	assert_int_equal(licet_check(device, NULL), LICET_OK);
	end();
}

static void
test_certificate_ends(void **state)
{
	(void)state;
	vendor.issuing_certificate =
	    vendor_certify(&vendor, &vendor.issuing, KEY_ISSUING, T0 - DAY, T0 + 5 * DAY);
	keygen();
	device = open_at(0);
	activate(device);
	end();
	assert_int_equal(check_at(T0 + 5 * DAY - 1), LICET_OK);
	assert_int_equal(check_at(T0 + 5 * DAY), LICET_E_CERTIFICATE);
	assert_int_equal(check_at(T0 + 4 * DAY), LICET_E_CERTIFICATE);
}

static void
test_receipt(void **state)
{
	struct claims_receipt r = { .vendor = 1, .issued_at = T0, .serial = 1 };
	struct buf payload = BUF_INIT(vendor.arena);
	struct slice bytes;
	char *proof;

	(void)state;
	keygen();
	device = open_at(0);
	activate(device);
	assert_int_equal(licet_deactivate(device, 0, &proof), LICET_OK);
	claims_device_digest(SLICE("pc-2"), r.device);
	claims_put_receipt(&payload, &r);
	bytes = vendor_sign(&vendor, OBJECT_RECEIPT, &payload);
	refused(licet_install(device, bytes.p, bytes.n, NULL), LICET_E_REQUEST,
	    "it confirms a proof that was not made here");
	claims_device_digest(SLICE("pc-3"), r.device);
	buf_clear(&payload);
	claims_put_receipt(&payload, &r);
	bytes = vendor_sign(&vendor, OBJECT_RECEIPT, &payload);
	assert_int_equal(licet_install(device, bytes.p, bytes.n, NULL), LICET_E_DEVICE);
	licet_free(proof);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = { ALL(test_order), ALL(test_sequence),
		ALL(test_signature), ALL(test_type), ALL(test_online), ALL(test_revoked),
		ALL(test_revoked_installed), ALL(test_other_machine), ALL(test_each_byte),
		ALL(test_each_symbol), ALL(test_lengths), ALL(test_times),
		ALL(test_license_end), ALL(test_object_time), ALL(test_certificate_ends),
		ALL(test_receipt) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
