/* seat.h apart from activation: recount, reset, delete. */
#include "tests/action/prelude.h"

#include "server/action/seat.h"

struct shop {
	struct fixture *f;
	int64_t license, user;
};

static struct shop
shop_open(struct fixture *f)
{
	struct license license = fixture_draft(fixture_product(f, "p1", AM_USER), NULL);
	struct shop s = { f, 0, fixture_user(f, "ana@example.com") };

	license.terms.max_activations = 3;
	s.license = fixture_issue(f, &license);
	fixture_assign(f, s.license, s.user, -1);
	fixture_ask_user(f, "p1", "ana@example.com");
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	assert_err(fixture_activate(f, "hw-2"), E_OK);
	f->req.has_variables = true;
	f->req.variables = &(struct pair){ SLICE("a"), SLICE("1") };
	f->req.n_variables = 1;
	assert_err(fixture_deactivate(f, "hw-2"), E_OK);
	f->req.has_variables = false;
	f->req.n_variables = 0;
	return s;
}

static void
expect_fault(struct shop *s, const char *field)
{
	char *path = arena_printf(s->f->arena, "license[%d].%s", (int)s->license, field);

	assert_int_equal(fixture_recount(s->f, s->license), 1);
	assert_string_equal(s->f->ctx.faults.item[0].field, path);
}

static void
test_recount_license(void **state)
{
	struct shop s = shop_open(*state);
	struct license good = fixture_license(s.f, s.license), bad;

	assert_int_equal(fixture_recount(s.f, s.license), 0);
	bad = good;
	bad.seats_used++;
	fixture_put(s.f, T_LICENSE, &bad);
	expect_fault(&s, "seats_used");
	bad = good;
	bad.times_activated = 0;
	fixture_put(s.f, T_LICENSE, &bad);
	expect_fault(&s, "times_activated");
	bad = good;
	bad.vacant = 2;
	fixture_put(s.f, T_LICENSE, &bad);
	expect_fault(&s, "vacant");
	bad = good;
	bad.n_features = 1;
	fixture_put(s.f, T_LICENSE, &bad);
	expect_fault(&s, "features");
	bad = good;
	bad.n_users = 0;
	fixture_put(s.f, T_LICENSE, &bad);
	expect_fault(&s, "users");
	bad = good;
	bad.terms.max_activations = 0;
	fixture_put(s.f, T_LICENSE, &bad);
	expect_fault(&s, "max_activations");
}

static void
test_recount_rows(void **state)
{
	struct shop s = shop_open(*state);
	struct assignment assignment = fixture_assignment(s.f, s.license, s.user);
	struct activation row = fixture_row(s.f, s.license, "hw-1");
	struct license license;

	assignment.total_activations = 5;
	fixture_put(s.f, T_ASSIGNMENT, &assignment);
	expect_fault(&s, "total_activations");
	assignment.total_activations = 1;
	fixture_put(s.f, T_ASSIGNMENT, &assignment);
	license = fixture_license(s.f, s.license);
	license.terms.is_floating_cloud = true;
	fixture_put(s.f, T_LICENSE, &license);
	row.floating_until = s.f->now + 1;
	fixture_put(s.f, T_ACTIVATION, &row);
	expect_fault(&s, "floating_users");
}

enum verb { RESET, DELETE };

struct seat_call {
	enum verb verb;
	int64_t license;
	const char *hardware_id;
	struct activation row;
	int64_t freed;
};

static enum err
seat_action(struct action_ctx *ctx, const void *req, void *res)
{
	struct seat_call *c = res;
	struct license license;
	enum err err = record_get_id(ctx->txn, T_LICENSE, c->license, &license);

	(void)req;
	if (err)
		return err;
	return c->verb == RESET ? seat_reset(ctx, &license, &c->freed)
	                        : seat_delete(ctx, &license, &c->row);
}

static void
test_reset(void **state)
{
	struct shop s = shop_open(*state);
	struct seat_call c = { .verb = RESET, .license = s.license };
	struct license license;

	fixture_feature(s.f, s.license, "pages", FT_CONSUMPTION);
	license = fixture_license(s.f, s.license);
	license.transfer_count = 4;
	license.total_consumptions = 9;
	license.validity_period = s.f->now + CLOCK_DAY;
	fixture_put(s.f, T_LICENSE, &license);
	assert_err(fixture_call(s.f, true, seat_action, &c), E_OK);
	assert_int_equal(c.freed, 1);
	license = fixture_license(s.f, s.license);
	assert_int_equal(license.seats_used, 0);
	assert_int_equal(license.transfer_count, 0);
	assert_int_equal(license.total_consumptions, 0);
	assert_int_equal(license.vacant, 0);
	assert_int_equal(license.validity_period, s.f->now + CLOCK_DAY);
	assert_int_equal(fixture_row(s.f, s.license, "hw-1").state, AS_INACTIVE);
	assert_int_equal(fixture_row(s.f, s.license, "hw-2").vacant_since, FIELD_NONE);
	assert_int_equal(fixture_assignment(s.f, s.license, s.user).total_activations, 0);
	assert_int_equal(fixture_recount(s.f, s.license), 0);
	assert_err(fixture_activate(s.f, "hw-9"), E_OK);
	assert_int_equal(fixture_license(s.f, s.license).transfer_count, 0);
}

static void
test_delete(void **state)
{
	struct shop s = shop_open(*state);
	struct seat_call c = { .verb = DELETE, .license = s.license };

	c.row = fixture_row(s.f, s.license, "hw-1");
	assert_err(fixture_call(s.f, true, seat_action, &c), E_WRONG_STATE);
	c.row = fixture_row(s.f, s.license, "hw-2");
	assert_int_equal(fixture_count(s.f, T_VARIABLE), 1);
	assert_err(fixture_call(s.f, true, seat_action, &c), E_OK);
	assert_int_equal(fixture_count(s.f, T_VARIABLE), 0);
	assert_int_equal(fixture_row(s.f, s.license, "hw-2").o.id, 0);
	assert_int_equal(fixture_license(s.f, s.license).vacant, 0);
	assert_int_equal(fixture_recount(s.f, s.license), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_recount_license),
		TEST(test_recount_rows),
		TEST(test_reset),
		TEST(test_delete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
