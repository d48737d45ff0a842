/* recount.h: issued activations against the rows that hold their seats. */
#include "tests/action/prelude.h"

#include "server/action/recount.h"
#include "server/model/offline.h"

#define LEASE (FIXTURE_NOW + 10 * CLOCK_DAY)

/* One seat with the object that was issued for it. */
struct desk {
	struct fixture *f;
	struct activation row;
	struct issued issued;
};

static struct desk
desk_open(struct fixture *f)
{
	struct license license =
	    fixture_draft(fixture_product(f, "p1", AM_LICENSE_KEY), FIXTURE_KEY);
	struct desk d = { .f = f };
	int64_t id = fixture_issue(f, &license);
	int64_t *licenses = arena_array(f->arena, 1, sizeof(*licenses));

	assert_non_null(licenses);
	*licenses = id;
	fixture_ask_key(f, "p1", FIXTURE_KEY);
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	d.row = fixture_row(f, id, "hw-1");
	d.row.offline = true;
	d.row.lease_until = LEASE;
	fixture_put(f, T_ACTIVATION, &d.row);
	field_clear(&issued_table, &d.issued);
	d.issued.o.id = d.row.serial;
	d.issued.request = SLICE("00112233445566778899aabbccddeeff");
	d.issued.license_id = id;
	d.issued.licenses = (struct list){ licenses, 1 };
	d.issued.hardware_id = SLICE("hw-1");
	d.issued.device = d.row.o.id;
	d.issued.lease_until = LEASE;
	d.issued.kid = SLICE("90aa41c5d27e6b18");
	d.issued.state = IS_LIVE;
	return d;
}

static struct faults
recount(struct desk *d, const struct activation *row, const struct issued *issued)
{
	struct recount_res res;
	struct action_run run = { .store = d->f->store,
		.actor = &d->f->actor,
		.arena = d->f->arena,
		.now = d->f->now,
		.fn = action_recount,
		.res = &res };

	fixture_put(d->f, T_ACTIVATION, row);
	fixture_put(d->f, T_ISSUED, issued);
	assert_err(action_run_now(&run), E_OK);
	return run.ctx.faults;
}

static void
expect(struct desk *d, const struct activation *row, const struct issued *issued,
    const char *field)
{
	struct faults faults = recount(d, row, issued);

	assert_int_equal(faults.total, 1);
	assert_string_equal(faults.item[0].field, field);
}

static void
test_rows_that_differ(void **state)
{
	struct desk d = desk_open(*state);
	struct activation row = d.row;

	assert_int_equal(recount(&d, &d.row, &d.issued).total, 0);
	row.serial = 7;
	expect(&d, &row, &d.issued, "offline_activation[1].serial");
	row = d.row;
	row.lease_until = FIELD_NONE;
	expect(&d, &row, &d.issued, "offline_activation[1].lease_until");
	row = d.row;
	row.offline = false;
	expect(&d, &row, &d.issued, "offline_activation[1].offline");
	assert_int_equal(recount(&d, &d.row, &d.issued).total, 0);
}

static void
test_rows_that_are_gone(void **state)
{
	struct desk d = desk_open(*state);
	struct issued issued = d.issued;

	issued.device = 4711;
	expect(&d, &d.row, &issued, "offline_activation[1].active");
	assert_err(fixture_deactivate(d.f, "hw-1"), E_OK);
	d.row = fixture_row(d.f, d.row.license_id, "hw-1");
	expect(&d, &d.row, &d.issued, "offline_activation[1].active");
	d.issued.state = IS_DEACTIVATED;
	assert_int_equal(recount(&d, &d.row, &d.issued).total, 0);
}

static void
test_seats_of_an_object_that_was_replaced(void **state)
{
	struct desk d = desk_open(*state);

	d.issued.state = IS_REVOKED;
	assert_int_equal(recount(&d, &d.row, &d.issued).total, 0);
	d.issued.state = IS_SUPERSEDED;
	expect(&d, &d.row, &d.issued, "license[1].superseded_and_in_use");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_rows_that_differ, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(
		    test_rows_that_are_gone, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_seats_of_an_object_that_was_replaced,
		    fixture_setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
