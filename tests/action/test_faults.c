/*
 * Every client call with the n-th store verb, then the n-th allocation failing, for every
 * n: the call says so and the store is as before.
 */
#include "tests/action/prelude.h"

#include "tests/support/store_fault.h"
#include "tests/support/store_mem.h"

#define TRIES 100000

struct shop {
	struct fixture *f;
	int64_t own;
	struct pair pair;
};

static int
setup(void **state)
{
	store_fault_setup(&store_mem_ops);
	return fixture_setup_on(state, &store_fault_ops);
}

static void
shop_open(struct shop *s, struct fixture *f)
{
	static int64_t members[3];
	struct license license;
	int64_t user = fixture_user(f, "ana@example.com"), id;

	members[0] = fixture_product(f, "edit", AM_USER);
	members[1] = fixture_product(f, "view", AM_USER);
	s->f = f;
	s->own = fixture_set(f, fixture_bundle(f, "suite", AM_USER, members), NULL);
	s->pair = (struct pair){ SLICE("name"), SLICE("value") };
	for (int i = -1; i < 2; i++) {
		id = i < 0 ? s->own : fixture_member(f, s->own, members[i]);
		license = fixture_license(f, id);
		license.terms.license_type = LT_CONSUMPTION;
		license.terms.max_consumptions = 100;
		license.terms.is_floating_cloud = true;
		license.terms.floating_users = 5;
		license.terms.valid_duration = SLICE("1y");
		fixture_put(f, T_LICENSE, &license);
		fixture_assign(f, id, user, -1);
		fixture_feature(f, id, "pdf", FT_CONSUMPTION);
	}
	fixture_sell(f, s->own, fixture_customer(f, "ops@example.com"));
	fixture_ask_user(f, "suite", "ana@example.com");
	f->req.bundle = true;
	f->req.hardware_id = SLICE("hw-1");
	f->req.consumptions = 3;
	f->req.has_variables = true;
	f->req.variables = &s->pair;
	f->req.n_variables = 1;
}

static void
expect_unchanged(struct fixture *f, const unsigned char before[static 32])
{
	unsigned char after[32];

	fixture_digest(f, after);
	assert_memory_equal(before, after, 32);
}

static void
fail_verbs(struct fixture *f, bool write, action_fn *fn, void *res)
{
	unsigned char before[32];
	long n = 0;
	enum err err;

	fixture_digest(f, before);
	for (;; n++) {
		assert_true(n < TRIES);
		store_fault_arm(n, E_UNAVAILABLE);
		err = fixture_call(f, write, fn, res);
		if (store_fault_calls() <= n)
			break;
		store_fault_arm(-1, E_OK);
		assert_err(err, E_UNAVAILABLE);
		expect_unchanged(f, before);
	}
	store_fault_arm(-1, E_OK);
	assert_err(err, E_OK);
	assert_true(n > 5);
}

static void
fail_allocations(struct fixture *f, bool write, action_fn *fn, void *res)
{
	unsigned char before[32];
	enum err err = E_NO_MEMORY;
	size_t n = 0;

	fixture_digest(f, before);
	for (; err != E_OK; n++) {
		assert_true(n < TRIES);
		arena_fail_after(n);
		err = fixture_call(f, write, fn, res);
		arena_fail_after(SIZE_MAX);
		if (err == E_OK)
			break;
		assert_err(err, E_NO_MEMORY);
		expect_unchanged(f, before);
	}
	assert_true(n > 5);
}

static void
walk(struct fixture *f,
    void (*with)(struct fixture *, bool write, action_fn *fn, void *res))
{
	struct shop s;

	shop_open(&s, f);
	with(f, true, action_activate, &f->res);
	assert_int_equal(fixture_license(f, s.own).times_activated, 1);
	f->now += CLOCK_DAY;
	with(f, true, action_check_touch, &f->res);
	f->req.bundle = false;
	with(f, true, action_consume, &f->res);
	assert_int_equal(fixture_license(f, s.own).total_consumptions, 3);
	f->req.bundle = true;
	with(f, true, action_deactivate, NULL);
	assert_int_equal(fixture_license(f, s.own).total_consumptions, 6);
	assert_int_equal(fixture_recount(f, s.own), 0);
	f->req.new_password_hash = SLICE("$argon2id$of-the-new");
	with(f, true, action_password_change, NULL);
}

static void
test_store_verbs(void **state)
{
	walk(*state, fail_verbs);
}

static void
test_allocations(void **state)
{
	walk(*state, fail_allocations);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_store_verbs, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(
		    test_allocations, setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
