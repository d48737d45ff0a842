/* liblicet: the life of an activation, and what the calls ask of their arguments. */
#include "licet_rig.h"

static void
test_life(void **state)
{
	struct licet_status s = { .size = sizeof(s) };
	struct licet *l;
	struct slice a;
	char why[LICET_EXPLAIN_MAX];

	(void)state;
	keygen();
	l = open_at(0);
	assert_int_equal(licet_check(l, &s), LICET_E_NOT_ACTIVATED);
	assert_int_equal(s.kind, 0);
	a = activate(l);
	assert_true(a.n <= 480);
	assert_int_equal(licet_check(l, &s), LICET_OK);
	assert_int_equal(s.kind, LICET_ACTIVATION);
	assert_int_equal(s.serial, 1);
	assert_int_equal(s.sequence, 1);
	assert_string_equal(s.product, "editor");
	assert_int_equal(s.n_licenses, 1);
	assert_int_equal(s.licenses[0].id, 7);
	assert_false(s.licenses[0].expired);
	assert_true(s.lease_until == LICET_NO_TIME && s.trusted_now == T0);
	assert_string_not_equal(s.signer, s.root);
	assert_string_equal(licet_explain(l, why, sizeof(why)), "LICET_OK: All is well.");
	licet_close(l);
	assert_int_equal(check_at(T0 + 1), LICET_OK);
}

static void
test_bundle(void **state)
{
	struct claims_feature feature = { .code = SLICE("export"),
		.type = 2,
		.until = T0 + DAY,
		.max_consumption = 100 };
	struct claims_pair field = { SLICE("color"), SLICE("blue") };
	struct claims_license set[3];
	struct licet_status s = { .size = sizeof(s) };
	struct licet *l;
	struct claims_request r;
	struct claims_activation a;
	struct slice bytes;

	(void)state;
	keygen();
	l = open_at(0);
	r = vendor_request(&vendor, request(l, false));
	a = vendor_terms(&vendor, &r);
	for (int i = 0; i < 3; i++)
		set[i] = vendor.license;
	set[1].product = SLICE("render");
	set[1].until = T0;
	set[1].features = &feature;
	set[1].n_features = 1;
	set[2].until = T0 - HOUR;
	set[2].grace_hours = 2;
	set[2].custom_fields = (struct claims_pairs){ &field, 1 };
	a.licenses = set;
	a.n_licenses = 3;
	bytes = vendor_activation(&vendor, &a);
	assert_int_equal(licet_install(l, bytes.p, bytes.n, NULL), LICET_OK);
	assert_int_equal(licet_check(l, &s), LICET_OK);
	assert_int_equal(s.n_licenses, 3);
	assert_false(s.licenses[0].expired);
	assert_true(s.licenses[1].expired);
	assert_false(s.licenses[2].expired);
	assert_string_equal(s.licenses[1].product, "render");
	assert_string_equal(s.licenses[1].features[0].code, "export");
	assert_int_equal(s.licenses[1].features[0].max_consumption, 100);
	assert_true(s.licenses[0].max_consumptions == LICET_NO_TIME);
	assert_string_equal(s.licenses[2].custom_fields[0].value, "blue");
	licet_close(l);
}

static void
test_request(void **state)
{
	const struct licet_text fact = { "hostname", "desk" },
				variable = { "room", "12" };
	struct licet_request r = { .size = sizeof(r),
		.username = "ann@client.example",
		.password = "secret word",
		.bundle = 1,
		.facts = &fact,
		.n_facts = 1,
		.variables = &variable,
		.n_variables = 1,
		.is_vm = 1,
		.license_id = 12 };
	struct claims_request c;
	struct licet *l;
	char *text;

	(void)state;
	keygen();
	l = open_at(0);
	assert_int_equal(licet_request_make(l, &r, &text), LICET_OK);
	assert_non_null(strstr(text, "BEGIN LICET SEALED REQUEST"));
	c = vendor_request(&vendor, text);
	licet_free(text);
	assert_true(slice_is(c.password, "secret word") && c.bundle && c.is_vm);
	assert_true(slice_is(c.hardware_id, "pc-2") && slice_is(c.product, "editor"));
	assert_true(slice_is(claims_pair_get(&c.facts, "hostname"), "desk"));
	assert_true(slice_is(claims_pair_get(&c.variables, "room"), "12"));
	assert_int_equal(c.action, CLAIMS_ACTIVATE);
	assert_int_equal(c.license_id, 12);
	assert_true(c.sequence == FIELD_NONE && c.consumptions == FIELD_NONE);
	r.refresh = 1;
	assert_int_equal(licet_request_make(l, &r, &text), LICET_E_NOT_ACTIVATED);
	licet_close(l);
}

