/* The verbs of a backend on raw keys. */
#include "tests/store/fixture.h"

#include <string.h>

static const struct space plain = { T_PRODUCT, -1 };
static const struct space plain_index = { T_PRODUCT, IX_THING_CODE };
static const struct space clustered = { T_ACTIVATION, -1 };
static const struct space clustered_index = { T_ACTIVATION, IX_SEAT_AT };

static const struct slice odd[] = { { "", 0 }, { "\0", 1 }, { "\0\0", 2 },
	{ "\0\xff", 2 }, { "\1", 1 }, { "a", 1 }, { "a\0", 2 }, { "a\0b", 3 },
	{ "ab", 2 }, { "b", 1 }, { "\x80", 1 }, { "\xc0", 1 }, { "\xff", 1 },
	{ "\xff\0", 2 }, { "\xff\xff", 2 } };

static enum err
put(struct txn *t, struct space space, struct slice key, const char *val)
{
	return t->store->ops->put(t, space, key, slice_str(val));
}

static void
expect(struct txn *t, struct space space, struct slice key, const char *want)
{
	struct slice val;
	enum err err = t->store->ops->get(t, space, key, &val);

	assert_int_equal(err, want ? E_OK : E_NOT_FOUND);
	if (want)
		assert_true(slice_is(val, want));
}

static struct cursor *
scan(struct txn *t, struct space space, struct slice prefix, struct slice from,
    bool reverse)
{
	struct range range = { prefix, from, reverse };
	struct cursor *c;

	assert_ok(t->store->ops->scan(t, space, &range, &c));
	return c;
}

static void
expect_next(struct txn *t, struct cursor *c, struct slice want)
{
	struct slice key, val;

	assert_ok(t->store->ops->next(c, &key, &val));
	assert_true(slice_equal(key, want));
}

static void
expect_end(struct txn *t, struct cursor *c)
{
	struct slice key, val;

	assert_int_equal(t->store->ops->next(c, &key, &val), E_NOT_FOUND);
}

static enum err
get_put_del(struct txn *t, void *arg)
{
	const struct store_ops *ops = t->store->ops;
	char big[10000];
	struct slice val;

	(void)arg;
	expect(t, plain, SLICE("k"), NULL);
	assert_int_equal(ops->del(t, plain, SLICE("k")), E_NOT_FOUND);
	assert_ok(put(t, plain, SLICE("k"), "one"));
	assert_ok(put(t, plain_index, SLICE("k"), "other"));
	expect(t, plain, SLICE("k"), "one");
	expect(t, plain_index, SLICE("k"), "other");
	assert_ok(put(t, plain, SLICE("k"), "a longer value than before"));
	expect(t, plain, SLICE("k"), "a longer value than before");
	assert_ok(put(t, plain, SLICE("k"), ""));
	expect(t, plain, SLICE("k"), "");
	assert_ok(ops->del(t, plain, SLICE("k")));
	expect(t, plain, SLICE("k"), NULL);
	expect(t, plain_index, SLICE("k"), "other");
	memset(big, 'x', sizeof(big));
	assert_ok(ops->put(t, plain, SLICE("big"), slice_of(big, sizeof(big))));
	assert_ok(ops->get(t, plain, SLICE("big"), &val));
	assert_true(slice_equal(val, slice_of(big, sizeof(big))));
	assert_int_equal(
	    ops->put(t, plain, slice_of(big, 500), SLICE("v")), E_VALIDATION);
	assert_int_equal(ops->get(t, plain, slice_of(big, 500), &val), E_VALIDATION);
	assert_ok(ops->put(t, plain, slice_of(big, 400), SLICE("long key")));
	expect(t, plain, slice_of(big, 400), "long key");
	expect(t, plain, slice_of(big, 399), NULL);
	return E_OK;
}

static enum err
put_in_read(struct txn *t, void *arg)
{
	(void)arg;
	return put(t, plain, SLICE("k"), "v");
}

static void
test_get_put_del(void **state)
{
	assert_ok(fixture_write(*state, get_put_del, NULL));
	assert_int_not_equal(fixture_read(*state, put_in_read, NULL), E_OK);
}

