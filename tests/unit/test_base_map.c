#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

#define MANY 5000

static struct slice
key_of(char *text, size_t size, int i)
{
	return slice_of(text, (size_t)snprintf(text, size, "key-%d", i));
}

static void
sum(struct slice key, void *value, void *arg)
{
	assert_true(slice_starts(key, SLICE("key-")));
	*(long *)arg += *(int *)value;
}

static void
test_many(void **state)
{
	static int values[MANY];
	struct map *m = map_new();
	char text[32];
	long total = 0;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		values[i] = i;
		assert_int_equal(
		    map_set(m, key_of(text, sizeof(text), i), &values[i], NULL), E_OK);
	}
	assert_int_equal(map_count(m), MANY);
	for (int i = 0; i < MANY; i++)
		assert_ptr_equal(map_get(m, key_of(text, sizeof(text), i)), &values[i]);
	map_each(m, sum, &total);
	assert_int_equal(total, (long)MANY * (MANY - 1) / 2);
	for (int i = 0; i < MANY; i += 2)
		assert_ptr_equal(map_take(m, key_of(text, sizeof(text), i)), &values[i]);
	assert_int_equal(map_count(m), MANY / 2);
	for (int i = 0; i < MANY; i++)
		assert_ptr_equal(
		    map_get(m, key_of(text, sizeof(text), i)), i % 2 ? &values[i] : NULL);
	map_free(m);
	map_free(NULL);
}

static void
test_replace(void **state)
{
	struct map *m = map_new();
	int a, b;
	void *old = &a;

	(void)state;
	assert_int_equal(map_set(m, slice_of("a\0b", 3), &a, &old), E_OK);
	assert_null(old);
	assert_null(map_get(m, SLICE("a")));
	assert_int_equal(map_set(m, slice_of("a\0b", 3), &b, &old), E_OK);
	assert_ptr_equal(old, &a);
	assert_int_equal(map_count(m), 1);
	assert_ptr_equal(map_take(m, slice_of("a\0b", 3)), &b);
	assert_null(map_take(m, slice_of("a\0b", 3)));
	assert_int_equal(map_set(m, SLICE_NULL, &a, NULL), E_OK);
	assert_ptr_equal(map_get(m, SLICE("")), &a);
	map_free(m);
}

static void
test_no_memory(void **state)
{
	struct map *m = map_new();
	char text[32];
	int v;

	(void)state;
	arena_fail_after(0);
	assert_null(map_new());
	assert_int_equal(map_set(m, SLICE("x"), &v, NULL), E_NO_MEMORY);
	assert_int_equal(map_count(m), 0);
	arena_fail_after(17);
	for (int i = 0; i < 17; i++)
		assert_int_equal(
		    map_set(m, key_of(text, sizeof(text), i), &v, NULL), E_OK);
	assert_int_equal(map_set(m, SLICE("y"), &v, NULL), E_NO_MEMORY);
	arena_fail_after(SIZE_MAX);
	assert_int_equal(map_count(m), 17);
	assert_ptr_equal(map_get(m, SLICE("key-16")), &v);
	map_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
