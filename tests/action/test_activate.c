/* activate_license: effects, idempotence, users, device keys. */
#include "tests/action/prelude.h"

static int64_t
sell(struct fixture *f, struct license *license)
{
	*license = fixture_draft(fixture_product(f, "p1", AM_LICENSE_KEY), FIXTURE_KEY);
	license->terms.max_activations = 2;
	fixture_issue(f, license);
	fixture_ask_key(f, "p1", FIXTURE_KEY);
	return license->o.id;
}

static void
test_first_activation(void **state)
{
	struct fixture *f = *state;
	struct license license =
	    fixture_draft(fixture_product(f, "p1", AM_LICENSE_KEY), FIXTURE_KEY);
	struct license_feature feature = { 0 };
	struct device device;
	int64_t id, until;

	license.terms.license_type = LT_TIME_LIMITED;
	license.terms.valid_duration = SLICE("1y");
	license.terms.enable_maintenance_period = true;
	license.terms.maintenance_duration = SLICE("30d");
	id = fixture_issue(f, &license);
	fixture_feature(f, id, "pdf", FT_ACTIVATION);
	feature.license_id = id;
	feature.code = SLICE("pdf");
	fixture_find(f, T_LICENSE_FEATURE, &feature);
	feature.terms.valid_duration = SLICE("1m");
	fixture_put(f, T_LICENSE_FEATURE, &feature);
	fixture_ask_key(f, "p1", "aaaa-bbbb-cccc-dddd ");
	f->req.facts.hostname = SLICE("desk");
	f->req.peer_address = SLICE("192.0.2.9");
	assert_err(fixture_activate(f, "hw-1"), E_OK);

	assert_true(clock_add(f->now, SLICE("1y"), &until));
	license = fixture_license(f, id);
	assert_int_equal(license.validity_period, until);
	assert_int_equal(license.maintenance_period, f->now + 30 * CLOCK_DAY);
	assert_int_equal(license.first_activated_at, f->now);
	assert_int_equal(license.times_activated, 1);
	assert_int_equal(license.seats_used, 1);
	fixture_find(f, T_LICENSE_FEATURE, &feature);
	assert_true(clock_add(f->now, SLICE("1m"), &until));
	assert_int_equal(feature.expiry_date, until);

	assert_int_equal(f->res.n, 1);
	assert_int_equal(f->res.view[0].license.times_activated, 1);
	assert_int_equal(f->res.view[0].features[0].expiry_date, until);
	assert_true(slice_is(f->res.view[0].activation.facts.hostname, "desk"));
	assert_true(slice_is(f->res.view[0].activation.peer_address, "192.0.2.9"));
	assert_int_equal(f->res.view[0].activation.activation_count, 1);
	assert_int_equal(
	    f->res.view[0].default_policy.product_id, f->res.view[0].product.o.id);
	fixture_get(f, T_DEVICE, f->res.view[0].activation.device_id, &device);
	assert_int_equal(device.uuid.n, 36);
	assert_true(slice_is(device.hardware_id, "hw-1"));
	assert_int_equal(device.first_seen_at, f->now);

	f->now += CLOCK_DAY;
	assert_err(fixture_deactivate(f, "hw-1"), E_OK);
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	assert_int_equal(fixture_license(f, id).first_activated_at, f->now - CLOCK_DAY);
	fixture_find(f, T_LICENSE_FEATURE, &feature);
	assert_int_equal(feature.expiry_date, until);
}

static void
test_idempotent(void **state)
{
	struct fixture *f = *state;
	struct license license, after;
	struct activation first, second;
	int64_t id = sell(f, &license), entries;

	assert_err(fixture_activate(f, "hw-1"), E_OK);
	first = f->res.view[0].activation;
	license = fixture_license(f, id);
	entries = fixture_count(f, T_AUDIT);
	f->now += CLOCK_MINUTE;
	f->req.facts.app_ver = SLICE("2.0");
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	second = fixture_row(f, id, "hw-1");
	after = fixture_license(f, id);
	assert_int_equal(second.o.id, first.o.id);
	assert_int_equal(f->res.view[0].activation.o.id, first.o.id);
	assert_int_equal(second.activation_count, 1);
	assert_int_equal(second.last_seen_at, f->now);
	assert_true(slice_is(second.facts.app_ver, "2.0"));
	assert_int_equal(after.times_activated, license.times_activated);
	assert_int_equal(after.seats_used, license.seats_used);
	assert_int_equal(after.transfer_count, license.transfer_count);
	assert_int_equal(after.o.revision, license.o.revision);
	assert_int_equal(fixture_count(f, T_AUDIT), entries);
	assert_int_equal(fixture_count(f, T_DEVICE), 1);
}

