/* Records: indexes, ids, scans, tags of a later version. */
#include "tests/store/fixture.h"

#include <string.h>

static struct thing
thing(int64_t id, const char *code, int64_t group)
{
	return (struct thing){
		.id = id, .code = slice_str(code), .group = group, .note = SLICE("note")
	};
}

static enum err
add_things(struct txn *t, void *arg)
{
	(void)arg;
	for (int i = 0; i < 5; i++) {
		struct thing rec =
		    thing(0, (const char *[]){ "a", "b", "c", "", "" }[i], i % 2 ? 7 : 8);

		assert_ok(record_add(t, T_PRODUCT, &rec));
		assert_int_equal(rec.id, i + 1);
	}
	return E_OK;
}

static void
expect_code(struct txn *t, const char *code, int64_t id)
{
	struct thing rec;
	struct slice key = record_key_text(t, slice_str(code));
	enum err err = record_find(t, T_PRODUCT, IX_THING_CODE, key, &rec);

	assert_int_equal(err, id ? E_OK : E_NOT_FOUND);
	if (id)
		assert_int_equal(rec.id, id);
}

static void
expect_count(struct txn *t, int index, struct slice prefix, int64_t want)
{
	int64_t n;

	assert_ok(record_count(t, T_PRODUCT, index, prefix, 100, &n));
	assert_int_equal(n, want);
}

static void
expect_between(struct txn *t, int64_t from, int64_t end, int64_t want)
{
	struct slice last = end == FIELD_NONE ? SLICE_NULL : record_key_id(t, end);
	int64_t n;

	assert_ok(
	    record_count_between(t, T_PRODUCT, -1, record_key_id(t, from), last, &n));
	assert_int_equal(n, want);
}

static enum err
look_up(struct txn *t, void *arg)
{
	struct thing rec = thing(3, NULL, 0);

	(void)arg;
	assert_ok(record_get(t, T_PRODUCT, &rec));
	assert_true(slice_is(rec.code, "c"));
	assert_ok(record_get_id(t, T_PRODUCT, 5, &rec));
	assert_true(slice_is(rec.code, ""));
	assert_int_equal(rec.group, 8);
	assert_int_equal(record_get_id(t, T_PRODUCT, 6, &rec), E_NOT_FOUND);
	expect_code(t, "a", 1);
	expect_code(t, "b", 2);
	expect_code(t, "d", 0);
	expect_count(t, -1, SLICE_NULL, 5);
	expect_count(t, IX_THING_CODE, SLICE_NULL, 3);
	expect_count(t, IX_THING_GROUP, record_key_id(t, 7), 2);
	expect_count(t, IX_THING_GROUP, record_key_id(t, 8), 3);
	expect_count(t, IX_THING_GROUP, record_key_id(t, 9), 0);
	expect_between(t, 2, 5, 3);
	expect_between(t, 2, FIELD_NONE, 4);
	expect_between(t, INT64_MIN, 1, 0);
	expect_between(t, 6, 9, 0);
	return E_OK;
}

static void
test_add_and_find(void **state)
{
	assert_ok(fixture_write(*state, add_things, NULL));
	assert_ok(fixture_read(*state, look_up, NULL));
	fixture_verify(*state);
}

static enum err
clash(struct txn *t, void *arg)
{
	struct thing rec = thing(2, "c", 9);

	(void)arg;
	assert_int_equal(record_put(t, T_PRODUCT, &rec), E_DUPLICATE);
	rec = thing(1, "zzz", 9);
	assert_int_equal(record_insert(t, T_PRODUCT, &rec), E_DUPLICATE);
	rec = thing(9, "a", 9);
	assert_int_equal(record_insert(t, T_PRODUCT, &rec), E_DUPLICATE);
	return E_OK;
}

static void
test_unique(void **state)
{
	assert_ok(fixture_write(*state, add_things, NULL));
	assert_ok(fixture_write(*state, clash, NULL));
	assert_ok(fixture_read(*state, look_up, NULL));
	fixture_verify(*state);
}

static enum err
bad_keys(struct txn *t, void *arg)
{
	char text[601];
	struct thing rec = thing(50, NULL, 1);

	(void)arg;
	memset(text, 'k', sizeof(text));
	rec.code = slice_of(text, 600);
	assert_int_equal(record_put(t, T_PRODUCT, &rec), E_VALIDATION);
	assert_int_equal(
	    record_find(t, T_PRODUCT, IX_THING_CODE, rec.code, &rec), E_NOT_FOUND);
	rec = thing(50, NULL, 1);
	rec.code = slice_of("a\0b", 3);
	assert_int_equal(record_put(t, T_PRODUCT, &rec), E_VALIDATION);
	return record_get_id(t, T_PRODUCT, 50, &rec);
}

