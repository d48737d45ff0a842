/* check_license: what it answers, what it writes, floating seats. */
#include "tests/action/prelude.h"

static int64_t
sell_floating(struct fixture *f, int64_t seats)
{
	struct license license =
	    fixture_draft(fixture_product(f, "p1", AM_LICENSE_KEY), FIXTURE_KEY);

	license.terms.max_activations = 9;
	license.terms.is_floating_cloud = true;
	license.terms.floating_users = seats;
	license.terms.floating_timeout = 60;
	fixture_issue(f, &license);
	fixture_ask_key(f, "p1", FIXTURE_KEY);
	for (int i = 1; i <= 4; i++)
		assert_err(fixture_activate(f, arena_printf(f->arena, "hw-%d", i)), E_OK);
	return license.o.id;
}

static int64_t
sell(struct fixture *f, struct license *license)
{
	*license = fixture_draft(fixture_product(f, "p1", AM_LICENSE_KEY), FIXTURE_KEY);
	fixture_issue(f, license);
	fixture_ask_key(f, "p1", FIXTURE_KEY);
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	return license->o.id;
}

static void
test_read_writes_nothing(void **state)
{
	struct fixture *f = *state;
	unsigned char before[32], after[32];
	struct license license;
	int64_t id = sell(f, &license);

	fixture_digest(f, before);
	f->now += CLOCK_DAY;
	f->req.facts.app_ver = SLICE("3");
	assert_err(fixture_check(f, "hw-1"), E_OK);
	fixture_digest(f, after);
	assert_memory_equal(before, after, 32);
	assert_int_equal(f->res.view[0].license.o.id, id);
	assert_int_equal(f->res.now, f->now);
	assert_false(f->res.view[0].has_customer);
}

static void
test_expired_answers(void **state)
{
	struct fixture *f = *state;
	struct license license;

	sell(f, &license);
	license = fixture_license(f, license.o.id);
	license.terms.license_type = LT_TIME_LIMITED;
	license.validity_period = f->now;
	fixture_put(f, T_LICENSE, &license);
	assert_err(fixture_check(f, "hw-1"), E_OK);
	assert_err(fixture_activate(f, "hw-2"), E_LICENSE_EXPIRED);
}

static void
test_floating(void **state)
{
	struct fixture *f = *state;
	int64_t id = sell_floating(f, 2);
	struct activation row;

	assert_int_equal(fixture_row(f, id, "hw-1").floating_until, FIELD_NONE);
	f->req.facts.hostname = SLICE("desk");
	assert_err(fixture_check(f, "hw-1"), E_OK);
	row = fixture_row(f, id, "hw-1");
	assert_int_equal(row.floating_until, f->now + CLOCK_HOUR);
	assert_int_equal(row.check_count, 1);
	assert_int_equal(row.last_seen_at, f->now);
	assert_true(slice_is(row.facts.hostname, "desk"));
	assert_int_equal(f->res.view[0].floating_in_use, 1);
	assert_int_equal(f->res.view[0].activation.floating_until, f->now + CLOCK_HOUR);
	assert_err(fixture_check(f, "hw-2"), E_OK);
	assert_int_equal(f->res.view[0].floating_in_use, 2);
	assert_err(fixture_check(f, "hw-3"), E_FLOATING_NOT_AVAILABLE);
	f->now += CLOCK_HOUR - 1;
	assert_err(fixture_check(f, "hw-2"), E_OK);
	assert_err(fixture_check(f, "hw-3"), E_FLOATING_NOT_AVAILABLE);
	f->now += 1;
	assert_err(fixture_check(f, "hw-3"), E_OK);
	assert_int_equal(f->res.view[0].floating_in_use, 2);
	assert_int_equal(fixture_row(f, id, "hw-1").floating_until, FIELD_NONE);
	assert_err(fixture_check(f, "hw-1"), E_FLOATING_NOT_AVAILABLE);
	assert_int_equal(fixture_recount(f, id), 0);
}

static void
test_seat_ends_with_deactivation(void **state)
{
	struct fixture *f = *state;
	int64_t id = sell_floating(f, 1);

	assert_err(fixture_check(f, "hw-1"), E_OK);
	assert_err(fixture_check(f, "hw-2"), E_FLOATING_NOT_AVAILABLE);
	assert_err(fixture_deactivate(f, "hw-1"), E_OK);
	assert_int_equal(fixture_row(f, id, "hw-1").floating_until, FIELD_NONE);
	assert_err(fixture_check(f, "hw-2"), E_OK);
}

static void
test_borrowed_seat(void **state)
{
	struct fixture *f = *state;
	int64_t id = sell_floating(f, 1);
	struct activation row = fixture_row(f, id, "hw-1");

	row.borrowed_until = f->now + CLOCK_DAY;
	fixture_put(f, T_ACTIVATION, &row);
	f->now += CLOCK_DAY - 1;
	assert_err(fixture_check(f, "hw-2"), E_FLOATING_NOT_AVAILABLE);
	assert_err(fixture_check(f, "hw-1"), E_OK);
	row = fixture_row(f, id, "hw-1");
	assert_int_equal(row.borrowed_until, f->now + 1);
	assert_int_equal(row.floating_until, f->now + CLOCK_HOUR);
	f->now += 1;
	assert_err(fixture_check(f, "hw-1"), E_OK);
	assert_int_equal(fixture_row(f, id, "hw-1").borrowed_until, FIELD_NONE);
}

