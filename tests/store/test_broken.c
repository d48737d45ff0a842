/* Records and index entries that do not fit each other are damage: told, and found by
 * verify. */
#include "tests/store/fixture.h"

#include "server/model/audit.h"

static const struct space things = { T_PRODUCT, -1 };
static const struct space codes = { T_PRODUCT, IX_THING_CODE };
static const struct space seat_ids = { T_ACTIVATION, IX_SEAT_ID };

/* Breaks one thing, then says what a caller meets; E_OK: only verify finds it. */
struct damage {
	const char *name;
	void (*make)(struct txn *);
	enum err (*meet)(struct txn *);
};

static enum err
fill(struct txn *t, void *arg)
{
	struct thing a = { .code = SLICE("a"), .group = 7, .note = SLICE("n") };
	struct thing b = { .code = SLICE("b"), .group = 7 };
	struct seat seat = { 1, 2, 0, 50 };

	(void)arg;
	assert_ok(record_add(t, T_PRODUCT, &a));
	assert_ok(record_add(t, T_PRODUCT, &b));
	assert_ok(record_add(t, T_ACTIVATION, &seat));
	return E_OK;
}

static void
put(struct txn *t, struct space space, struct slice key, struct slice val)
{
	assert_ok(t->store->ops->put(t, space, key, val));
}

static void
del(struct txn *t, struct space space, struct slice key)
{
	assert_ok(t->store->ops->del(t, space, key));
}

/* The bytes of the first thing, for a change. */
static struct slice
bytes_of_a(struct txn *t)
{
	struct slice val;

	assert_ok(t->store->ops->get(t, things, record_key_id(t, 1), &val));
	return arena_slice(t->arena, val);
}

static void
set_counter(struct txn *t, int64_t number)
{
	struct meta rec = { .key = SLICE("id:thing"), .number = number };

	assert_ok(record_put(t, T_META, &rec));
}

static enum err
meet_nothing(struct txn *t)
{
	(void)t;
	return E_OK;
}

static enum err
get_a(struct txn *t)
{
	struct thing rec;

	return record_get_id(t, T_PRODUCT, 1, &rec);
}

static enum err
find_a(struct txn *t)
{
	struct thing rec;

	return record_find(
	    t, T_PRODUCT, IX_THING_CODE, record_key_text(t, SLICE("a")), &rec);
}

static enum err
rename_a(struct txn *t)
{
	struct thing rec = { .id = 1, .code = SLICE("z"), .group = 7 };

	return record_put(t, T_PRODUCT, &rec);
}

static enum err
add_one(struct txn *t)
{
	struct thing rec = { .code = SLICE("c"), .group = 7 };

	return record_add(t, T_PRODUCT, &rec);
}

static void
lose_entry(struct txn *t)
{
	del(t, codes, record_key_text(t, SLICE("a")));
}

static void
lose_record(struct txn *t)
{
	del(t, things, record_key_id(t, 1));
}

static void
lose_seat(struct txn *t)
{
	del(t, (struct space){ T_ACTIVATION, -1 }, record_key_ids(t, 1, 2));
}

static void
bend_entry(struct txn *t)
{
	put(t, codes, record_key_text(t, SLICE("a")), record_key_id(t, 2));
}

static void
bend_seat(struct txn *t)
{
	put(t, seat_ids, record_key_id(t, 1), SLICE("?"));
}

static void
add_entry(struct txn *t)
{
	put(t, codes, record_key_text(t, SLICE("c")), record_key_id(t, 1));
}

static void
cut_record(struct txn *t)
{
	struct slice bytes = bytes_of_a(t);

	put(t, things, record_key_id(t, 1), slice_head(bytes, bytes.n - 1));
}

static void
move_record(struct txn *t)
{
	put(t, things, record_key_id(t, 3), bytes_of_a(t));
}

static void
lower_counter(struct txn *t)
{
	set_counter(t, 1);
}

static void
negate_counter(struct txn *t)
{
	set_counter(t, -1);
}

static const struct damage damages[] = {
	{ "an entry is missing", lose_entry, rename_a },
	{ "an entry is of no record", lose_record, find_a },
	{ "entries of a clustered record", lose_seat, meet_nothing },
	{ "an entry names another", bend_entry, meet_nothing },
	{ "an entry names nothing", bend_seat, meet_nothing },
	{ "an entry too many", add_entry, meet_nothing },
	{ "a record is cut", cut_record, get_a },
	{ "a record under another's key", move_record, meet_nothing },
	{ "ids given twice", lower_counter, meet_nothing },
	{ "a counter below zero", negate_counter, add_one },
};

static enum err
make(struct txn *t, void *arg)
{
	((const struct damage *)arg)->make(t);
	return E_OK;
}

static enum err
meet(struct txn *t, void *arg)
{
	return ((const struct damage *)arg)->meet(t);
}

static enum err
verify(struct txn *t, void *arg)
{
	int64_t records, entries;

	(void)arg;
	return record_verify(t, &records, &entries);
}

static void
test_misfits(void **state)
{
	void *each = *state;

	for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
		const struct damage *d = &damages[i];
		enum err want = d->meet == meet_nothing ? E_OK : E_DAMAGED;
		struct fixture *f;

		assert_int_equal(fixture_setup(&each), 0);
		f = each;
		assert_ok(fixture_write(f, fill, NULL));
		fixture_verify(f);
		assert_ok(fixture_write(f, make, (void *)d));
		if (fixture_write(f, meet, (void *)d) != want ||
		    store_health(f->store) != want ||
		    fixture_read(f, verify, NULL) != E_DAMAGED)
			fail_msg("%s: met with %d, health %d", d->name, (int)want,
			    (int)store_health(f->store));
		assert_int_equal(fixture_teardown(&each), 0);
	}
}

int
run_broken(const char *kind)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_misfits),
	};

	return _cmocka_run_group_tests(kind, tests, ARRAY_LEN(tests), NULL, NULL);
}
