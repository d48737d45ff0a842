#include "server/http/backoff.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <cmocka.h>

#define S INT64_C(1000000)
#define START (1000 * S)

static struct backoff *table;

static int
set_up(void **state)
{
	(void)state;
	table = backoff_new();
	return table != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	backoff_free(table);
	return 0;
}

static int
fail_at(const char *key, int64_t now)
{
	struct slice one = slice_str(key);

	return backoff_fail(table, &one, 1, now);
}

/* Uses up what is free. */
static void
fail_five(const char *key, int64_t now)
{
	for (int i = 0; i < 5; i++)
		assert_int_equal(fail_at(key, now), 0);
}

static void
test_waits_double(void **state)
{
	static const int waits[] = { 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900 };
	int64_t now = START;

	(void)state;
	fail_five("a", now);
	for (size_t i = 0; i < ARRAY_LEN(waits); i++) {
		assert_int_equal(fail_at("a", now), waits[i]);
		assert_int_equal(fail_at("a", now + 1), waits[i]);
		now += waits[i] * S;
		assert_int_equal(fail_at("a", now - 1), 1);
		assert_int_equal(fail_at("a", now), 0);
	}
	assert_int_equal(fail_at("b", now), 0);
}

/* Whoever goes on without waiting waits no longer for it. */
static void
test_refused_ones_do_not_count(void **state)
{
	(void)state;
	fail_five("a", START);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(fail_at("a", START + i * 1000), 2);
	assert_int_equal(fail_at("a", START + 2 * S), 0);
	assert_int_equal(fail_at("a", START + 2 * S), 4);
}

static void
test_forgotten_when_quiet(void **state)
{
	(void)state;
	fail_five("a", START);
	assert_int_equal(fail_at("a", START + 2 * S + 900 * S - 1), 0);
	assert_int_equal(fail_at("a", START + 2 * S + 900 * S - 1), 4);
	fail_five("b", START);
	fail_five("b", START + 2 * S + 900 * S);
	assert_int_equal(fail_at("b", START + 2 * S + 900 * S), 2);
	for (int i = 0; i < 4; i++)
		assert_int_equal(fail_at("c", START), 0);
	assert_int_equal(fail_at("c", START + 900 * S), 0);
	assert_int_equal(fail_at("c", START + 900 * S), 0);
}

static void
test_two_keys(void **state)
{
	const struct slice first[] = { SLICE("address"), SLICE("name") };
	const struct slice other[] = { SLICE("elsewhere"), SLICE("name") };

	(void)state;
	fail_five("name", START);
	assert_int_equal(backoff_fail(table, first, 2, START), 2);
	assert_int_equal(backoff_fail(table, other, 2, START), 2);
	fail_five("address", START);
	backoff_pass(table, SLICE("name"));
	assert_int_equal(backoff_fail(table, other, 2, START), 0);
	assert_int_equal(backoff_fail(table, first, 2, START), 2);
	backoff_pass(table, SLICE("never seen"));
}

/* A flood of keys neither grows the table nor frees the one that waits. */
static void
test_flood(void **state)
{
	char key[32];

	(void)state;
	fail_five("victim", START);
	assert_int_equal(fail_at("victim", START + 2 * S), 0);
	for (int i = 0; i < 1000000; i++) {
		snprintf(key, sizeof(key), "flood%d", i);
		assert_int_equal(fail_at(key, START + 2 * S), 0);
	}
	assert_int_equal(fail_at("victim", START + 2 * S), 4);
}

static _Atomic int passed;

static void *
hammer(void *arg)
{
	char key[16];

	(void)arg;
	for (int i = 0; i < 20000; i++) {
		snprintf(key, sizeof(key), "k%d", i % 20);
		if (fail_at(key, START) == 0)
			atomic_fetch_add(&passed, 1);
	}
	return NULL;
}

static void
test_threads(void **state)
{
	pthread_t thread[4];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, hammer, NULL), 0);
	for (size_t i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(passed, 20 * 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_waits_double),
		TEST(test_refused_ones_do_not_count),
		TEST(test_forgotten_when_quiet),
		TEST(test_two_keys),
		TEST(test_flood),
		TEST(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
