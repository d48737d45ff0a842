#include "server/http/limit.h"

#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "server/http/caps.h"

#define S INT64_C(1000000)

static int
take_all(struct limit *limit, struct slice key, int64_t now)
{
	int n = 0, retry;

	while (n < 100000 && limit_take(limit, key, now, &retry))
		n++;
	return n;
}

static void
test_exact(void **state)
{
	const struct conf_rate rate = { 7, S, 10 };
	struct limit *limit = limit_new(&rate, 100);
	const int64_t start = 5 * S;
	int taken = 0, retry;

	(void)state;
	assert_non_null(limit);
	assert_int_equal(take_all(limit, SLICE("a"), start), 10);
	assert_int_equal(take_all(limit, SLICE("b"), start), 10);
	assert_false(limit_take(limit, SLICE("a"), start, &retry));
	assert_int_equal(retry, 1);
	/* 1/7 s is 142857.14 microseconds: the token is there at 142858, not before. */
	assert_false(limit_peek(limit, SLICE("a"), start + 142857, &retry));
	assert_true(limit_peek(limit, SLICE("a"), start + 142858, &retry));
	for (int64_t t = start; t <= start + 100 * S; t += 997)
		taken += limit_take(limit, SLICE("a"), t, &retry);
	assert_int_equal(taken, 699);
	assert_int_equal(take_all(limit, SLICE("a"), start + 100 * S), 1);
	assert_int_equal(take_all(limit, SLICE("a"), start + 1000 * S), 10);
	limit_free(limit);
}

static void
test_retry_after(void **state)
{
	const struct conf_rate rate = { 10, 900 * S, 10 };
	struct limit *limit = limit_new(&rate, 100);
	int retry;

	(void)state;
	assert_int_equal(take_all(limit, SLICE("u"), 0), 10);
	assert_false(limit_take(limit, SLICE("u"), 0, &retry));
	assert_int_equal(retry, 90);
	assert_false(limit_take(limit, SLICE("u"), 500000, &retry));
	assert_int_equal(retry, 90);
	assert_false(limit_take(limit, SLICE("u"), 90 * S - 1, &retry));
	assert_int_equal(retry, 1);
	assert_true(limit_take(limit, SLICE("u"), 90 * S, &retry));
	assert_int_equal(retry, 0);
	limit_free(limit);
}

static void
test_no_limit_and_reload(void **state)
{
	struct conf_rate rate = { 0, S, 1 };
	struct limit *limit = limit_new(&rate, 10);
	int retry;

	(void)state;
	assert_int_equal(take_all(limit, SLICE("a"), 0), 100000);
	rate = (struct conf_rate){ 1, S, 3 };
	limit_set_rate(limit, &rate);
	assert_int_equal(take_all(limit, SLICE("a"), 0), 3);
	limit_set_rate(limit, &rate);
	assert_false(limit_take(limit, SLICE("a"), 0, &retry));
	rate.burst = 5;
	limit_set_rate(limit, &rate);
	assert_int_equal(take_all(limit, SLICE("a"), 0), 5);
	limit_free(limit);
}

static void
test_huge_rate(void **state)
{
	const struct conf_rate rate = { INT64_MAX, 86400 * S, INT64_MAX };
	struct limit *limit = limit_new(&rate, 10);
	int retry;

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_true(limit_take(limit, SLICE("a"), INT64_MAX - 10, &retry));
	limit_free(limit);
}

/* A stranger with many keys does not free the one that is used up. */
static void
test_bounded(void **state)
{
	const struct conf_rate rate = { 1, 60 * S, 5 };
	struct limit *limit = limit_new(&rate, 50);
	char key[32];
	int retry;

	(void)state;
	assert_int_equal(take_all(limit, SLICE("victim"), 0), 5);
	for (int i = 0; i < 20000; i++) {
		snprintf(key, sizeof(key), "flood%d", i);
		assert_true(limit_take(limit, slice_str(key), i, &retry));
	}
	assert_false(limit_take(limit, SLICE("victim"), 20000, &retry));
	assert_true(limit_peek(limit, SLICE("flood0"), 20000, &retry));
	limit_free(limit);
}

