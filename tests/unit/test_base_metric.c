#include "base/metric.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct buf printed;

static bool
shows(const char *text)
{
	return slice_search(buf_slice(&printed), slice_str(text)) >= 0;
}

static void
print_all(void)
{
	buf_clear(&printed);
	metric_print(&printed);
	assert_true(buf_ok(&printed));
}

static void *
count_up(void *arg)
{
	(void)arg;
	for (int i = 0; i < 10000; i++) {
		metric_add(METRIC_STORE_COMMITS, 1);
		metric_add_by(METRIC_STATUS, i % 2 ? "2xx" : "4xx", 1);
		metric_observe(METRIC_STORE_COMMIT_TIME, 2000);
	}
	return NULL;
}

static void
test_threads_lose_nothing(void **state)
{
	pthread_t thread[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, count_up, NULL), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(metric_value(METRIC_STORE_COMMITS), 40000);
	assert_int_equal(metric_value(METRIC_STATUS), 40000);
	print_all();
	assert_true(shows("licet_store_commits_total 40000\n"));
	assert_true(shows("licet_responses_total{status=\"2xx\"} 20000\n"));
	assert_true(shows("licet_responses_total{status=\"4xx\"} 20000\n"));
	assert_true(shows("licet_store_commit_seconds_bucket{le=\"0.001\"} 0\n"));
	assert_true(shows("licet_store_commit_seconds_bucket{le=\"0.0025\"} 40000\n"));
	assert_true(shows("licet_store_commit_seconds_sum 80.000000\n"));
	assert_true(shows("licet_store_commit_seconds_count 40000\n"));
}

static void
test_text_form(void **state)
{
	(void)state;
	metric_set(METRIC_CONNECTIONS, 5);
	metric_add(METRIC_CONNECTIONS, -2);
	metric_observe(METRIC_REQUEST_TIME, 1000);
	metric_observe(METRIC_REQUEST_TIME, 1001);
	metric_observe(METRIC_REQUEST_TIME, 60000000);
	print_all();
	assert_int_equal(metric_value(METRIC_CONNECTIONS), 3);
	assert_true(shows("# HELP licet_connections Open connections\n"
			  "# TYPE licet_connections gauge\nlicet_connections 3\n"));
	assert_true(shows("# TYPE licet_request_seconds histogram\n"
			  "licet_request_seconds_bucket{le=\"0.001\"} 1\n"
			  "licet_request_seconds_bucket{le=\"0.0025\"} 2\n"));
	assert_true(shows("licet_request_seconds_bucket{le=\"10\"} 2\n"
			  "licet_request_seconds_bucket{le=\"+Inf\"} 3\n"
			  "licet_request_seconds_sum 60.002001\n"
			  "licet_request_seconds_count 3\n"));
	assert_true(shows("# TYPE licet_refusals_total counter\n"));
}

static void
test_labels_are_bounded(void **state)
{
	static char name[300][24];
	char copy[] = "name 7";

	(void)state;
	for (int i = 0; i < 300; i++) {
		snprintf(name[i], sizeof(name[i]), "name %d", i);
		metric_add_by(METRIC_REFUSALS, name[i], 1);
	}
	metric_add_by(METRIC_REFUSALS, copy, 1);
	metric_add_by(METRIC_CONNECTIONS, "no label", 1);
	assert_int_equal(metric_value(METRIC_REFUSALS), 257);
	print_all();
	assert_true(shows("licet_refusals_total{code=\"name 7\"} 2\n"));
	assert_false(shows("name 256"));
	buf_free(&printed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads_lose_nothing),
		cmocka_unit_test(test_text_form),
		cmocka_unit_test(test_labels_are_bounded),
	};

	return cmocka_run_group_tests_name("metric", tests, NULL, NULL);
}