static void
test_facts_kept(void **state)
{
	struct fixture *f = *state;
	struct license license;
	int64_t id = sell(f, &license);

	f->req.facts.os_ver = SLICE("12");
	f->req.facts.is_vm = true;
	f->req.has_is_vm = true;
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	fixture_ask_key(f, "p1", FIXTURE_KEY);
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	assert_true(slice_is(fixture_row(f, id, "hw-1").facts.os_ver, "12"));
	assert_true(fixture_row(f, id, "hw-1").facts.is_vm);
	f->req.has_is_vm = true;
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	assert_false(fixture_row(f, id, "hw-1").facts.is_vm);
}

static void
test_customer_account_of_device(void **state)
{
	struct fixture *f = *state;
	struct license license;
	struct customer customer = { .email = SLICE_NULL };
	struct customer_account account;
	struct device device = { .uuid = SLICE_NULL };
	int64_t id = sell(f, &license), buyer = fixture_customer(f, "ops@example.com");

	field_clear(&customer_account_table, &account);
	account.code = account.name = SLICE("acme");
	fixture_add(f, T_CUSTOMER_ACCOUNT, &account);
	fixture_get(f, T_CUSTOMER, buyer, &customer);
	customer.customer_account_id = account.o.id;
	fixture_put(f, T_CUSTOMER, &customer);
	fixture_sell(f, id, buyer);
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	fixture_get(f, T_DEVICE, f->res.view[0].activation.device_id, &device);
	assert_int_equal(device.customer_account_id, account.o.id);
	assert_true(f->res.view[0].has_customer);
	assert_true(f->res.view[0].has_account);
	assert_true(slice_is(f->res.view[0].account.code, "acme"));
}

/* 9.1, device_uuid: an imported device learns the hardware_id of its application. */
static void
test_device_uuid(void **state)
{
	static const char uuid[] = "0b0c1d9e-6f3a-4e55-9a7d-2f1f0a3c5b77";
	struct fixture *f = *state;
	struct license license;
	struct customer customer;
	struct customer_account account;
	struct device device;
	int64_t id = sell(f, &license), buyer = fixture_customer(f, "ops@example.com");

	field_clear(&customer_account_table, &account);
	account.code = account.name = SLICE("acme");
	fixture_add(f, T_CUSTOMER_ACCOUNT, &account);
	field_clear(&device_table, &device);
	device.uuid = slice_str(uuid);
	device.customer_account_id = account.o.id;
	fixture_add(f, T_DEVICE, &device);
	fixture_sell(f, id, buyer);
	f->req.device_uuid = SLICE("0B0C1D9E-6F3A-4E55-9A7D-2F1F0A3C5B77");
	assert_err(fixture_activate(f, "hw-1"), E_DEVICE_NOT_FOUND);
	fixture_get(f, T_CUSTOMER, buyer, &customer);
	customer.customer_account_id = account.o.id;
	fixture_put(f, T_CUSTOMER, &customer);
	for (int again = 0; again < 2; again++) {
		assert_err(fixture_activate(f, "hw-1"), E_OK);
		assert_int_equal(f->res.view[0].activation.device_id, device.o.id);
		assert_int_equal(fixture_license(f, id).seats_used, 1);
	}
	fixture_get(f, T_DEVICE, device.o.id, &device);
	assert_true(slice_is(device.hardware_id, "hw-1"));
	assert_err(fixture_activate(f, "hw-2"), E_DEVICE_NOT_FOUND);
	f->req.device_uuid = SLICE("00000000-0000-0000-0000-000000000000");
	assert_err(fixture_activate(f, "hw-1"), E_DEVICE_NOT_FOUND);
	assert_int_equal(fixture_license(f, id).seats_used, 1);
}