static enum err
order(struct txn *t, void *arg)
{
	const struct slice none = SLICE_NULL;
	struct cursor *c;
	size_t n = ARRAY_LEN(odd);

	(void)arg;
	for (size_t i = 0; i < n; i++)
		assert_ok(put(t, plain, odd[(i * 7) % n], "v"));
	assert_ok(put(t, plain_index, SLICE("a"), "neighbor"));
	assert_ok(put(t, (struct space){ T_META, -1 }, SLICE("z"), "neighbor"));
	for (size_t from = 0; from < n; from++) {
		c = scan(t, plain, none, odd[from], false);
		for (size_t i = from; i < n; i++)
			expect_next(t, c, odd[i]);
		expect_end(t, c);
		c = scan(t, plain, none, odd[from], true);
		for (size_t i = from; i-- > 0;)
			expect_next(t, c, odd[i]);
		expect_end(t, c);
	}
	c = scan(t, plain, none, none, true);
	for (size_t i = n; i-- > 0;)
		expect_next(t, c, odd[i]);
	expect_end(t, c);
	c = scan(t, plain, none, SLICE("aa"), false);
	expect_next(t, c, SLICE("ab"));
	c = scan(t, plain, none, SLICE("aa"), true);
	expect_next(t, c, slice_of("a\0b", 3));
	return E_OK;
}

static enum err
prefixes(struct txn *t, void *arg)
{
	struct cursor *c = scan(t, plain, SLICE("a"), SLICE_NULL, false);

	(void)arg;
	expect_next(t, c, SLICE("a"));
	expect_next(t, c, slice_of("a\0", 2));
	expect_next(t, c, slice_of("a\0b", 3));
	expect_next(t, c, SLICE("ab"));
	expect_end(t, c);
	expect_end(t, c);
	c = scan(t, plain, SLICE("a"), SLICE_NULL, true);
	expect_next(t, c, SLICE("ab"));
	expect_next(t, c, slice_of("a\0b", 3));
	c = scan(t, plain, slice_of("\xff", 1), SLICE_NULL, true);
	expect_next(t, c, slice_of("\xff\xff", 2));
	expect_next(t, c, slice_of("\xff\0", 2));
	expect_next(t, c, slice_of("\xff", 1));
	expect_end(t, c);
	c = scan(t, plain, SLICE("zz"), SLICE_NULL, true);
	expect_end(t, c);
	return E_OK;
}

static void
test_order(void **state)
{
	assert_ok(fixture_write(*state, order, NULL));
	assert_ok(fixture_read(*state, prefixes, NULL));
}

#define L1 "\xe0\x20\1"
#define L2 "\xe0\x20\2"
#define L3 "\xe0\x21\0"
#define L4 "\xf0\x10\0\0"
#define L5 "\xff\x7f\xff\xff\xff\xff\xff\xff\xff"
#define KEY(lit)                                                                         \
	{                                                                                \
		lit, sizeof(lit) - 1                                                     \
	}

static const struct slice seats[] = { KEY(L1 "a"), KEY(L1 "b"), KEY(L3), KEY(L4 "\0"),
	KEY(L4 "\xff"), KEY(L5 "z") };
/* Beside them, before and behind in the order of the engine. */
static const struct slice index_seats[] = { KEY(L2 "a"), KEY(L4 "q"), KEY(L5) };

static enum err
fill_clusters(struct txn *t, void *arg)
{
	(void)arg;
	for (size_t i = ARRAY_LEN(seats); i-- > 0;)
		assert_ok(put(t, clustered, seats[i], "seat"));
	for (size_t i = 0; i < ARRAY_LEN(index_seats); i++)
		assert_ok(put(t, clustered_index, index_seats[i], "entry"));
	assert_ok(put(t, plain, SLICE("\xff"), "plain"));
	assert_int_not_equal(put(t, clustered, SLICE("\xff short"), "v"), E_OK);
	expect(t, clustered, SLICE("\xff short"), NULL);
	return E_OK;
}

