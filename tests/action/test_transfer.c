/* The worked table of license-api-v4.md 6.4 through the real calls. */
#include "tests/action/prelude.h"

#define TR -1
#define MAX -2
#define NONE -3 /* the device is not active here */
#define UNLIMITED -1

struct step {
	char device;
	bool on;
};

static const struct step steps[] = { { 'A', true }, { 'A', true }, { 'A', false },
	{ 'B', true }, { 'B', false }, { 'A', true }, { 'B', true }, { 'A', false },
	{ 'C', true } };

static const struct row {
	int max_activations, max_transfers;
	int result[ARRAY_LEN(steps)]; /* transfer_count after it, or a refusal */
} rows[] = {
	{ 1, -1, { 0, 0, 0, TR, NONE, 0, MAX, 0, TR } },
	{ 1, 0, { 0, 0, 0, 1, 1, 2, MAX, 2, 3 } },
	{ 1, 1, { 0, 0, 0, 1, 1, TR, 1, NONE, MAX } },
	{ 2, -1, { 0, 0, 0, 0, 0, 0, 0, 0, TR } },
	{ 2, 0, { 0, 0, 0, 0, 0, 0, 0, 0, 1 } },
	{ 2, 1, { 0, 0, 0, 0, 0, 0, 0, 0, 1 } },
	{ UNLIMITED, -1, { 0, 0, 0, 0, 0, 0, 0, 0, 0 } },
	{ UNLIMITED, 0, { 0, 0, 0, 0, 0, 0, 0, 0, 0 } },
	{ UNLIMITED, 1, { 0, 0, 0, 0, 0, 0, 0, 0, 0 } },
};

static enum err
expected_error(const struct step *step, int result)
{
	if (result == TR)
		return E_LICENSE_TRANSFERRED_MAX_TIMES;
	if (result == MAX)
		return E_LICENSE_ACTIVATED_MAX_TIMES;
	return step->on || result != NONE ? E_OK : E_MAX;
}

static void
walk_row(struct fixture *f, int64_t license_id, const struct row *row)
{
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		char device[] = { steps[i].device, '\0' };
		enum err want = expected_error(&steps[i], row->result[i]), got;

		f->now += CLOCK_SECOND;
		got = steps[i].on ? fixture_activate(f, device)
		                  : fixture_deactivate(f, device);
		if (want == E_MAX)
			assert_true(
			    got == E_DEVICE_NOT_FOUND || got == E_LICENSE_NOT_ACTIVE);
		else
			assert_err(got, want);
		if (row->result[i] >= 0)
			assert_int_equal(fixture_license(f, license_id).transfer_count,
			    row->result[i]);
		assert_int_equal(fixture_recount(f, license_id), 0);
	}
}

static void
test_worked_table(void **state)
{
	struct fixture *f = *state;
	int64_t product = fixture_product(f, "p1", AM_LICENSE_KEY);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char *key = arena_printf(f->arena, "KEY-%d", (int)i);
		struct license license = fixture_draft(product, key);

		license.terms.allow_unlimited_activations = rows[i].max_activations < 0;
		license.terms.max_activations =
		    rows[i].max_activations < 0 ? 1 : rows[i].max_activations;
		license.terms.max_transfers = rows[i].max_transfers;
		fixture_issue(f, &license);
		fixture_ask_key(f, "p1", key);
		walk_row(f, license.o.id, &rows[i]);
	}
}

/* Case d takes the seat vacated longest ago; its former owner must transfer later. */
static void
test_longest_vacated(void **state)
{
	struct fixture *f = *state;
	struct license license =
	    fixture_draft(fixture_product(f, "p1", AM_LICENSE_KEY), FIXTURE_KEY);
	static const char *const names[] = { "A", "B", "C" };

	license.terms.max_activations = 3;
	fixture_issue(f, &license);
	fixture_ask_key(f, "p1", FIXTURE_KEY);
	for (size_t i = 0; i < 3; i++)
		assert_err(fixture_activate(f, names[i]), E_OK);
	f->now += 10;
	assert_err(fixture_deactivate(f, "B"), E_OK);
	f->now += 10;
	assert_err(fixture_deactivate(f, "A"), E_OK);
	assert_int_equal(fixture_license(f, license.o.id).vacant, 2);
	assert_err(fixture_activate(f, "D"), E_OK);
	assert_int_equal(fixture_row(f, license.o.id, "B").vacant_since, FIELD_NONE);
	assert_int_equal(fixture_row(f, license.o.id, "A").vacant_since, f->now);
	assert_int_equal(fixture_license(f, license.o.id).transfer_count, 1);
	assert_err(fixture_activate(f, "A"), E_OK);
	assert_int_equal(fixture_license(f, license.o.id).transfer_count, 1);
	assert_err(fixture_activate(f, "B"), E_LICENSE_ACTIVATED_MAX_TIMES);
	assert_int_equal(fixture_recount(f, license.o.id), 0);
}

static void
test_tie_of_vacated(void **state)
{
	struct fixture *f = *state;
	struct license license =
	    fixture_draft(fixture_product(f, "p1", AM_LICENSE_KEY), FIXTURE_KEY);

	license.terms.max_activations = 2;
	fixture_issue(f, &license);
	fixture_ask_key(f, "p1", FIXTURE_KEY);
	assert_err(fixture_activate(f, "A"), E_OK);
	assert_err(fixture_activate(f, "B"), E_OK);
	assert_err(fixture_deactivate(f, "B"), E_OK);
	assert_err(fixture_deactivate(f, "A"), E_OK);
	assert_err(fixture_activate(f, "C"), E_OK);
	assert_int_equal(fixture_row(f, license.o.id, "A").vacant_since, FIELD_NONE);
	assert_int_equal(fixture_row(f, license.o.id, "B").vacant_since, f->now);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_worked_table),
		TEST(test_longest_vacated),
		TEST(test_tie_of_vacated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
