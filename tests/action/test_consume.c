/* add_consumption, resets, and numbers handed in with a deactivation (6.9). */
#include "tests/action/prelude.h"

#include "server/model/audit.h"

static int64_t
sell(struct fixture *f, struct license *license)
{
	*license = fixture_draft(fixture_product(f, "p1", AM_LICENSE_KEY), FIXTURE_KEY);
	license->terms.license_type = LT_CONSUMPTION;
	license->terms.max_consumptions = 10;
	fixture_issue(f, license);
	fixture_ask_key(f, "p1", FIXTURE_KEY);
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	*license = fixture_license(f, license->o.id);
	return license->o.id;
}

static int64_t
total(struct fixture *f, int64_t id)
{
	return fixture_license(f, id).total_consumptions;
}

static void
test_limit(void **state)
{
	struct fixture *f = *state;
	struct license license;
	int64_t id = sell(f, &license), entries = fixture_count(f, T_AUDIT);

	assert_err(fixture_consume(f, "hw-1", FIELD_NONE), E_OK);
	assert_int_equal(total(f, id), 1);
	assert_err(fixture_consume(f, "hw-1", 9), E_OK);
	assert_int_equal(f->res.view[0].license.total_consumptions, 10);
	assert_err(fixture_consume(f, "hw-1", 0), E_OK);
	assert_err(fixture_consume(f, "hw-1", 1), E_LICENSE_NOT_ENOUGH_CONSUMPTIONS);
	assert_int_equal(total(f, id), 10);
	assert_err(fixture_consume(f, "hw-1", -1), E_NEGATIVE_CONSUMPTION_NOT_ALLOWED);
	assert_err(fixture_consume(f, "hw-1", INT64_MAX), E_VALIDATION);
	assert_err(fixture_consume(f, "hw-1", INT64_MIN + 1), E_VALIDATION);
	assert_int_equal(total(f, id), 10);
	assert_int_equal(fixture_count(f, T_AUDIT), entries);
}

static void
test_negative(void **state)
{
	struct fixture *f = *state;
	struct license license;
	int64_t id = sell(f, &license);

	license.terms.allow_negative_consumptions = true;
	fixture_put(f, T_LICENSE, &license);
	assert_err(fixture_consume(f, "hw-1", 5), E_OK);
	assert_err(fixture_consume(f, "hw-1", -2), E_OK);
	assert_int_equal(total(f, id), 3);
	assert_err(fixture_consume(f, "hw-1", -1000), E_OK);
	assert_int_equal(total(f, id), 0);
}

static void
test_overages_of_the_call(void **state)
{
	struct fixture *f = *state;
	struct license license;
	int64_t id = sell(f, &license);

	f->req.has_overages = f->req.overages = true;
	f->req.max_overages = 5;
	assert_err(fixture_consume(f, "hw-1", 16), E_LICENSE_NOT_ENOUGH_CONSUMPTIONS);
	assert_false(fixture_license(f, id).terms.allow_overages);
	assert_err(fixture_consume(f, "hw-1", 15), E_OK);
	assert_true(fixture_license(f, id).terms.allow_overages);
	assert_int_equal(fixture_license(f, id).terms.max_overages, 5);
	assert_true(fixture_license(f, id).o.revision > license.o.revision);
	license = fixture_license(f, id);
	license.terms.client_sets_overages = false;
	fixture_put(f, T_LICENSE, &license);
	f->req.max_overages = 50;
	assert_err(fixture_consume(f, "hw-1", 1), E_LICENSE_NOT_ENOUGH_CONSUMPTIONS);
	assert_int_equal(fixture_license(f, id).terms.max_overages, 5);
}

static void
test_order(void **state)
{
	struct fixture *f = *state;
	struct license license;

	sell(f, &license);
	license.validity_period = f->now;
	fixture_put(f, T_LICENSE, &license);
	assert_err(fixture_consume(f, "hw-1", -1), E_LICENSE_EXPIRED);
	license.terms.license_type = LT_TIME_LIMITED;
	fixture_put(f, T_LICENSE, &license);
	assert_err(fixture_consume(f, "hw-1", -1), E_LICENSE_NOT_CONSUMPTION);
	assert_err(fixture_consume(f, "hw-2", -1), E_DEVICE_NOT_FOUND);
	license.license_enabled = false;
	fixture_put(f, T_LICENSE, &license);
	assert_err(fixture_consume(f, "hw-2", -1), E_LICENSE_NOT_ENABLED);
}