static void
test_variables(void **state)
{
	struct fixture *f = *state;
	struct license license;
	struct pair first[] = { { SLICE("a"), SLICE("1") }, { SLICE("b"), SLICE("2") } };
	struct pair second[] = { { SLICE("b"), SLICE("3") } };
	struct variable v;
	int64_t id = sell(f, &license), made = f->now;

	f->req.has_variables = true;
	f->req.variables = first;
	f->req.n_variables = 2;
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	assert_int_equal(f->res.view[0].n_variables, 2);
	assert_true(slice_is(f->res.view[0].variables[0].variable, "a"));
	f->now += CLOCK_SECOND;
	f->req.variables = second;
	f->req.n_variables = 1;
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	assert_int_equal(f->res.view[0].n_variables, 1);
	v = f->res.view[0].variables[0];
	assert_true(slice_is(v.value, "3"));
	assert_int_equal(v.created_at, made);
	assert_int_equal(v.activation_id, fixture_row(f, id, "hw-1").o.id);
	assert_int_equal(fixture_count(f, T_VARIABLE), 2);
}

static void
test_too_many_variables(void **state)
{
	struct fixture *f = *state;
	struct license license;
	struct pair pairs[129];

	sell(f, &license);
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		pairs[i] =
		    (struct pair){ slice_str(arena_printf(f->arena, "v%d", (int)i)),
			    SLICE("x") };
	f->req.has_variables = true;
	f->req.variables = pairs;
	f->req.n_variables = 129;
	assert_err(fixture_activate(f, "hw-1"), E_VALIDATION);
	assert_int_equal(fixture_count(f, T_ACTIVATION), 0);
	f->req.n_variables = 128;
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	f->req.variables = &pairs[128];
	f->req.n_variables = 1;
	assert_err(fixture_activate(f, "hw-1"), E_VALIDATION);
}

static void
test_user_totals(void **state)
{
	struct fixture *f = *state;
	struct license license = fixture_draft(fixture_product(f, "p1", AM_USER), NULL);
	int64_t id, ana = fixture_user(f, "Ana@Example.com"),
		    ivo = fixture_user(f, "ivo@example.com");

	license.terms.max_activations = 9;
	id = fixture_issue(f, &license);
	fixture_assign(f, id, ana, 2);
	fixture_assign(f, id, ivo, -1);
	fixture_ask_user(f, "p1", "ana@example.com");
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	assert_err(fixture_activate(f, "hw-2"), E_OK);
	assert_int_equal(fixture_assignment(f, id, ana).total_activations, 2);
	assert_int_equal(f->res.view[0].assignment.total_activations, 2);
	assert_true(f->res.view[0].has_user);
	assert_err(fixture_activate(f, "hw-3"), E_LICENSE_USER_ACTIVATED_MAX_TIMES);
	assert_int_equal(fixture_row(f, id, "hw-1").user_id, ana);

	fixture_ask_user(f, "p1", "ivo@example.com");
	assert_err(fixture_activate(f, "hw-1"), E_LICENSE_DEVICE_EXISTS);
	assert_err(fixture_activate(f, "hw-3"), E_OK);
	assert_err(fixture_deactivate(f, "hw-2"), E_DEVICE_NOT_FOUND);
	fixture_ask_user(f, "p1", " ANA@example.com");
	assert_err(fixture_deactivate(f, "hw-2"), E_OK);
	assert_int_equal(fixture_assignment(f, id, ana).total_activations, 1);
	assert_int_equal(fixture_assignment(f, id, ivo).total_activations, 1);
	assert_err(fixture_activate(f, "hw-4"), E_OK);
	assert_int_equal(fixture_recount(f, id), 0);
}

static void
test_adoption(void **state)
{
	struct fixture *f = *state;
	struct license license = fixture_draft(fixture_product(f, "p1", AM_USER), NULL);
	struct activation row;
	int64_t id, ana = fixture_user(f, "ana@example.com");

	license.terms.max_activations = 9;
	id = fixture_issue(f, &license);
	fixture_assign(f, id, ana, 1);
	fixture_ask_user(f, "p1", "ana@example.com");
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	row = fixture_row(f, id, "hw-1");
	row.user_id = FIELD_NONE;
	fixture_put(f, T_ACTIVATION, &row);
	assert_err(fixture_activate(f, "hw-1"), E_LICENSE_USER_ACTIVATED_MAX_TIMES);
	fixture_assign(f, id, ana, 1);
	license = fixture_license(f, id);
	license.n_users = 1;
	fixture_put(f, T_LICENSE, &license);
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	assert_int_equal(fixture_row(f, id, "hw-1").user_id, ana);
	assert_int_equal(fixture_assignment(f, id, ana).total_activations, 1);
	assert_int_equal(fixture_license(f, id).times_activated, 1);
	assert_int_equal(fixture_recount(f, id), 0);
}

