/* What the tests of carriers share: an arena, an input that is put together, and what
 * came of it. */
#ifndef LICET_TESTS_UNIT_CARRIER_RIG_H
#define LICET_TESTS_UNIT_CARRIER_RIG_H

#include "offline/carrier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/sample_object.h"

static struct arena *arena;
static struct buf in;
static struct carrier_list list;
static struct carrier_fault fault;

static inline int
set_up(void **state)
{
	(void)state;
	arena = arena_new(64 << 20);
	in = BUF_INIT(arena);
	return arena == NULL;
}

static inline int
tear_down(void **state)
{
	(void)state;
	arena_fail_after(SIZE_MAX);
	arena_free(arena);
	return 0;
}

static inline struct slice
object(enum object_kind kind, size_t size, uint32_t seed)
{
	struct slice s = sample_object(arena, kind, size, seed);

	assert_non_null(s.p);
	return s;
}

/* The texts of the object's codes. */
static inline struct slice *
texts_of(enum object_kind kind, struct slice bytes, size_t part, size_t wanted)
{
	struct slice *texts;
	size_t n;

	assert_int_equal(carrier_qr_texts(arena, kind, bytes, part, &texts, &n), E_OK);
	assert_int_equal(n, wanted);
	return texts;
}

static inline enum err
read_input(size_t max)
{
	assert_true(buf_ok(&in));
	return carrier_read(arena, buf_slice(&in), max, &list, &fault);
}

/* What `in` holds is this one object, then `in` is empty. */
static inline void
expect_one(enum object_kind kind, struct slice bytes)
{
	assert_int_equal(read_input(1), E_OK);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.item[0].err, E_OK);
	assert_int_equal(list.item[0].kind, kind);
	assert_true(slice_equal(list.item[0].bytes, bytes));
	buf_clear(&in);
}

/* what: NULL for nothing to be said. */
static inline void
expect_refused(enum err err, size_t line, const char *what)
{
	assert_int_equal(read_input(10), err);
	assert_int_equal(fault.line, line);
	if (what)
		assert_string_equal(fault.what, what);
	else
		assert_null(fault.what);
	buf_clear(&in);
}

static inline void
put_line(struct slice text)
{
	buf_slice_add(&in, text);
	buf_char(&in, '\n');
}

#endif