static void
test_refresh(void **state)
{
	struct licet_request r = {
		.size = sizeof(r), .refresh = 1, .license_key = "K", .consumptions = 5
	};
	struct claims_request c;
	struct licet_status s = { .size = sizeof(s) };
	struct licet *l;
	struct slice first, second;
	char *text;

	(void)state;
	keygen();
	l = open_at(0);
	first = activate(l);
	assert_int_equal(licet_request_make(l, &r, &text), LICET_OK);
	c = vendor_request(&vendor, text);
	assert_int_equal(c.action, CLAIMS_REFRESH);
	assert_int_equal(c.sequence, 1);
	assert_int_equal(c.consumptions, 5);
	second = vendor_answer(&vendor, text);
	licet_free(text);
	assert_int_equal(licet_install(l, second.p, second.n, NULL), LICET_OK);
	assert_int_equal(licet_check(l, &s), LICET_OK);
	assert_int_equal(s.serial, 2);
	assert_int_equal(licet_verify(l, first.p, first.n, NULL), LICET_E_SEQUENCE);
	/* The present one may come again, also when its file got lost. */
	assert_int_equal(licet_install(l, second.p, second.n, NULL), LICET_OK);
	assert_int_equal(unlink(at("activation.lact")), 0);
	assert_int_equal(licet_check(l, NULL), LICET_E_NOT_ACTIVATED);
	assert_int_equal(licet_install(l, second.p, second.n, NULL), LICET_OK);
	assert_int_equal(licet_check(l, NULL), LICET_OK);
	licet_close(l);
}

static void
test_clear_request(void **state)
{
	struct licet_request r = {
		.size = sizeof(r), .username = "ann", .password = "x"
	};
	struct licet *l;
	char *text;

	(void)state;
	assert_int_equal(licet_keygen(dir, vendor.root.public_key, NULL, 0), LICET_OK);
	l = open_at(0);
	assert_int_equal(licet_request_make(l, &r, &text), LICET_E_ARGUMENT);
	assert_null(text);
	assert_non_null(strstr(request(l, false), "BEGIN LICET REQUEST"));
	licet_close(l);
}

static void
test_box_expires(void **state)
{
	struct slice box =
	    vendor_certify(&vendor, &vendor.box, KEY_BOX, T0 - DAY, T0 + DAY);
	struct licet_request r = { .size = sizeof(r), .license_key = "K" };
	struct licet *l;
	char *text;

	(void)state;
	assert_int_equal(
	    licet_keygen(dir, vendor.root.public_key, box.p, box.n), LICET_OK);
	l = open_at(T0 + 2 * DAY);
	assert_int_equal(licet_request_make(l, &r, &text), LICET_E_CERTIFICATE);
	licet_close(l);
}

static void
test_deactivate(void **state)
{
	struct licet_status s = { .size = sizeof(s) };
	struct licet *l;
	struct slice a, receipt;
	unsigned char key[KEY_PUBLIC];
	char *proof, *again, *text, why[LICET_EXPLAIN_MAX];

	(void)state;
	keygen();
	l = open_at(0);
	assert_int_equal(licet_deactivate(l, 0, &proof), LICET_E_NOT_ACTIVATED);
	text = request(l, false);
	memcpy(key, vendor_request(&vendor, text).device_key, KEY_PUBLIC);
	a = vendor_answer(&vendor, text);
	assert_int_equal(licet_install(l, a.p, a.n, NULL), LICET_OK);
	assert_int_equal(licet_deactivate(l, 3, &proof), LICET_OK);
	assert_int_equal(licet_check(l, NULL), LICET_E_NOT_ACTIVATED);
	assert_int_equal(licet_verify(l, a.p, a.n, &s), LICET_E_DEACTIVATED);
	assert_non_null(strstr(licet_explain(l, why, sizeof(why)), "Serial: 1"));
	assert_int_equal(licet_install(l, a.p, a.n, NULL), LICET_E_DEACTIVATED);
	licet_close(l);

	l = open_at(T0 + DAY);
	assert_int_equal(licet_deactivate(l, 9, &again), LICET_OK);
	assert_string_equal(proof, again);
	licet_free(again);
	receipt = vendor_receipt(&vendor, proof, key);
	assert_int_equal(licet_install(l, receipt.p, receipt.n, &s), LICET_OK);
	assert_true(s.kind == LICET_RECEIPT && s.serial == 1);
	assert_int_equal(licet_deactivate(l, 0, &again), LICET_OK);
	assert_string_equal(proof, again);
	licet_free(again);
	licet_free(proof);
	/* A new activation is another one. */
	activate(l);
	assert_int_equal(licet_check(l, NULL), LICET_OK);
	assert_int_equal(licet_verify(l, receipt.p, receipt.n, NULL), LICET_OK);
	licet_close(l);
}

