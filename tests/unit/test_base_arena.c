#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
test_zeroed_and_aligned(void **state)
{
	struct arena *a = arena_new(0);

	(void)state;
	for (size_t n = 0; n < 6000; n += 37) {
		unsigned char *p = arena_alloc(a, n);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xee, n);
	}
	arena_free(a);
	arena_free(NULL);
}

static void
test_limit(void **state)
{
	struct arena *a = arena_new(1024);

	(void)state;
	assert_non_null(arena_alloc(a, 1000));
	assert_null(arena_alloc(a, 1000));
	assert_non_null(arena_alloc(a, 16));
	assert_null(arena_alloc(a, 1));
	assert_null(arena_alloc(a, SIZE_MAX));
	assert_null(arena_array(a, SIZE_MAX / 2, 4));
	arena_free(a);
}

static void
test_mark_gives_back(void **state)
{
	struct arena *a = arena_new(0);
	struct arena_mark empty = arena_mark(a), mark;
	char *kept, *p;
	size_t used;

	(void)state;
	kept = arena_str(a, SLICE("kept"));
	mark = arena_mark(a);
	used = arena_used(a);
	for (int round = 0; round < 3; round++) {
		p = arena_alloc(a, 100);
		assert_int_equal(p[0], 0);
		memset(p, 'x', 100);
		assert_non_null(arena_alloc(a, 100000));
		arena_reset(a, mark);
		assert_int_equal(arena_used(a), used);
	}
	assert_string_equal(kept, "kept");
	arena_reset(a, empty);
	assert_int_equal(arena_used(a), 0);
	assert_non_null(arena_alloc(a, 1));
	arena_free(a);
}

static void
test_texts(void **state)
{
	struct arena *a = arena_new(0);
	struct slice s = arena_slice(a, slice_of("abcdef", 3));

	(void)state;
	assert_int_equal(s.n, 3);
	assert_string_equal(s.p, "abc");
	assert_null(arena_slice(a, SLICE_NULL).p);
	assert_non_null(arena_slice(a, SLICE("")).p);
	assert_string_equal(arena_printf(a, "%s-%05d", "k", 42), "k-00042");
	s = arena_fold(a, SLICE("ABz-\xc4\x8c"));
	assert_string_equal(s.p, "abz-\xc4\x8c");
	arena_free(a);
}

static void
test_clear(void **state)
{
	struct arena *a = arena_new(100000);
	char *p;

	(void)state;
	arena_clear(a);
	for (int i = 0; i < 30; i++)
		assert_non_null(memset(arena_alloc(a, 1000), 'a', 1000));
	arena_clear(a);
	assert_int_equal(arena_used(a), 0);
	p = arena_alloc(a, 1000);
	assert_non_null(p);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(p[i], 0);
	/* Nothing of the limit is lost, and a block of its own is not kept. */
	assert_non_null(arena_alloc(a, 90000));
	arena_clear(a);
	assert_int_equal(arena_used(a), 0);
	assert_non_null(arena_alloc(a, 99000));
	arena_free(a);
}

static void
test_grow(void **state)
{
	struct arena *a = arena_new(0);
	char *p = arena_alloc(a, 10), *q;

	(void)state;
	memset(p, 'a', 10);
	q = arena_grow(a, p, 10, 1000);
	assert_ptr_equal(p, q);
	assert_int_equal(q[9], 'a');
	memset(q + 10, 'b', 990);
	assert_non_null(arena_alloc(a, 1));
	p = arena_grow(a, q, 1000, 2000);
	assert_ptr_not_equal(p, q);
	assert_memory_equal(p, "aaaaaaaaaab", 11);
	assert_int_equal(p[999], 'b');
	p = arena_grow(a, p, 2000, 100000);
	assert_memory_equal(p, "aaaaaaaaaab", 11);
	assert_non_null(arena_grow(a, NULL, 0, 8));
	assert_null(arena_grow(a, p, 100000, 17u * 1024 * 1024));
	arena_free(a);
}

static void
test_fail_after(void **state)
{
	struct arena *a = arena_new(0);

	(void)state;
	arena_fail_after(2);
	assert_non_null(arena_alloc(a, 1));
	assert_non_null(arena_str(a, SLICE("x")));
	assert_null(arena_alloc(a, 1));
	assert_null(arena_slice(a, SLICE("x")).p);
	assert_null(arena_printf(a, "x"));
	assert_null(arena_new(0));
	arena_fail_after(SIZE_MAX);
	assert_non_null(arena_alloc(a, 1));
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zeroed_and_aligned),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_mark_gives_back),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_grow),
		cmocka_unit_test(test_fail_after),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
