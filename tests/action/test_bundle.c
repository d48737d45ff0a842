/* Bundles: all or nothing, order of the set, errors with license and product (7.3). */
#include "tests/action/prelude.h"

struct shop {
	struct fixture *f;
	int64_t suite, edit, view; /* products */
	int64_t own, edit_license, view_license;
	int64_t members[3];
};

static void
shop_open(struct shop *s, struct fixture *f)
{
	s->f = f;
	s->edit = fixture_product(f, "edit", AM_LICENSE_KEY);
	s->view = fixture_product(f, "view", AM_LICENSE_KEY);
	s->members[0] = s->edit;
	s->members[1] = s->view;
	s->members[2] = 0;
	s->suite = fixture_bundle(f, "suite", AM_LICENSE_KEY, s->members);
	s->own = fixture_set(f, s->suite, FIXTURE_KEY);
	s->edit_license = fixture_member(f, s->own, s->edit);
	s->view_license = fixture_member(f, s->own, s->view);
	fixture_ask_key(f, "suite", FIXTURE_KEY);
	f->req.bundle = true;
}

static void
set_terms(struct shop *s, int64_t id, void (*edit)(struct license *))
{
	struct license license = fixture_license(s->f, id);

	edit(&license);
	fixture_put(s->f, T_LICENSE, &license);
}

static void
disable(struct license *license)
{
	license->license_enabled = false;
}

static void
two_seats(struct license *license)
{
	license->terms.max_activations = 2;
}

static void
consumption(struct license *license)
{
	license->terms.license_type = LT_CONSUMPTION;
	license->terms.max_consumptions = 100;
}

static void
test_activates_all(void **state)
{
	struct shop s;
	struct client_res *res;

	shop_open(&s, *state);
	res = &s.f->res;
	assert_err(fixture_activate(s.f, "hw-1"), E_OK);
	assert_int_equal(res->n, 3);
	assert_int_equal(res->view[0].license.o.id, s.own);
	assert_int_equal(res->view[1].license.o.id, s.edit_license);
	assert_int_equal(res->view[2].license.o.id, s.view_license);
	assert_true(slice_is(res->view[2].product.short_code, "view"));
	assert_int_not_equal(res->view[0].activation.o.id, res->view[1].activation.o.id);
	assert_int_equal(
	    res->view[0].activation.device_id, res->view[2].activation.device_id);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(res->view[i].license.times_activated, 1);
		assert_true(slice_is(res->view[i].license.license_key, FIXTURE_KEY));
	}
	assert_int_equal(fixture_count(s.f, T_DEVICE), 1);
	assert_int_equal(fixture_count(s.f, T_AUDIT), 3);
	assert_err(fixture_activate(s.f, "hw-1"), E_OK);
	assert_int_equal(fixture_count(s.f, T_AUDIT), 3);
	assert_int_equal(fixture_license(s.f, s.edit_license).times_activated, 1);
}

/* 14, item 5. */
static void
test_all_or_nothing(void **state)
{
	unsigned char before[32], after[32];
	struct shop s;

	shop_open(&s, *state);
	set_terms(&s, s.own, two_seats);
	set_terms(&s, s.edit_license, two_seats);
	assert_err(fixture_activate(s.f, "hw-1"), E_OK);
	fixture_digest(s.f, before);
	s.f->now += CLOCK_SECOND;
	assert_err(fixture_activate(s.f, "hw-2"), E_LICENSE_ACTIVATED_MAX_TIMES);
	assert_int_equal(s.f->ctx.refused_license, s.view_license);
	assert_true(slice_is(s.f->ctx.refused_product, "view"));
	fixture_digest(s.f, after);
	assert_memory_equal(before, after, 32);
}

/* A failure behind the decisions, at the last member, leaves nothing either. */
static void
test_late_failure(void **state)
{
	unsigned char before[32], after[32];
	struct pair pairs[129];
	struct shop s;

	shop_open(&s, *state);
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		pairs[i] =
		    (struct pair){ slice_str(arena_printf(s.f->arena, "v%d", (int)i)),
			    SLICE("x") };
	fixture_ask_key(s.f, "view", FIXTURE_KEY);
	s.f->req.variables = pairs;
	s.f->req.n_variables = 128;
	assert_err(fixture_activate(s.f, "hw-1"), E_OK);
	fixture_ask_key(s.f, "suite", FIXTURE_KEY);
	s.f->req.bundle = true;
	s.f->req.variables = &pairs[128];
	s.f->req.n_variables = 1;
	fixture_digest(s.f, before);
	assert_err(fixture_activate(s.f, "hw-1"), E_VALIDATION);
	fixture_digest(s.f, after);
	assert_memory_equal(before, after, 32);
	s.f->req.n_variables = 0;
	assert_err(fixture_activate(s.f, "hw-1"), E_OK);
}