/* Bytes that malloc has given out. */
static size_t
heap_used(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* Of a million callers the last nine hundred thousand cost no memory. */
static void
test_million_keys(void **state)
{
	const struct conf_rate rate = { 1, 3600 * S, 2 };
	struct limit *limit = limit_new(&rate, 16384);
	char key[64];
	size_t before = 0;
	int retry;

	(void)state;
	assert_int_equal(take_all(limit, SLICE("victim"), 0), 2);
	for (int i = 0; i < 1000000; i++) {
		snprintf(key, sizeof(key), "flood%d of a stranger with a long name", i);
		assert_true(limit_take(limit, slice_str(key), i / 1000, &retry));
		if (i == 100000)
			before = heap_used();
	}
	assert_int_equal(heap_used(), before);
	assert_false(limit_take(limit, SLICE("victim"), 1000, &retry));
	limit_free(limit);
}

static void
test_peek_takes_nothing(void **state)
{
	const struct conf_rate rate = { 1, S, 1 };
	struct limit *limit = limit_new(&rate, 10);
	int retry;

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_true(limit_peek(limit, SLICE("a"), 0, &retry));
	assert_true(limit_take(limit, SLICE("a"), 0, &retry));
	assert_false(limit_peek(limit, SLICE("a"), 0, &retry));
	assert_true(limit_take(limit, SLICE_NULL, 0, &retry));
	assert_false(limit_take(limit, SLICE(""), 0, &retry));
	limit_free(limit);
}

struct job {
	struct limit *limit;
	struct caps *caps;
	_Atomic int taken;
};

static void *
hammer(void *arg)
{
	struct job *job = arg;
	char key[16];
	int retry;

	for (int i = 0; i < 20000; i++) {
		snprintf(key, sizeof(key), "k%d", i % 20);
		if (limit_take(job->limit, slice_str(key), 0, &retry))
			atomic_fetch_add(&job->taken, 1);
		if (caps_take(job->caps, slice_str(key), false))
			caps_drop(job->caps, slice_str(key), false);
	}
	return NULL;
}

static void
test_threads(void **state)
{
	const struct conf_rate rate = { 1, S, 300 };
	struct job job = { .limit = limit_new(&rate, 100), .caps = caps_new(3, 1) };
	pthread_t thread[4];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, hammer, &job), 0);
	for (size_t i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(job.taken, 20 * 300);
	assert_int_equal(caps_count(job.caps), 0);
	limit_free(job.limit);
	caps_free(job.caps);
}

static void
test_caps(void **state)
{
	struct caps *caps = caps_new(4, 2);

	(void)state;
	assert_true(caps_take(caps, SLICE("a"), false));
	assert_true(caps_take(caps, SLICE("a"), false));
	assert_false(caps_take(caps, SLICE("a"), false));
	assert_true(caps_take(caps, SLICE("b"), false));
	assert_true(caps_take(caps, SLICE_NULL, false));
	assert_false(caps_take(caps, SLICE("c"), false));
	assert_true(caps_take(caps, SLICE_NULL, true));
	assert_int_equal(caps_count(caps), 5);
	caps_drop(caps, SLICE("a"), false);
	assert_true(caps_take(caps, SLICE("a"), false));
	caps_set(caps, 10, 3);
	assert_true(caps_take(caps, SLICE("a"), false));
	assert_false(caps_take(caps, SLICE("a"), false));
	caps_free(caps);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_retry_after),
		cmocka_unit_test(test_no_limit_and_reload),
		cmocka_unit_test(test_huge_rate),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_million_keys),
		cmocka_unit_test(test_peek_takes_nothing),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_caps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
