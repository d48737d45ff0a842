#include "base/field.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "tests/unit/base_thing.h"

static void
test_set_and_tables(void **state)
{
	struct field_set set = { { 0 } };
	struct thing a = full_thing(), b;

	(void)state;
	assert_true(field_set_empty(&set));
	field_set_add(&set, 2);
	field_set_add(&set, 127);
	field_set_add(&set, 128);
	assert_true(field_set_has(&set, 2) && field_set_has(&set, 127));
	assert_false(field_set_has(&set, 128) || field_set_has(&set, 3));
	assert_true(field_given(&things, &set, "count"));
	assert_false(field_given(&things, &set, "limit"));
	assert_false(field_given(&things, &set, "nothing"));
	assert_ptr_equal(field_find(&things, SLICE("full_name")), &thing_fields[6]);
	assert_null(field_find(&things, SLICE("name")));
	field_clear(&things, &b);
	field_copy(&things, &set, &b, &a);
	assert_true(b.count == -5 && b.limit == FIELD_NONE && !b.on);
	assert_int_equal(names_find(&colors, SLICE("blue")), 2);
	assert_int_equal(names_find(&colors, SLICE("blu")), -1);
	assert_null(names_get(&colors, -1));
	assert_null(names_get(&colors, 3));
}

static void
test_cleared(void **state)
{
	struct thing t, u;
	struct slice unknown = SLICE("x");
	struct buf b = BUF_INIT(arena);

	(void)state;
	field_clear(&things, &t);
	assert_true(t.limit == FIELD_NONE && t.until == FIELD_NONE && t.count == 0);
	assert_true(t.shade == -1 && t.color == 0);
	assert_true(t.name.p && !t.name.n && !t.note.p && !t.raw.p && !t.maybe.p);
	field_wire_write(&b, &things, &t, SLICE_NULL);
	assert_int_equal(b.n, 0);
	assert_int_equal(
	    field_wire_read(arena, &things, buf_slice(&b), &u, &unknown), E_OK);
	assert_same(&t, &u);
	assert_null(unknown.p);
}

static void
test_wire_round_trip(void **state)
{
	struct thing t = full_thing(), u;
	struct slice unknown;
	struct buf b = BUF_INIT(arena), again = BUF_INIT(arena);

	(void)state;
	field_wire_write(&b, &things, &t, SLICE_NULL);
	assert_int_equal(
	    field_wire_read(arena, &things, buf_slice(&b), &u, &unknown), E_OK);
	assert_same(&t, &u);
	assert_non_null(u.note.p);
	assert_non_null(u.maybe.p);
	field_wire_write(&again, &things, &u, unknown);
	assert_true(slice_equal(buf_slice(&b), buf_slice(&again)));
	memset(b.p, 'z', b.n);
	assert_same(&t, &u);
}

static void
test_wire_bytes(void **state)
{
	struct thing t;
	struct buf b = BUF_INIT(arena);

	(void)state;
	field_clear(&things, &t);
	t.on = true;
	t.limit = 0;
	t.name = SLICE("ab");
	t.code = SLICE("c");
	field_wire_write(&b, &things, &t, SLICE_NULL);
	assert_int_equal(b.n, 12);
	assert_memory_equal(b.p,
	    "\x03\x01\x07\x00\x0c\x02"
	    "ab\xd8\x04\x01"
	    "c",
	    12);
}

static void
test_wire_unknown(void **state)
{
	struct thing t = full_thing(), u;
	struct slice unknown;
	struct buf b = BUF_INIT(arena), again = BUF_INIT(arena);

	(void)state;
	buf_str(&b, "\x50\x03"
		    "new");
	field_wire_write(&b, &things, &t, SLICE("\xfe\x7f\x01z\x53\x05"));
	assert_int_equal(
	    field_wire_read(arena, &things, buf_slice(&b), &u, &unknown), E_OK);
	assert_same(&t, &u);
	assert_true(slice_is(unknown, "\x50\x03"
				      "new\xfe\x7f\x01z\x53\x05"));
	field_wire_write(&again, &things, &u, unknown);
	assert_int_equal(again.n, b.n);
	assert_int_equal(
	    field_wire_read(arena, &things, buf_slice(&again), &u, &unknown), E_OK);
	assert_int_equal(unknown.n, 11);
}