/* Over, revoked or not, a seat can be given back; by its own machine alone. */
static void
test_deactivate_ended(void **state)
{
	struct licet_options o = {
		.size = sizeof(o), .dir = dir, .hardware_id = "pc-3", .now = T0
	};
	struct claims_request r;
	struct claims_activation a;
	struct licet *l;
	struct slice bytes;
	char *proof;

	(void)state;
	keygen();
	l = open_at(0);
	r = vendor_request(&vendor, request(l, false));
	a = vendor_terms(&vendor, &r);
	a.lease_until = T0 + DAY;
	bytes = vendor_activation(&vendor, &a);
	assert_int_equal(licet_install(l, bytes.p, bytes.n, NULL), LICET_OK);
	licet_close(l);
	assert_int_equal(licet_open(&l, &o), LICET_OK);
	assert_int_equal(licet_deactivate(l, 0, &proof), LICET_E_DEVICE);
	licet_close(l);
	l = open_at(T0 + 2 * DAY);
	assert_int_equal(licet_check(l, NULL), LICET_E_LEASE);
	assert_int_equal(licet_deactivate(l, 0, &proof), LICET_OK);
	licet_free(proof);
	licet_close(l);
}

static void
test_two_handles(void **state)
{
	struct licet *a, *b;
	struct slice bytes;

	(void)state;
	keygen();
	a = open_at(0);
	b = open_at(0);
	bytes = vendor_answer(&vendor, request(a, false));
	assert_int_equal(licet_install(b, bytes.p, bytes.n, NULL), LICET_OK);
	assert_int_equal(licet_check(a, NULL), LICET_OK);
	assert_int_equal(licet_check(b, NULL), LICET_OK);
	/* The later request is the one that waits. */
	bytes = vendor_answer(&vendor, request(a, true));
	request(b, true);
	assert_int_equal(licet_install(a, bytes.p, bytes.n, NULL), LICET_E_REQUEST);
	licet_close(a);
	licet_close(b);
}