static void
test_expired_floating_takes_none(void **state)
{
	struct fixture *f = *state;
	int64_t id = sell_floating(f, 1);
	struct license license = fixture_license(f, id);

	license.terms.license_type = LT_TIME_LIMITED;
	license.validity_period = f->now;
	fixture_put(f, T_LICENSE, &license);
	assert_err(fixture_check(f, "hw-1"), E_OK);
	assert_int_equal(fixture_row(f, id, "hw-1").floating_until, FIELD_NONE);
}

static void
test_read_only_key(void **state)
{
	struct fixture *f = *state;
	unsigned char before[32], after[32];

	sell_floating(f, 2);
	f->req.read_only = true;
	assert_err(fixture_check(f, "hw-1"), E_READ_ONLY_API_KEY);
	f->req.read_only = false;
	assert_err(fixture_check(f, "hw-1"), E_OK);
	f->req.read_only = true;
	f->now += CLOCK_MINUTE;
	fixture_digest(f, before);
	assert_err(fixture_check(f, "hw-1"), E_OK);
	assert_err(fixture_call(f, true, action_check_touch, &f->res), E_OK);
	fixture_digest(f, after);
	assert_memory_equal(before, after, 32);
}

static void
test_view(void **state)
{
	struct fixture *f = *state;
	struct license license;
	struct custom_field field;
	struct custom_value value[] = { { .value = SLICE("blue") },
		{ .value = SLICE("B2") } };
	int64_t id = sell(f, &license);

	field_clear(&custom_field_table, &field);
	field.product_id = license.product_id;
	field.name = SLICE("color");
	fixture_add(f, T_CUSTOM_FIELD, &field);
	value[0].custom_field_id = field.o.id;
	field.o.id = 0;
	field.is_archived = true;
	fixture_add(f, T_CUSTOM_FIELD, &field);
	value[1].custom_field_id = field.o.id;
	license = fixture_license(f, id);
	license.custom_values = (struct list){ value, ARRAY_LEN(value) };
	fixture_put(f, T_LICENSE, &license);
	fixture_feature(f, id, "zoom", FT_ACTIVATION);
	fixture_feature(f, id, "pdf", FT_CONSUMPTION);
	assert_err(fixture_check(f, "hw-1"), E_OK);
	assert_int_equal(f->res.view[0].n_custom, 2);
	assert_false(f->res.view[0].custom[0].archived);
	assert_true(f->res.view[0].custom[1].archived);
	assert_true(slice_is(f->res.view[0].custom[0].name, "color"));
	assert_true(slice_is(f->res.view[0].custom[0].value, "blue"));
	assert_int_equal(f->res.view[0].n_features, 2);
	assert_true(slice_is(f->res.view[0].features[0].code, "zoom"));
	assert_true(slice_is(f->res.view[0].order_store_id, "order-1"));
}

static struct installation_file
file_of(int64_t product_id, const char *version, int64_t released, int environment)
{
	struct installation_file file;

	field_clear(&installation_file_table, &file);
	file.product_id = product_id;
	file.version = slice_str(version);
	file.release_date = released;
	file.environment = environment;
	file.enabled = true;
	return file;
}

static void
expect_file(struct fixture *f, const char *version)
{
	assert_err(fixture_check(f, "hw-1"), E_OK);
	assert_int_equal(f->res.view[0].has_file, version != NULL);
	if (version)
		assert_true(slice_is(f->res.view[0].file.version, version));
}

static void
test_installation_file(void **state)
{
	struct fixture *f = *state;
	struct license license;
	struct installation_file file;
	int64_t id = sell(f, &license);

	expect_file(f, NULL);
	file = file_of(license.product_id, "1", f->now, ENV_LINUX64);
	fixture_add(f, T_INSTALLATION_FILE, &file);
	file = file_of(license.product_id, "2", f->now + CLOCK_DAY, ENV_LINUX64);
	fixture_add(f, T_INSTALLATION_FILE, &file);
	file = file_of(license.product_id, "2-same-day", f->now + CLOCK_DAY, ENV_MAC);
	fixture_add(f, T_INSTALLATION_FILE, &file);
	file = file_of(license.product_id, "3-off", f->now + 2 * CLOCK_DAY, ENV_MAC);
	file.enabled = false;
	fixture_add(f, T_INSTALLATION_FILE, &file);
	file = file_of(license.product_id, "4-beta", f->now + 2 * CLOCK_DAY, ENV_MAC);
	file.channel = SLICE("beta");
	fixture_add(f, T_INSTALLATION_FILE, &file);
	expect_file(f, "2-same-day");
	f->req.env = SLICE("linux64");
	expect_file(f, "2");
	f->req.env = SLICE("win");
	expect_file(f, NULL);
	f->req.env = SLICE_NULL;
	f->req.channel = SLICE("beta");
	expect_file(f, "4-beta");
	f->req.channel = SLICE_NULL;

	license = fixture_license(f, id);
	license.validity_period = f->now;
	fixture_put(f, T_LICENSE, &license);
	expect_file(f, "2-same-day");
	license.terms.license_type = LT_TIME_LIMITED;
	fixture_put(f, T_LICENSE, &license);
	expect_file(f, "1");
	license.maintenance_period = f->now - 1;
	fixture_put(f, T_LICENSE, &license);
	expect_file(f, "1");
	license.terms.enable_maintenance_period = true;
	fixture_put(f, T_LICENSE, &license);
	expect_file(f, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_read_writes_nothing),
		TEST(test_expired_answers),
		TEST(test_floating),
		TEST(test_seat_ends_with_deactivation),
		TEST(test_borrowed_seat),
		TEST(test_expired_floating_takes_none),
		TEST(test_read_only_key),
		TEST(test_view),
		TEST(test_installation_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
