#include "tests/unit/http_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/metric.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST "POST /echo HTTP/1.1\r\nHost: a\r\n"

static struct rig rig;

static int
set_up(void **state)
{
	(void)state;
	rig_init(&rig);
	rig.options.header_timeout = 200 * MS;
	rig.options.body_timeout = 300 * MS;
	rig.options.idle_timeout = 400 * MS;
	rig_start(&rig);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	rig_end(&rig);
	return 0;
}

/* Sends the text over and over, a byte each 10 ms, until an answer comes; microseconds.
 */
static int64_t
drip(int fd, const char *text)
{
	int64_t start = clock_monotonic();
	char c;

	for (size_t i = 0; recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) < 0; i++) {
		send(fd, text + i % strlen(text), 1, MSG_NOSIGNAL);
		usleep(10000);
		assert_true(clock_monotonic() - start < 3 * CLOCK_SECOND);
	}
	return clock_monotonic() - start;
}

static void
check_timeout(int fd)
{
	const char *a = rig_read(fd, 1000);

	assert_memory_equal(a, "HTTP/1.1 408 ", 13);
	assert_non_null(strstr(a, "request_timeout"));
	assert_non_null(strstr(a, "Connection: close\r\n"));
	close(fd);
}

static void
test_drip_head(void **state)
{
	int64_t cut = metric_value(METRIC_DEADLINES);
	int fd = rig_connect(&rig);

	(void)state;
	rig_send(fd, "GET /x HTTP/1.1\r\n");
	assert_in_range(drip(fd, "A: b\r\n"), 150 * MS, 450 * MS);
	check_timeout(fd);
	assert_int_equal(metric_value(METRIC_DEADLINES), cut + 1);
}

/* The second request of a connection has a deadline of its own. */
static void
test_drip_second_head(void **state)
{
	int fd = rig_connect(&rig);

	(void)state;
	rig_send(fd, GET("/one"));
	rig_read_until(fd, "/one");
	usleep(250000);
	rig_send(fd, "GET /two HT");
	usleep(100000);
	rig_send(fd, "TP/1.1\r\nHost: a\r\n\r\n");
	rig_read_until(fd, "/two");
	rig_send(fd, "G");
	assert_in_range(drip(fd, "E"), 150 * MS, 450 * MS);
	check_timeout(fd);
}

static void
test_drip_body(void **state)
{
	int fd = rig_connect(&rig);

	(void)state;
	rig_send(fd, POST "Content-Length: 50000\r\n\r\n");
	assert_in_range(drip(fd, "x"), 250 * MS, 550 * MS);
	check_timeout(fd);
	fd = rig_connect(&rig);
	rig_send(fd, POST "Transfer-Encoding: chunked\r\n\r\n");
	assert_in_range(drip(fd, "1\r\nx\r\n"), 250 * MS, 550 * MS);
	check_timeout(fd);
}

static void
test_silent(void **state)
{
	int fd = rig_connect(&rig);
	int64_t start = clock_monotonic();

	(void)state;
	assert_string_equal(rig_read(fd, 2000), "");
	assert_in_range(clock_monotonic() - start, 150 * MS, 450 * MS);
	close(fd);
}

static void
test_idle(void **state)
{
	int fd = rig_connect(&rig);

	(void)state;
	rig_send(fd, GET("/one"));
	rig_read_until(fd, "/one");
	int64_t start = clock_monotonic();
	assert_string_equal(rig_read(fd, 2000), "");
	assert_in_range(clock_monotonic() - start, 350 * MS, 700 * MS);
	close(fd);
}

/* A client that does not read its answer is cut, one that reads slowly is not. */
static void
test_write_without_progress(void **state)
{
	static char part[400000];
	int small = 100000;
	int fd = rig_connect(&rig);

	(void)state;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	rig_send(fd, GET("/big?12000000"));
	for (int i = 0; i < 22; i++) {
		assert_true(recv(fd, part, sizeof(part), 0) > 0);
		usleep(50000);
	}
	assert_int_equal(server_connections(rig.server), 1);
	close(fd);
	rig_wait_connections(&rig, 0);
	fd = rig_connect(&rig);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	rig_send(fd, GET("/big?12000000"));
	assert_int_equal(recv(fd, part, 10, MSG_WAITALL), 10);
	assert_int_equal(server_connections(rig.server), 1);
	int64_t start = clock_monotonic();
	rig_wait_connections(&rig, 0);
	assert_true(clock_monotonic() - start < 3000 * MS);
	close(fd);
}

/* An answer may take longer than any deadline of the client's. */
static void
test_deferred_has_no_deadline(void **state)
{
	int fd = rig_connect(&rig);

	(void)state;
	rig.delay = 600 * MS;
	rig_send(fd, GET("/later"));
	rig_read_until(fd, "(later)");
	close(fd);
}

static void
test_reload(void **state)
{
	int fd = rig_connect(&rig);

	(void)state;
	rig.options.header_timeout = 800 * MS;
	server_set_options(rig.server, &rig.options);
	rig_send(fd, "GET /x HTTP/1.1\r\n");
	assert_in_range(drip(fd, "A: b\r\n"), 750 * MS, 1100 * MS);
	check_timeout(fd);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_drip_head),
		TEST(test_drip_second_head),
		TEST(test_drip_body),
		TEST(test_silent),
		TEST(test_idle),
		TEST(test_write_without_progress),
		TEST(test_deferred_has_no_deadline),
		TEST(test_reload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