static void
test_first_refusal_wins(void **state)
{
	struct shop s;

	shop_open(&s, *state);
	set_terms(&s, s.view_license, disable);
	fixture_block(s.f, "hw-1", BS_LICENSE, s.edit_license);
	assert_err(fixture_activate(s.f, "hw-1"), E_BLACKLISTED);
	assert_int_equal(s.f->ctx.refused_license, s.edit_license);
	set_terms(&s, s.own, disable);
	assert_err(fixture_activate(s.f, "hw-1"), E_LICENSE_NOT_ENABLED);
	assert_int_equal(s.f->ctx.refused_license, s.own);
	assert_true(slice_is(s.f->ctx.refused_product, "suite"));
}

static void
test_missing_member(void **state)
{
	struct shop s;
	struct license license;

	shop_open(&s, *state);
	license = fixture_license(s.f, s.edit_license);
	license.bundle_license_id = FIELD_NONE;
	license.license_key = SLICE("OTHER");
	fixture_put(s.f, T_LICENSE, &license);
	assert_err(fixture_activate(s.f, "hw-1"), E_LICENSE_NOT_FOUND);
	assert_int_equal(s.f->ctx.refused_license, FIELD_NONE);
	assert_true(slice_is(s.f->ctx.refused_product, "edit"));
	assert_err(fixture_check(s.f, "hw-1"), E_LICENSE_NOT_ACTIVE);
	assert_int_equal(s.f->ctx.refused_license, s.own);
}

static void
test_early_errors_name_no_license(void **state)
{
	struct shop s;

	shop_open(&s, *state);
	s.f->req.license_key = SLICE("NONE");
	assert_err(fixture_activate(s.f, "hw-1"), E_LICENSE_NOT_FOUND);
	assert_int_equal(s.f->ctx.refused_license, 0);
	assert_null(s.f->ctx.refused_product.p);
}

static void
test_check(void **state)
{
	struct shop s;
	struct activation row;

	shop_open(&s, *state);
	assert_err(fixture_activate(s.f, "hw-1"), E_OK);
	assert_err(fixture_check(s.f, "hw-1"), E_OK);
	assert_int_equal(s.f->res.n, 3);
	assert_int_equal(s.f->res.view[1].license.o.id, s.edit_license);
	row = fixture_row(s.f, s.view_license, "hw-1");
	row.revoked_at = s.f->now;
	fixture_put(s.f, T_ACTIVATION, &row);
	assert_err(fixture_check(s.f, "hw-1"), E_LICENSE_NOT_ACTIVE);
	assert_int_equal(s.f->ctx.refused_license, s.view_license);
}

static void
test_deactivate(void **state)
{
	struct pair pair = { SLICE("n"), SLICE("1") };
	struct shop s;

	shop_open(&s, *state);
	set_terms(&s, s.own, consumption);
	set_terms(&s, s.edit_license, consumption);
	assert_err(fixture_activate(s.f, "hw-1"), E_OK);

	fixture_ask_key(s.f, "view", FIXTURE_KEY);
	assert_err(fixture_deactivate(s.f, "hw-1"), E_OK);
	assert_int_equal(fixture_license(s.f, s.own).times_activated, 1);

	fixture_ask_key(s.f, "suite", FIXTURE_KEY);
	s.f->req.bundle = true;
	s.f->req.consumptions = 7;
	s.f->req.has_variables = true;
	s.f->req.variables = &pair;
	s.f->req.n_variables = 1;
	assert_err(fixture_deactivate(s.f, "hw-1"), E_OK);
	assert_int_equal(fixture_license(s.f, s.own).times_activated, 0);
	assert_int_equal(fixture_license(s.f, s.own).total_consumptions, 7);
	assert_int_equal(fixture_license(s.f, s.edit_license).times_activated, 0);
	assert_int_equal(fixture_license(s.f, s.edit_license).total_consumptions, 0);
	assert_int_equal(fixture_license(s.f, s.view_license).vacant, 1);
	assert_int_equal(fixture_count(s.f, T_VARIABLE), 2);
	assert_int_equal(fixture_count(s.f, T_AUDIT), 6);

	assert_err(fixture_deactivate(s.f, "hw-1"), E_LICENSE_NOT_ACTIVE);
	assert_int_equal(s.f->ctx.refused_license, s.own);
	assert_int_equal(fixture_recount(s.f, s.own), 0);
}