/* Periods begin with the calendar; a read shows the reset without writing it. */
static void
test_reset(void **state)
{
	struct fixture *f = *state;
	struct license license;
	int64_t id, august;

	assert_true(clock_parse_iso(SLICE("2025-08-01"), &august));
	id = sell(f, &license);
	license.terms.reset_consumption = true;
	license.terms.consumption_period = PERIOD_MONTHLY;
	fixture_put(f, T_LICENSE, &license);
	assert_err(fixture_consume(f, "hw-1", 10), E_OK);
	f->now = august - 1;
	assert_err(fixture_consume(f, "hw-1", 1), E_LICENSE_NOT_ENOUGH_CONSUMPTIONS);
	assert_err(fixture_check(f, "hw-1"), E_OK);
	assert_int_equal(f->res.view[0].license.total_consumptions, 10);
	f->now = august;
	assert_err(fixture_check(f, "hw-1"), E_OK);
	assert_int_equal(f->res.view[0].license.total_consumptions, 0);
	assert_int_equal(total(f, id), 10);
	assert_err(fixture_consume(f, "hw-1", 3), E_OK);
	assert_int_equal(total(f, id), 3);
	assert_int_equal(fixture_license(f, id).period_start, august);
	f->now = august + 70 * CLOCK_DAY;
	assert_err(fixture_consume(f, "hw-1", 4), E_OK);
	assert_int_equal(total(f, id), 4);
}

static void
test_feature_reset_in_view(void **state)
{
	struct fixture *f = *state;
	struct license license;
	struct license_feature feature = { .code = SLICE("pages") };

	feature.license_id = sell(f, &license);
	fixture_feature(f, feature.license_id, "pages", FT_CONSUMPTION);
	fixture_find(f, T_LICENSE_FEATURE, &feature);
	feature.total_consumptions = 8;
	feature.terms.reset_consumption = true;
	feature.terms.consumption_period = PERIOD_DAILY;
	fixture_put(f, T_LICENSE_FEATURE, &feature);
	assert_err(fixture_check(f, "hw-1"), E_OK);
	assert_int_equal(f->res.view[0].features[0].total_consumptions, 8);
	f->now += CLOCK_DAY;
	assert_err(fixture_check(f, "hw-1"), E_OK);
	assert_int_equal(f->res.view[0].features[0].total_consumptions, 0);
}

static void
test_final_numbers(void **state)
{
	struct fixture *f = *state;
	struct license license;
	struct audit_detail detail = { .seq = 2 };
	int64_t id = sell(f, &license);

	assert_err(fixture_consume(f, "hw-1", 4), E_OK);
	f->req.consumptions = -1;
	assert_err(fixture_deactivate(f, "hw-1"), E_NEGATIVE_CONSUMPTION_NOT_ALLOWED);
	assert_int_equal(fixture_license(f, id).times_activated, 1);
	f->req.consumptions = 9;
	assert_err(fixture_deactivate(f, "hw-1"), E_OK);
	assert_int_equal(total(f, id), 10);
	fixture_find(f, T_AUDIT_DETAIL, &detail);
	assert_true(
	    slice_search(detail.fields, SLICE("\"consumption_excess\":[0,3]")) > 0);
}

static void
test_final_numbers_ignored(void **state)
{
	struct fixture *f = *state;
	struct license license =
	    fixture_draft(fixture_product(f, "p1", AM_LICENSE_KEY), FIXTURE_KEY);

	fixture_issue(f, &license);
	fixture_ask_key(f, "p1", FIXTURE_KEY);
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	f->req.consumptions = -5;
	assert_err(fixture_deactivate(f, "hw-1"), E_OK);
	assert_int_equal(total(f, license.o.id), 0);
}

/* On calls for one license a bundle's code means the set's own license (6.10). */
static void
test_bundle_code_is_own_license(void **state)
{
	struct fixture *f = *state;
	int64_t members[] = { fixture_product(f, "edit", AM_LICENSE_KEY), 0 };
	int64_t own = fixture_set(
	    f, fixture_bundle(f, "suite", AM_LICENSE_KEY, members), FIXTURE_KEY);
	struct license license = fixture_license(f, own);

	license.terms.license_type = LT_CONSUMPTION;
	license.terms.max_consumptions = 10;
	fixture_put(f, T_LICENSE, &license);
	fixture_ask_key(f, "suite", FIXTURE_KEY);
	f->req.bundle = true;
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	f->req.bundle = false;
	assert_err(fixture_consume(f, "hw-1", 2), E_OK);
	assert_int_equal(total(f, own), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_limit),
		TEST(test_negative),
		TEST(test_overages_of_the_call),
		TEST(test_order),
		TEST(test_reset),
		TEST(test_feature_reset_in_view),
		TEST(test_final_numbers),
		TEST(test_final_numbers_ignored),
		TEST(test_bundle_code_is_own_license),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
