/* Every verb of a piece of work fails once: nothing may be half done. */
#include "tests/store/fixture.h"

static enum err
base_work(struct txn *t, void *arg)
{
	(void)arg;
	for (int i = 0; i < 3; i++) {
		struct thing rec = { .code =
					 slice_str((const char *[]){ "a", "b", "c" }[i]),
			.group = 7 };
		struct seat seat = { 1, i + 1, 0, 50 };
		enum err err = record_add(t, T_PRODUCT, &rec);

		if (err == E_OK)
			err = record_add(t, T_ACTIVATION, &seat);
		if (err != E_OK)
			return err;
	}
	return E_OK;
}

static enum err
delete_seats(struct txn *t)
{
	struct record_scan s;
	struct seat rec;
	enum err err = record_scan(
	    t, T_ACTIVATION, IX_SEAT_AT, record_key_id(t, 1), SLICE_NULL, false, &s);

	while (err == E_OK && (err = record_next(&s, &rec)) == E_OK)
		err = record_del(t, T_ACTIVATION, &rec);
	return err == E_NOT_FOUND ? E_OK : err;
}

static enum err
work(struct txn *t, void *arg)
{
	struct thing one = { .id = 1, .code = SLICE("b2"), .group = 8 };
	struct thing two = { .id = 2, .code = SLICE("a"), .group = FIELD_NONE };
	struct seat seat = { 2, 1, 0, 60 };
	enum err err;

	(void)arg;
	if ((err = record_put(t, T_PRODUCT, &one)) != E_OK ||
	    (err = record_put(t, T_PRODUCT, &two)) != E_OK ||
	    (err = record_add(t, T_ACTIVATION, &seat)) != E_OK)
		return err;
	return delete_seats(t);
}

static enum err
in_child(struct txn *t, void *arg)
{
	return t->store->ops->child(t, work, arg);
}

static enum err
expect_state(struct txn *t, void *arg)
{
	bool done = *(bool *)arg;
	struct thing rec;
	int64_t seats;

	assert_ok(record_get_id(t, T_PRODUCT, 1, &rec));
	assert_true(slice_is(rec.code, done ? "b2" : "a"));
	assert_ok(record_get_id(t, T_PRODUCT, 2, &rec));
	assert_true(slice_is(rec.code, done ? "a" : "b"));
	assert_ok(record_count(t, T_ACTIVATION, -1, SLICE_NULL, 100, &seats));
	assert_int_equal(seats, done ? 1 : 3);
	return E_OK;
}

static void
fail_each(struct fixture *f, txn_fn *fn, enum err with)
{
	struct arena_mark mark = arena_mark(f->arena);
	bool done = false;
	enum err err = with;
	long n;

	for (n = 0; err == with && n < 1000; n++) {
		store_fault_arm(n, with);
		err = fixture_write(f, fn, NULL);
		store_fault_arm(-1, E_OK);
		done = err == E_OK;
		assert_ok(fixture_read(f, expect_state, &done));
		fixture_verify(f);
		arena_reset(f->arena, mark);
	}
	assert_int_equal(err, E_OK);
	assert_in_range(n, 30, 500);
}

static void
test_each_verb(void **state)
{
	assert_ok(fixture_write(*state, base_work, NULL));
	fail_each(*state, work, E_UNAVAILABLE);
}

static void
test_each_verb_in_child(void **state)
{
	assert_ok(fixture_write(*state, base_work, NULL));
	fail_each(*state, in_child, E_NO_MEMORY);
}

/* A conflict makes the work run again, whatever verb met it; the result is the same. */
static void
test_conflict(void **state)
{
	struct fixture *f = *state;
	bool done = true;

	assert_ok(fixture_write(f, base_work, NULL));
	store_fault_arm(20, E_RETRY);
	assert_ok(fixture_write(f, work, NULL));
	assert_true(store_fault_calls() > 40);
	store_fault_arm(-1, E_OK);
	assert_ok(fixture_read(f, expect_state, &done));
	fixture_verify(f);
}

/* Everything in a batch is lost with its commit: nobody is told otherwise. */
static void
test_commit_fails(void **state)
{
	struct fixture *f = *state;
	bool done = false;
	long calls;

	assert_ok(fixture_write(f, base_work, NULL));
	store_fault_arm(1000000, E_STORE);
	assert_int_equal(fixture_write(f, in_child, NULL), E_OK);
	calls = store_fault_calls();
	fixture_teardown(state);
	assert_int_equal(fixture_setup(state), 0);
	f = *state;
	assert_ok(fixture_write(f, base_work, NULL));
	store_fault_arm(calls - 1, E_STORE);
	assert_int_equal(fixture_write(f, in_child, NULL), E_STORE);
	assert_int_equal(store_health(f->store), E_STORE);
	store_fault_arm(-1, E_OK);
	assert_ok(fixture_read(f, expect_state, &done));
	assert_int_equal(fixture_write(f, work, NULL), E_STORE);
	(void)fixture_reopen(f);
	assert_int_equal(store_health(f->store), E_OK);
	assert_ok(fixture_read(f, expect_state, &done));
	assert_ok(fixture_write(f, work, NULL));
}

/* The n-th allocation of a piece of work fails. */
static void
test_each_allocation(void **state)
{
	struct fixture *f = *state;
	bool done = false;
	enum err err = E_NO_MEMORY;

	assert_ok(fixture_write(f, base_work, NULL));
	for (size_t n = 0; err == E_NO_MEMORY && n < 10000; n++) {
		struct arena *a = arena_new(0);

		arena_fail_after(n);
		err = store_write_now(f->store, a, work, NULL);
		arena_fail_after(SIZE_MAX);
		done = err == E_OK;
		assert_ok(fixture_read(f, expect_state, &done));
		arena_free(a);
	}
	assert_int_equal(err, E_OK);
	fixture_verify(f);
}

int
run_faults(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_verb),
		TEST(test_each_verb_in_child),
		TEST(test_conflict),
		TEST(test_commit_fails),
		TEST(test_each_allocation),
	};

	return _cmocka_run_group_tests("faults", tests, ARRAY_LEN(tests), NULL, NULL);
}