/* One member that is left is enough; one that is refused stops all. */
static void
test_deactivate_partly(void **state)
{
	unsigned char before[32], after[32];
	struct shop s;

	shop_open(&s, *state);
	assert_err(fixture_activate(s.f, "hw-1"), E_OK);
	fixture_ask_key(s.f, "suite", FIXTURE_KEY);
	assert_err(fixture_deactivate(s.f, "hw-1"), E_OK);
	assert_int_equal(fixture_license(s.f, s.view_license).times_activated, 1);
	s.f->req.bundle = true;
	set_terms(&s, s.view_license, disable);
	fixture_digest(s.f, before);
	assert_err(fixture_deactivate(s.f, "hw-1"), E_LICENSE_NOT_ENABLED);
	assert_int_equal(s.f->ctx.refused_license, s.view_license);
	fixture_digest(s.f, after);
	assert_memory_equal(before, after, 32);
}

static void
test_deactivate_proof(void **state)
{
	struct shop s;
	struct activation row;

	shop_open(&s, *state);
	s.f->req.device_key = SLICE("11111111111111111111111111111111");
	assert_err(fixture_activate(s.f, "hw-1"), E_OK);
	row = fixture_row(s.f, s.edit_license, "hw-1");
	row.offline = true;
	fixture_put(s.f, T_ACTIVATION, &row);
	s.f->req.device_key = SLICE_NULL;
	assert_err(fixture_deactivate(s.f, "hw-1"), E_DEVICE_PROOF_INVALID);
	assert_int_equal(s.f->ctx.refused_license, s.edit_license);
	s.f->req.device_key = SLICE("11111111111111111111111111111111");
	assert_err(fixture_deactivate(s.f, "hw-1"), E_OK);
}

static void
test_single_calls(void **state)
{
	struct shop s;

	shop_open(&s, *state);
	fixture_ask_key(s.f, "suite", FIXTURE_KEY);
	s.f->req.single = true;
	assert_err(fixture_activate(s.f, "hw-1"), E_PRODUCT_IS_BUNDLE);
	assert_err(fixture_check(s.f, "hw-1"), E_PRODUCT_IS_BUNDLE);
	assert_err(fixture_deactivate(s.f, "hw-1"), E_PRODUCT_IS_BUNDLE);
	fixture_ask_key(s.f, "edit", FIXTURE_KEY);
	s.f->req.single = true;
	assert_err(fixture_activate(s.f, "hw-1"), E_OK);
	assert_int_equal(s.f->res.n, 1);
	assert_int_equal(fixture_license(s.f, s.own).times_activated, 0);
	s.f->req.single = false;
	s.f->req.bundle = true;
	assert_err(fixture_activate(s.f, "hw-1"), E_PRODUCT_NOT_BUNDLE);
}

static void
test_users(void **state)
{
	struct fixture *f = *state;
	int64_t edit = fixture_product(f, "edit", AM_USER), own, member,
		user = fixture_user(f, "ana@example.com");
	int64_t members[] = { edit, 0 };

	own = fixture_set(f, fixture_bundle(f, "suite", AM_USER, members), NULL);
	member = fixture_member(f, own, edit);
	fixture_assign(f, own, user, 1);
	fixture_assign(f, member, user, 1);
	fixture_ask_user(f, "suite", "ana@example.com");
	f->req.bundle = true;
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	assert_int_equal(fixture_assignment(f, own, user).total_activations, 1);
	assert_int_equal(fixture_assignment(f, member, user).total_activations, 1);
	assert_err(fixture_deactivate(f, "hw-1"), E_OK);
	assert_int_equal(fixture_assignment(f, member, user).total_activations, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_activates_all),
		TEST(test_all_or_nothing),
		TEST(test_late_failure),
		TEST(test_first_refusal_wins),
		TEST(test_missing_member),
		TEST(test_early_errors_name_no_license),
		TEST(test_check),
		TEST(test_deactivate),
		TEST(test_deactivate_partly),
		TEST(test_deactivate_proof),
		TEST(test_single_calls),
		TEST(test_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