static void
test_reserved(void **state)
{
	struct fixture *f = *state;
	struct license license;
	struct activation row;
	int64_t id = sell(f, &license);

	assert_err(fixture_activate(f, "hw-1"), E_OK);
	row = fixture_row(f, id, "hw-1");
	license = fixture_license(f, id);
	row.state = AS_RESERVED;
	license.times_activated = 0;
	license.terms.max_activations = 1;
	license.terms.max_transfers = -1;
	fixture_put(f, T_ACTIVATION, &row);
	fixture_put(f, T_LICENSE, &license);
	assert_err(fixture_activate(f, "hw-2"), E_LICENSE_ACTIVATED_MAX_TIMES);
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	assert_int_equal(fixture_license(f, id).seats_used, 1);
	assert_int_equal(fixture_license(f, id).times_activated, 1);
	assert_int_equal(fixture_recount(f, id), 0);
}

static void
test_device_key(void **state)
{
	struct fixture *f = *state;
	struct license license;
	struct slice one = SLICE("11111111111111111111111111111111"),
		     two = SLICE("22222222222222222222222222222222");
	struct activation row;
	int64_t id = sell(f, &license);

	assert_err(fixture_activate(f, "hw-1"), E_OK);
	assert_null(fixture_row(f, id, "hw-1").device_key.p);
	f->req.device_key = one;
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	assert_true(slice_equal(fixture_row(f, id, "hw-1").device_key, one));
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	f->req.device_key = two;
	assert_err(fixture_activate(f, "hw-1"), E_LICENSE_DEVICE_EXISTS);
	f->req.device_key = SLICE_NULL;
	assert_err(fixture_activate(f, "hw-1"), E_LICENSE_DEVICE_EXISTS);
	assert_err(fixture_deactivate(f, "hw-1"), E_OK);
	f->req.device_key = two;
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	assert_true(slice_equal(fixture_row(f, id, "hw-1").device_key, two));

	row = fixture_row(f, id, "hw-1");
	row.offline = true;
	fixture_put(f, T_ACTIVATION, &row);
	f->req.device_key = one;
	assert_err(fixture_deactivate(f, "hw-1"), E_DEVICE_PROOF_INVALID);
	f->req.device_key = two;
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	assert_false(fixture_row(f, id, "hw-1").offline);
	row.lease_until = f->now;
	fixture_put(f, T_ACTIVATION, &row);
	f->req.device_key = SLICE_NULL;
	assert_err(fixture_deactivate(f, "hw-1"), E_OK);
}

static void
test_revoked_comes_back(void **state)
{
	struct fixture *f = *state;
	struct license license;
	struct activation row;
	int64_t id = sell(f, &license);

	assert_err(fixture_activate(f, "hw-1"), E_OK);
	row = fixture_row(f, id, "hw-1");
	row.revoked_at = f->now;
	fixture_put(f, T_ACTIVATION, &row);
	assert_err(fixture_check(f, "hw-1"), E_LICENSE_NOT_ACTIVE);
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	assert_err(fixture_check(f, "hw-1"), E_OK);
	assert_int_equal(fixture_license(f, id).seats_used, 1);
}

static void
test_counters_never_overflow(void **state)
{
	struct fixture *f = *state;
	struct license license;
	int64_t id = sell(f, &license);

	license.terms.license_type = LT_TIME_LIMITED;
	license.terms.valid_duration = SLICE("9999y");
	license.o.id = id;
	fixture_put(f, T_LICENSE, &license);
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	assert_int_equal(fixture_license(f, id).validity_period, FIELD_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_first_activation),
		TEST(test_idempotent),
		TEST(test_facts_kept),
		TEST(test_customer_account_of_device),
		TEST(test_device_uuid),
		TEST(test_variables),
		TEST(test_too_many_variables),
		TEST(test_user_totals),
		TEST(test_adoption),
		TEST(test_reserved),
		TEST(test_device_key),
		TEST(test_revoked_comes_back),
		TEST(test_counters_never_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