static void
test_bad_keys(void **state)
{
	assert_int_equal(fixture_write(*state, bad_keys, NULL), E_NOT_FOUND);
}

static enum err
update(struct txn *t, void *arg)
{
	struct thing rec = thing(1, "new", 7);

	(void)arg;
	assert_ok(record_put(t, T_PRODUCT, &rec));
	rec = thing(2, "", FIELD_NONE);
	assert_ok(record_put(t, T_PRODUCT, &rec));
	rec = thing(3, "a", 8);
	assert_ok(record_put(t, T_PRODUCT, &rec));
	expect_code(t, "new", 1);
	expect_code(t, "b", 0);
	expect_code(t, "a", 3);
	expect_code(t, "c", 0);
	expect_count(t, IX_THING_CODE, SLICE_NULL, 2);
	expect_count(t, IX_THING_GROUP, record_key_id(t, 7), 2);
	expect_count(t, IX_THING_GROUP, record_key_id(t, 8), 2);
	assert_ok(record_del(t, T_PRODUCT, &rec));
	expect_code(t, "a", 0);
	expect_count(t, -1, SLICE_NULL, 4);
	expect_count(t, IX_THING_GROUP, record_key_id(t, 8), 1);
	assert_int_equal(record_del(t, T_PRODUCT, &rec), E_NOT_FOUND);
	return E_OK;
}

static void
test_index_follows(void **state)
{
	assert_ok(fixture_write(*state, add_things, NULL));
	assert_ok(fixture_write(*state, update, NULL));
	fixture_verify(*state);
}

static enum err
delete_last(struct txn *t, void *arg)
{
	struct thing rec = thing(5, NULL, 0);

	(void)arg;
	return record_del(t, T_PRODUCT, &rec);
}

static enum err
next_is(struct txn *t, void *arg)
{
	struct thing rec = thing(0, "", 1);

	assert_ok(record_add(t, T_PRODUCT, &rec));
	assert_int_equal(rec.id, *(int64_t *)arg);
	return E_OK;
}

static void
test_ids(void **state)
{
	struct fixture *f = *state;
	int64_t next = 6;

	assert_ok(fixture_write(f, add_things, NULL));
	assert_ok(fixture_write(f, delete_last, NULL));
	assert_ok(fixture_write(f, next_is, &next));
	next = 7;
	(void)fixture_reopen(f);
	assert_ok(fixture_write(f, next_is, &next));
	fixture_verify(f);
}

static enum err
add_seats(struct txn *t, void *arg)
{
	(void)arg;
	for (int64_t license = 1; license <= 3; license++) {
		for (int64_t device = 1; device <= 3; device++) {
			struct seat rec = { license, device, 0,
				device == 2 ? FIELD_NONE : 100 - device };

			assert_ok(record_add(t, T_ACTIVATION, &rec));
		}
	}
	return E_OK;
}

static void
expect_seats(struct record_scan *scan, const int64_t (*want)[2], size_t n)
{
	struct seat rec;

	for (size_t i = 0; i < n; i++) {
		assert_ok(record_next(scan, &rec));
		assert_int_equal(rec.license_id, want[i][0]);
		assert_int_equal(rec.device_id, want[i][1]);
	}
	assert_int_equal(record_next(scan, &rec), E_NOT_FOUND);
}

static enum err
scan_seats(struct txn *t, void *arg)
{
	static const int64_t two[][2] = { { 2, 1 }, { 2, 2 }, { 2, 3 } };
	static const int64_t two_at[][2] = { { 2, 3 }, { 2, 1 } };
	static const int64_t two_back[][2] = { { 2, 1 }, { 2, 3 } };
	static const int64_t device[][2] = { { 2, 3 }, { 3, 3 } };
	static const int64_t all_at[][2] = { { 1, 3 }, { 1, 1 }, { 2, 3 }, { 2, 1 },
		{ 3, 3 }, { 3, 1 } };
	const struct slice id2 = record_key_id(t, 2), none = SLICE_NULL;
	struct record_scan s;

	(void)arg;
	assert_ok(record_scan(t, T_ACTIVATION, -1, id2, none, false, &s));
	expect_seats(&s, two, 3);
	assert_ok(record_scan(t, T_ACTIVATION, -1, id2, id2, false, &s));
	expect_seats(&s, two + 1, 2);
	assert_ok(record_scan(t, T_ACTIVATION, -1, id2, id2, true, &s));
	expect_seats(&s, two, 1);
	assert_ok(record_scan(t, T_ACTIVATION, IX_SEAT_AT, id2, none, false, &s));
	expect_seats(&s, two_at, 2);
	assert_ok(record_scan(t, T_ACTIVATION, IX_SEAT_AT, id2, none, true, &s));
	expect_seats(&s, two_back, 2);
	assert_true(slice_starts(s.key, id2) && s.key.n == 4);
	assert_ok(record_scan(
	    t, T_ACTIVATION, IX_SEAT_DEVICE, record_key_id(t, 3), id2, false, &s));
	expect_seats(&s, device, 2);
	assert_ok(record_scan(t, T_ACTIVATION, IX_SEAT_AT, none, none, false, &s));
	expect_seats(&s, all_at, 6);
	return E_OK;
}