static void
test_wire_damaged(void **state)
{
	static const struct slice bad[] = { { "\x03", 1 }, { "\x00\x00", 2 },
		{ "\x01\x00", 2 }, { "\x03\x02", 2 }, { "\x03\x00", 2 },
		{ "\x03\x01\x03\x01", 4 }, { "\x02\x01\x01", 3 }, { "\x05", 1 },
		{ "\x05\x80\x00", 3 }, { "\x04\x01\x02", 3 },
		{ "\x0c\x05"
		  "ab",
		    4 },
		{ "\x0d\x01", 2 }, { "\x19\x06", 2 }, { "\x19\x01", 2 },
		{ "\x1e\x01\x05", 3 }, { "\x1e\x02\x00\x00", 4 },
		{ "\x1c\x02\x01\x05", 4 }, { "\x1c\x06\xff\xff\xff\xff\x0f\x00", 8 },
		{ "\x80\x80\x08\x00", 4 },
		{ "\x0c\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11 } };
	struct slice unknown;
	struct thing t;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(
		    field_wire_read(arena, &things, bad[i], &t, &unknown), E_DAMAGED);
}

struct times {
	int64_t seen, made, gone;
};

static const struct field time_fields[] = {
	FIELD(1, INSTANT, times, made, FIELD_ORIGIN, 0, 0),
	FIELD(2, INSTANT, times, seen, 0, 0, 0),
	FIELD(3, INSTANT, times, gone, FIELD_NULL, 0, 0),
};
static const struct field_table times_table = FIELD_TABLE("times", times, time_fields);

/* Instants close to the first one of the record take a byte or two. */
static void
test_wire_origin(void **state)
{
	static const struct times all[] = { { 1000000, 1000000, 1000063 },
		{ INT64_MAX, INT64_MIN, 0 }, { INT64_MIN, INT64_MAX, INT64_MAX },
		{ 5, 0, FIELD_NONE } };
	struct buf b = BUF_INIT(arena);
	struct slice unknown;
	struct times t;

	(void)state;
	field_wire_write(&b, &times_table, &all[0], SLICE_NULL);
	assert_true(
	    slice_equal(buf_slice(&b), SLICE("\x03\x80\x89\x7a\x05\x00\x07\x7e")));
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		buf_clear(&b);
		field_wire_write(&b, &times_table, &all[i], SLICE_NULL);
		assert_int_equal(
		    field_wire_read(arena, &times_table, buf_slice(&b), &t, &unknown),
		    E_OK);
		assert_memory_equal(&t, &all[i], sizeof(t));
	}
}

/* Any cut and any flipped bit is refused or read as something; never a crash. */
static void
test_wire_garbage(void **state)
{
	struct thing t = full_thing(), u;
	struct slice unknown;
	struct buf b = BUF_INIT(NULL);
	size_t damaged = 0;

	(void)state;
	field_wire_write(&b, &things, &t, SLICE_NULL);
	for (size_t i = 0; i < b.n * 9; i++) {
		struct arena *a = arena_new(0);
		size_t at = i / 9, bit = i % 9;
		struct slice s = slice_head(buf_slice(&b), bit == 8 ? at : b.n);
		enum err e;

		if (bit < 8)
			b.p[at] = (char)(b.p[at] ^ 1 << bit);
		e = field_wire_read(a, &things, s, &u, &unknown);
		assert_true(e == E_OK || e == E_DAMAGED || e == E_NO_MEMORY);
		damaged += e == E_DAMAGED;
		if (bit < 8)
			b.p[at] = (char)(b.p[at] ^ 1 << bit);
		arena_free(a);
	}
	assert_true(damaged > b.n);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_and_tables),
		cmocka_unit_test(test_cleared),
		cmocka_unit_test(test_wire_round_trip),
		cmocka_unit_test(test_wire_bytes),
		cmocka_unit_test(test_wire_unknown),
		cmocka_unit_test(test_wire_damaged),
		cmocka_unit_test(test_wire_origin),
		cmocka_unit_test(test_wire_garbage),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