static void
expect_range(struct txn *t, struct space space, const struct range *range,
    const struct slice *want, size_t n)
{
	struct cursor *c = scan(t, space, range->prefix, range->from, range->reverse);

	for (size_t i = 0; i < n; i++)
		expect_next(t, c, want[range->reverse ? n - 1 - i : i]);
	expect_end(t, c);
}

static enum err
skip_scans(struct txn *t, void *arg)
{
	struct range r = { SLICE_NULL, SLICE_NULL, false };

	(void)arg;
	for (int back = 0; back < 2; back++) {
		r = (struct range){ .reverse = back };
		expect_range(t, clustered, &r, seats, ARRAY_LEN(seats));
		expect_range(t, clustered_index, &r, index_seats, ARRAY_LEN(index_seats));
		r.prefix = SLICE("\xe0");
		expect_range(t, clustered, &r, seats, 3);
		r.prefix = SLICE("\xe0\x20");
		expect_range(t, clustered, &r, seats, 2);
		r.prefix = SLICE(L1);
		expect_range(t, clustered, &r, seats, 2);
		r.prefix = SLICE(L2);
		expect_range(t, clustered, &r, NULL, 0);
		r.prefix = SLICE(L4);
		expect_range(t, clustered, &r, seats + 3, 2);
		r.prefix = SLICE(L5);
		expect_range(t, clustered, &r, seats + 5, 1);
		r.prefix = SLICE(L4 "\xff");
		expect_range(t, clustered, &r, seats + 4, 1);
		r.prefix = slice_of("\xff", 1);
		expect_range(t, clustered, &r, seats + 5, 1);
	}
	return E_OK;
}

static enum err
skip_from(struct txn *t, void *arg)
{
	struct range r = { .from = SLICE("\xe0\x21") };

	(void)arg;
	expect_range(t, clustered, &r, seats + 2, 4);
	r.from = SLICE(L1 "b");
	expect_range(t, clustered, &r, seats + 1, 5);
	r.from = SLICE(L4 "\1");
	expect_range(t, clustered, &r, seats + 4, 2);
	r.reverse = true;
	expect_range(t, clustered, &r, seats, 4);
	r.from = SLICE("\xe0\x21");
	expect_range(t, clustered, &r, seats, 2);
	r.from = SLICE(L2);
	expect_range(t, clustered, &r, seats, 2);
	r.from = SLICE(L1);
	expect_range(t, clustered, &r, seats, 0);
	r = (struct range){ SLICE(L4), SLICE(L4 "\1"), false };
	expect_range(t, clustered, &r, seats + 4, 1);
	r.reverse = true;
	expect_range(t, clustered, &r, seats + 3, 1);
	return E_OK;
}

static void
test_clusters(void **state)
{
	assert_ok(fixture_write(*state, fill_clusters, NULL));
	assert_ok(fixture_read(*state, skip_scans, NULL));
	assert_ok(fixture_write(*state, skip_from, NULL));
}

static enum err
change_in_scan(struct txn *t, void *arg)
{
	const struct store_ops *ops = t->store->ops;
	struct cursor *c, *back;
	struct arena_mark mark = arena_mark(t->arena);

	(void)arg;
	c = scan(t, clustered, SLICE_NULL, SLICE_NULL, false);
	back = scan(t, clustered, SLICE_NULL, SLICE_NULL, true);
	arena_reset(t->arena, mark);
	expect_next(t, c, seats[0]);
	expect_next(t, back, seats[5]);
	assert_ok(ops->del(t, clustered, seats[0]));
	assert_ok(ops->del(t, clustered, seats[5]));
	assert_ok(put(t, clustered, SLICE(L1 "aa"), "new, ahead"));
	assert_ok(put(t, clustered, SLICE(L1 "A"), "new, behind"));
	expect_next(t, c, SLICE(L1 "aa"));
	expect_next(t, back, seats[4]);
	assert_ok(ops->del(t, clustered, seats[1]));
	assert_ok(ops->del(t, clustered, seats[3]));
	expect_next(t, c, seats[2]);
	expect_next(t, back, seats[2]);
	expect_next(t, c, seats[4]);
	expect_end(t, c);
	expect_next(t, back, SLICE(L1 "aa"));
	expect_next(t, back, SLICE(L1 "A"));
	expect_end(t, back);
	return E_OK;
}