static enum err
delete_seats(struct txn *t, void *arg)
{
	struct record_scan s;
	struct seat rec;
	int n = 0;

	(void)arg;
	assert_ok(record_scan(
	    t, T_ACTIVATION, IX_SEAT_DEVICE, record_key_id(t, 3), SLICE_NULL, false, &s));
	for (; record_next(&s, &rec) == E_OK; n++)
		assert_ok(record_del(t, T_ACTIVATION, &rec));
	assert_int_equal(n, 3);
	return E_OK;
}

static void
test_scans(void **state)
{
	assert_ok(fixture_write(*state, add_seats, NULL));
	assert_ok(fixture_read(*state, scan_seats, NULL));
	assert_ok(fixture_write(*state, delete_seats, NULL));
	fixture_verify(*state);
}

static enum err
put_extra(struct txn *t, void *arg)
{
	struct thing rec = thing(1, "a", 7);

	rec.extra = *(int64_t *)arg;
	return record_put(t, T_PRODUCT, &rec);
}

static enum err
old_update(struct txn *t, void *arg)
{
	struct thing rec;

	(void)arg;
	assert_ok(record_get_id(t, T_PRODUCT, 1, &rec));
	assert_int_equal(rec.extra, 0);
	rec.note = SLICE("changed by the older version");
	return record_put(t, T_PRODUCT, &rec);
}

static enum err
see_extra(struct txn *t, void *arg)
{
	struct thing rec;

	assert_ok(record_get_id(t, T_PRODUCT, 1, &rec));
	assert_int_equal(rec.extra, *(int64_t *)arg);
	assert_true(slice_is(rec.note, "changed by the older version"));
	return E_OK;
}

static void
use_schema(struct fixture *f, const struct schema *schema)
{
	f->options.schema = schema;
	if (!fixture_reopen(f))
		f->store->schema = schema;
}

static void
test_unknown_tags(void **state)
{
	int64_t extra = 4711;

	use_schema(*state, &newer_schema);
	assert_ok(fixture_write(*state, put_extra, &extra));
	use_schema(*state, &test_schema);
	assert_ok(fixture_write(*state, old_update, NULL));
	use_schema(*state, &newer_schema);
	assert_ok(fixture_read(*state, see_extra, &extra));
}

static enum err
stray_entry(struct txn *t, void *arg)
{
	struct space space = { T_PRODUCT, IX_THING_CODE };

	(void)arg;
	return t->store->ops->put(
	    t, space, record_key_text(t, SLICE("stray")), record_key_id(t, 1));
}

static enum err
lose_entry(struct txn *t, void *arg)
{
	struct space space = { T_PRODUCT, IX_THING_CODE };

	(void)arg;
	return t->store->ops->del(t, space, record_key_text(t, SLICE("b")));
}

static enum err
verify(struct txn *t, void *arg)
{
	int64_t records, entries;

	(void)arg;
	return record_verify(t, &records, &entries);
}

static void
test_verify_stray(void **state)
{
	assert_ok(fixture_write(*state, add_things, NULL));
	assert_ok(fixture_write(*state, stray_entry, NULL));
	assert_int_equal(fixture_read(*state, verify, NULL), E_DAMAGED);
}

static void
test_verify_lost(void **state)
{
	struct fixture *f = *state;

	assert_ok(fixture_write(f, add_things, NULL));
	assert_ok(fixture_write(f, lose_entry, NULL));
	assert_int_equal(store_health(f->store), E_OK);
	assert_int_equal(fixture_read(f, verify, NULL), E_DAMAGED);
	assert_int_equal(store_health(f->store), E_DAMAGED);
	assert_int_equal(fixture_write(f, stray_entry, NULL), E_DAMAGED);
	assert_int_equal(fixture_read(f, stray_entry, NULL), E_INTERNAL);
}

int
run_records(const char *kind)
{
	const struct CMUnitTest tests[] = {
		TEST(test_add_and_find),
		TEST(test_unique),
		TEST(test_bad_keys),
		TEST(test_index_follows),
		TEST(test_ids),
		TEST(test_scans),
		TEST(test_unknown_tags),
		TEST(test_verify_stray),
		TEST(test_verify_lost),
	};

	return _cmocka_run_group_tests(kind, tests, ARRAY_LEN(tests), NULL, NULL);
}