static void
test_keygen(void **state)
{
	struct slice other, late;
	struct vendor stranger;
	struct stat st;

	(void)state;
	vendor_open(&stranger, 9, T0);
	other = vendor_certify(&vendor, &vendor.box, KEY_ISSUING, T0 - 1, FIELD_NONE);
	late = vendor_certify(&vendor, &vendor.box, KEY_BOX, T0 - 2, T0 - 1);
	assert_int_equal(
	    licet_keygen(dir, vendor.root.public_key, "x", 1), LICET_E_FORMAT);
	assert_int_equal(licet_keygen(dir, stranger.root.public_key,
			     vendor.box_certificate.p, vendor.box_certificate.n),
	    LICET_E_SIGNATURE);
	assert_int_equal(licet_keygen(dir, vendor.root.public_key, late.p, late.n),
	    LICET_E_CERTIFICATE);
	assert_int_not_equal(
	    licet_keygen(dir, vendor.root.public_key, other.p, other.n), LICET_OK);
	assert_int_equal(access(at("device.key"), F_OK), -1);
	keygen();
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat(at("device.key"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_non_null(strstr(read_file("device.key").p, "use: device"));
	assert_int_equal(
	    licet_keygen(dir, vendor.root.public_key, NULL, 0), LICET_E_EXISTS);
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(
	    licet_keygen(dir, vendor.root.public_key, NULL, 0), LICET_E_NOT_PRIVATE);
	vendor_close(&stranger);
}

static void
test_privacy(void **state)
{
	struct licet_options o = { .size = sizeof(o), .dir = dir, .hardware_id = "pc-2" };
	struct licet *l;

	(void)state;
	keygen();
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(licet_open(&l, &o), LICET_E_NOT_PRIVATE);
	assert_int_equal(licet_check(l, NULL), LICET_E_NOT_PRIVATE);
	licet_close(l);
	assert_int_equal(chmod(dir, 0700), 0);
	assert_int_equal(chmod(at("device.key"), 0640), 0);
	assert_int_equal(licet_open(&l, &o), LICET_E_NOT_PRIVATE);
	licet_close(l);
}

static void
test_arguments(void **state)
{
	struct licet_options o = { .size = sizeof(o), .dir = dir, .hardware_id = "pc-2" };
	struct licet_request r = { .size = sizeof(r), .license_key = "K" };
	struct licet_status s = { .size = 1 };
	struct licet *l;
	char *text, why[LICET_EXPLAIN_MAX], tiny[8];

	(void)state;
	assert_int_equal(licet_open(NULL, &o), LICET_E_ARGUMENT);
	assert_int_equal(licet_open(&l, NULL), LICET_E_ARGUMENT);
	licet_close(l);
	o.hardware_id = NULL;
	assert_int_equal(licet_open(&l, &o), LICET_E_ARGUMENT);
	assert_non_null(strstr(licet_explain(l, why, sizeof(why)), "hardware_id"));
	licet_close(l);
	o.hardware_id = "pc-2";
	o.size--;
	assert_int_equal(licet_open(&l, &o), LICET_E_ARGUMENT);
	licet_close(l);
	o.size++;
	/* Before keygen. */
	assert_int_equal(licet_open(&l, &o), LICET_OK);
	assert_int_equal(licet_check(l, NULL), LICET_E_NO_KEY);
	keygen();
	assert_int_equal(licet_check(l, NULL), LICET_E_NOT_ACTIVATED);
	assert_int_equal(licet_check(l, &s), LICET_E_ARGUMENT);
	assert_int_equal(licet_request_make(l, &r, &text), LICET_E_ARGUMENT);
	assert_non_null(strstr(licet_explain(l, why, sizeof(why)), "product"));
	assert_int_equal(licet_verify(l, NULL, 0, NULL), LICET_E_ARGUMENT);
	assert_int_equal(licet_deactivate(l, 0, NULL), LICET_E_ARGUMENT);
	assert_string_equal(licet_explain(l, tiny, sizeof(tiny)), "LICET_E");
	licet_close(l);
	licet_close(NULL);
	licet_free(NULL);
	assert_int_equal(licet_check(NULL, NULL), LICET_E_ARGUMENT);
	assert_non_null(strstr(licet_explain(NULL, why, sizeof(why)), "LICET_E_MEMORY"));
	o.product = "no code";
	assert_int_equal(licet_open(&l, &o), LICET_OK);
	assert_int_equal(licet_request_make(l, &r, &text), LICET_E_ARGUMENT);
	licet_close(l);
}

static void
test_names(void **state)
{
	(void)state;
	for (int e = 0; e <= LICET_E_BUSY; e++)
		assert_string_not_equal(
		    licet_err_name((enum licet_err)e), "LICET_E_UNKNOWN");
	assert_string_equal(licet_err_name(LICET_E_CLOCK), "LICET_E_CLOCK");
	assert_string_equal(licet_err_name((enum licet_err)99), "LICET_E_UNKNOWN");
}

static void
test_root(void **state)
{
	unsigned char root[LICET_KEY_LEN];
	char *pem = vendor_root_pem(&vendor);

	(void)state;
	assert_int_equal(licet_root_parse(pem, strlen(pem), root), LICET_OK);
	assert_memory_equal(root, vendor.root.public_key, sizeof(root));
	assert_int_equal(licet_root_parse(pem, strlen(pem) - 9, root), LICET_E_FORMAT);
	assert_int_equal(licet_root_parse("", 0, root), LICET_E_FORMAT);
	assert_int_equal(licet_root_parse(NULL, 0, root), LICET_E_ARGUMENT);
}

/* What a cut-off write left goes; what others keep in the directory does not. */
static void
test_files_of_others(void **state)
{
	struct licet *l;

	(void)state;
	keygen();
	write_file("report.tmp", SLICE("mine"));
	write_file("stately.tmp", SLICE("mine"));
	write_file("state.0123abcd4567.tmp", SLICE("half"));
	write_file("activation.lact.new.0123abcd4567.tmp", SLICE("half"));
	l = open_at(0);
	activate(l);
	licet_close(l);
	assert_true(file_exists(at("report.tmp")));
	assert_true(file_exists(at("stately.tmp")));
	assert_false(file_exists(at("state.0123abcd4567.tmp")));
	assert_false(file_exists(at("activation.lact.new.0123abcd4567.tmp")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { ALL(test_life), ALL(test_files_of_others),
		ALL(test_bundle), ALL(test_request), ALL(test_refresh),
		ALL(test_clear_request), ALL(test_box_expires), ALL(test_deactivate),
		ALL(test_deactivate_ended), ALL(test_two_handles), ALL(test_keygen),
		ALL(test_privacy), ALL(test_arguments), ALL(test_names), ALL(test_root) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