static enum err
delete_all(struct txn *t, void *arg)
{
	struct cursor *c = scan(t, plain, SLICE_NULL, SLICE_NULL, false);
	struct slice key, val;
	int n = 0;
	enum err err;

	(void)arg;
	while ((err = t->store->ops->next(c, &key, &val)) == E_OK) {
		assert_ok(t->store->ops->del(t, plain, key));
		n++;
	}
	assert_int_equal(err, E_NOT_FOUND);
	assert_int_equal(n, ARRAY_LEN(odd));
	expect_end(t, scan(t, plain, SLICE_NULL, SLICE_NULL, true));
	expect(t, plain_index, SLICE("a"), "neighbor");
	return E_OK;
}

static void
test_change_in_scan(void **state)
{
	assert_ok(fixture_write(*state, fill_clusters, NULL));
	assert_ok(fixture_write(*state, change_in_scan, NULL));
}

static void
test_delete_in_scan(void **state)
{
	assert_ok(fixture_write(*state, order, NULL));
	assert_ok(fixture_write(*state, delete_all, NULL));
}

static enum err
change_and_fail(struct txn *t, void *arg)
{
	assert_ok(put(t, plain, SLICE("a"), "changed"));
	assert_ok(put(t, plain, SLICE("new"), "new"));
	assert_ok(t->store->ops->del(t, plain, SLICE("b")));
	return *(enum err *)arg;
}

static enum err
with_children(struct txn *t, void *arg)
{
	enum err refusal = E_IN_USE, fine = E_OK;

	(void)arg;
	assert_ok(put(t, plain, SLICE("a"), "parent"));
	assert_ok(put(t, plain, SLICE("b"), "parent"));
	assert_int_equal(t->store->ops->child(t, change_and_fail, &refusal), E_IN_USE);
	expect(t, plain, SLICE("a"), "parent");
	expect(t, plain, SLICE("b"), "parent");
	expect(t, plain, SLICE("new"), NULL);
	assert_ok(put(t, plain, SLICE("c"), "between"));
	assert_ok(t->store->ops->child(t, change_and_fail, &fine));
	expect(t, plain, SLICE("a"), "changed");
	expect(t, plain, SLICE("b"), NULL);
	return E_OK;
}

static enum err
look_at_children(struct txn *t, void *arg)
{
	(void)arg;
	expect(t, plain, SLICE("a"), "changed");
	expect(t, plain, SLICE("b"), NULL);
	expect(t, plain, SLICE("c"), "between");
	expect(t, plain, SLICE("new"), "new");
	return E_OK;
}

static void
test_children(void **state)
{
	assert_ok(fixture_write(*state, with_children, NULL));
	assert_ok(fixture_read(*state, look_at_children, NULL));
}

/* More of them than memory has room for at once. */
#define MANY_SCANS 100000

static enum err
scan_often(struct txn *t, void *arg)
{
	struct cursor *outer = scan(t, clustered, SLICE_NULL, SLICE_NULL, false);
	struct slice key, val;

	(void)arg;
	assert_ok(t->store->ops->next(outer, &key, &val));
	for (int i = 0; i < MANY_SCANS; i++)
		expect_end(t, scan(t, plain, SLICE("none"), SLICE_NULL, i % 2));
	assert_ok(t->store->ops->next(outer, &key, &val));
	return E_OK;
}

static void
test_many_scans(void **state)
{
	assert_ok(fixture_write(*state, fill_clusters, NULL));
	assert_ok(fixture_read(*state, scan_often, NULL));
}

int
run_verbs(const char *kind)
{
	const struct CMUnitTest tests[] = {
		TEST(test_get_put_del),
		TEST(test_order),
		TEST(test_clusters),
		TEST(test_change_in_scan),
		TEST(test_many_scans),
		TEST(test_delete_in_scan),
		TEST(test_children),
	};

	return _cmocka_run_group_tests(kind, tests, ARRAY_LEN(tests), NULL, NULL);
}
