/* license-api-v4.md 14, item 4: the last seats, with the jobs in shared commits. */
#include "tests/action/prelude.h"

#define DEVICES 64
#define SEATS 10

struct crowd {
	struct mailbox *back;
	struct action_run run[DEVICES];
	struct client_req req[DEVICES];
	struct client_res res[DEVICES];
	int done;
};

static void
one_done(struct action_run *run)
{
	++*(int *)run->arg;
}

/* All at once; how many succeeded, the others ended with `refusal`. */
static int
crowd_run(struct fixture *f, struct crowd *c, action_fn *fn, enum err refusal)
{
	int won = 0;

	c->done = 0;
	for (int i = 0; i < DEVICES; i++) {
		c->req[i] = f->req;
		c->req[i].hardware_id = slice_str(arena_printf(f->arena, "hw-%d", i));
		c->run[i] = (struct action_run){ .store = f->store,
			.actor = &f->actor,
			.arena = arena_new(0),
			.back = c->back,
			.now = f->now,
			.write = true,
			.fn = fn,
			.req = &c->req[i],
			.res = &c->res[i],
			.done = one_done,
			.arg = &c->done };
	}
	for (int i = 0; i < DEVICES; i++)
		action_run(&c->run[i]);
	while (c->done < DEVICES)
		mailbox_wait(c->back, 1000);
	for (int i = 0; i < DEVICES; i++) {
		won += c->run[i].err == E_OK;
		if (c->run[i].err)
			assert_err(c->run[i].err, refusal);
		arena_free(c->run[i].arena);
	}
	return won;
}

static struct crowd *
crowd_new(struct fixture *f)
{
	struct crowd *c = arena_alloc(f->arena, sizeof(*c));

	assert_non_null(c);
	c->back = mailbox_new();
	assert_err(store_start(f->store), E_OK);
	return c;
}

static void
test_activations(void **state)
{
	struct fixture *f = *state;
	struct license license =
	    fixture_draft(fixture_product(f, "p1", AM_LICENSE_KEY), FIXTURE_KEY);
	struct crowd *c;

	license.terms.max_activations = SEATS;
	fixture_issue(f, &license);
	fixture_ask_key(f, "p1", FIXTURE_KEY);
	c = crowd_new(f);
	assert_int_equal(
	    crowd_run(f, c, action_activate, E_LICENSE_ACTIVATED_MAX_TIMES), SEATS);
	assert_int_equal(
	    crowd_run(f, c, action_activate, E_LICENSE_ACTIVATED_MAX_TIMES), SEATS);
	assert_int_equal(fixture_license(f, license.o.id).times_activated, SEATS);
	assert_int_equal(fixture_count(f, T_ACTIVATION), SEATS);
	assert_int_equal(fixture_count(f, T_AUDIT), SEATS);
	assert_int_equal(fixture_recount(f, license.o.id), 0);
	mailbox_free(c->back);
}

static void
test_floating_and_consumption(void **state)
{
	struct fixture *f = *state;
	struct license license =
	    fixture_draft(fixture_product(f, "p1", AM_LICENSE_KEY), FIXTURE_KEY);
	struct crowd *c;

	license.terms.license_type = LT_CONSUMPTION;
	license.terms.max_consumptions = SEATS;
	license.terms.max_activations = DEVICES;
	license.terms.is_floating_cloud = true;
	license.terms.floating_users = SEATS;
	fixture_issue(f, &license);
	fixture_ask_key(f, "p1", FIXTURE_KEY);
	c = crowd_new(f);
	assert_int_equal(crowd_run(f, c, action_activate, E_INTERNAL), DEVICES);
	assert_int_equal(
	    crowd_run(f, c, action_check_touch, E_FLOATING_NOT_AVAILABLE), SEATS);
	assert_int_equal(
	    crowd_run(f, c, action_consume, E_LICENSE_NOT_ENOUGH_CONSUMPTIONS), SEATS);
	assert_int_equal(fixture_license(f, license.o.id).total_consumptions, SEATS);
	assert_int_equal(fixture_recount(f, license.o.id), 0);
	mailbox_free(c->back);
}

/* A set whose last member has the fewest seats: no other license keeps a seat too many.
 */
static void
test_bundle(void **state)
{
	struct fixture *f = *state;
	int64_t members[] = { fixture_product(f, "edit", AM_LICENSE_KEY),
		fixture_product(f, "view", AM_LICENSE_KEY), 0 };
	int64_t own = fixture_set(
	    f, fixture_bundle(f, "suite", AM_LICENSE_KEY, members), FIXTURE_KEY);
	int64_t ids[] = { own, fixture_member(f, own, members[0]),
		fixture_member(f, own, members[1]) };
	struct license license;
	struct crowd *c;

	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		license = fixture_license(f, ids[i]);
		license.terms.max_activations = i == 2 ? SEATS : DEVICES;
		fixture_put(f, T_LICENSE, &license);
	}
	fixture_ask_key(f, "suite", FIXTURE_KEY);
	f->req.bundle = true;
	c = crowd_new(f);
	assert_int_equal(
	    crowd_run(f, c, action_activate, E_LICENSE_ACTIVATED_MAX_TIMES), SEATS);
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		assert_int_equal(fixture_license(f, ids[i]).seats_used, SEATS);
		assert_int_equal(fixture_recount(f, ids[i]), 0);
	}
	mailbox_free(c->back);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_activations),
		TEST(test_floating_and_consumption),
		TEST(test_bundle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
