#include "tests/unit/http_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/metric.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define LAST(path) "GET " path " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

static struct rig rig;

static int
set_up(void **state)
{
	(void)state;
	rig_init(&rig);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	rig_end(&rig);
	return 0;
}

static void
test_caps(void **state)
{
	int64_t refused = metric_value(METRIC_CONNECTIONS_REFUSED);
	int fd[3];

	(void)state;
	rig.options.max_per_address = 2;
	rig_start(&rig);
	for (int i = 0; i < 3; i++) {
		fd[i] = rig_connect(&rig);
		usleep(20000);
	}
	assert_true(rig_ends(fd[2], 1000));
	assert_int_equal(metric_value(METRIC_CONNECTIONS_REFUSED), refused + 1);
	close(fd[0]);
	rig_wait_connections(&rig, 1);
	assert_non_null(strstr(rig_ask(&rig, LAST("/free")), "/free"));
	rig.options.max_connections = 1;
	rig.options.max_per_address = 10;
	server_set_options(rig.server, &rig.options);
	rig_wait_connections(&rig, 1);
	assert_string_equal(rig_ask(&rig, LAST("/total")), "");
	close(fd[1]);
	close(fd[2]);
}

static void
test_trusted_proxy(void **state)
{
	char network[] = "127.0.0.0/8";
	char *trusted[] = { network };

	(void)state;
	rig.options.trusted_proxies = trusted;
	rig.options.n_trusted_proxies = 1;
	rig.options.max_per_address = 1;
	rig_start(&rig);
	int fd = rig_connect(&rig);
	usleep(20000);
	assert_non_null(strstr(rig_ask(&rig, "GET /peer HTTP/1.1\r\nHost: a\r\n"
					     "Connection: close\r\n"
					     "X-Forwarded-For: 9.9.9.9, 1.2.3.4\r\n\r\n"),
	    "\r\n1.2.3.4 local=0"));
	close(fd);
}

static void
test_bad_options(void **state)
{
	static char network[] = "10.0.0.0/99";
	static char *trusted[] = { network };
	struct server *server;

	(void)state;
	rig.options.trusted_proxies = trusted;
	rig.options.n_trusted_proxies = 1;
	assert_int_equal(server_new(&server, &rig.options, &rig.spec, 1), E_CONFIG);
}

static void
test_addresses(void **state)
{
	static const char *const bad[] = { "", "127.0.0.1",
		"127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", ":80", "::1:80",
		"[127.0.0.1]:0", "host.invalid:0", "127.0.0.1:0x1" };
	struct server *server;
	char busy[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct listen_spec spec = rig.spec;
		spec.address = bad[i];
		assert_int_equal(server_new(&server, &rig.options, &spec, 1), E_ADDRESS);
	}
	rig_start(&rig);
	snprintf(busy, sizeof(busy), "127.0.0.1:%d", rig.port);
	struct listen_spec spec = rig.spec;
	spec.address = busy;
	assert_int_equal(server_new(&server, &rig.options, &spec, 1), E_ADDRESS);
	spec.address = "localhost:0";
	assert_int_equal(server_new(&server, &rig.options, &spec, 1), E_OK);
	assert_memory_equal(server_listener(server, 0)->url, "http://127.0.0.1:", 17);
	server_free(server);
}

static void
test_unix_socket(void **state)
{
	struct stat st;
	char path[128], want[64];
	struct server *second;

	(void)state;
	snprintf(path, sizeof(path), "%s", rig_path(&rig, "socket"));
	rig.spec.is_unix = true;
	rig.spec.address = path;
	rig_start(&rig);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	snprintf(want, sizeof(want), "local local=1 uid=%ld", (long)geteuid());
	assert_non_null(strstr(rig_ask(&rig, LAST("/peer")), want));
	assert_int_equal(server_new(&second, &rig.options, &rig.spec, 1), E_ADDRESS);
	assert_non_null(strstr(rig_ask(&rig, LAST("/still")), "/still"));
	server_stop(rig.server, 0);
	assert_int_not_equal(stat(path, &st), 0);
}

static void
test_stale_unix_socket(void **state)
{
	char path[128], command[256];
	struct stat st;

	(void)state;
	snprintf(path, sizeof(path), "%s", rig_path(&rig, "socket"));
	rig.spec.is_unix = true;
	rig.spec.address = path;
	snprintf(command, sizeof(command), "echo precious > '%s'", path);
	assert_int_equal(system(command), 0);
	assert_int_equal(server_new(&rig.server, &rig.options, &rig.spec, 1), E_ADDRESS);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 9);
	assert_int_equal(unlink(path), 0);
	snprintf(command, sizeof(command),
	    "python3 -c \"import socket; socket.socket(socket.AF_UNIX).bind('%s')\"",
	    path);
	assert_int_equal(system(command), 0);
	assert_int_equal(stat(path, &st), 0);
	rig_start(&rig);
	assert_non_null(strstr(rig_ask(&rig, LAST("/fresh")), "/fresh"));
}

/* No descriptor left: connections are closed at once and the loop does not spin. */
static void
test_no_descriptors(void **state)
{
	struct rlimit old, low;
	struct rusage before, after;
	int fd[40];

	(void)state;
	rig.options.threads = 1;
	rig_start(&rig);
	assert_non_null(strstr(rig_ask(&rig, LAST("/warm")), "/warm"));
	rig_wait_connections(&rig, 0);
	for (int i = 0; i < 20; i++)
		fd[i] = socket(AF_INET, SOCK_STREAM, 0);
	getrlimit(RLIMIT_NOFILE, &old);
	low = old;
	low.rlim_cur = (rlim_t)fd[19] + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	struct sockaddr_storage sa;
	socklen_t n = sizeof(sa);
	int first = fd[0];
	close(first);
	fd[0] = rig_connect(&rig);
	assert_int_equal(getpeername(fd[0], (struct sockaddr *)&sa, &n), 0);
	assert_true(rig_ends(fd[0], 1000));
	for (int i = 1; i < 20; i++)
		assert_int_equal(connect(fd[i], (struct sockaddr *)&sa, n), 0);
	getrusage(RUSAGE_SELF, &before);
	usleep(300000);
	getrusage(RUSAGE_SELF, &after);
	setrlimit(RLIMIT_NOFILE, &old);
	int64_t used = (after.ru_utime.tv_sec - before.ru_utime.tv_sec) * CLOCK_SECOND +
	               after.ru_utime.tv_usec - before.ru_utime.tv_usec;
	assert_true(used < 100 * MS);
	for (int i = 1; i < 20; i++)
		assert_true(rig_ends(fd[i], 1000));
	for (int i = 0; i < 20; i++)
		close(fd[i]);
	assert_non_null(strstr(rig_ask(&rig, LAST("/again")), "/again"));
}

static void
test_stop(void **state)
{
	(void)state;
	rig_start(&rig);
	rig.delay = 150 * MS;
	int idle = rig_connect(&rig), busy = rig_connect(&rig);
	rig_send(idle, GET("/idle"));
	rig_read_until(idle, "/idle");
	rig_send(busy, GET("/later") GET("/never"));
	usleep(50000);
	int64_t start = clock_monotonic();
	server_stop(rig.server, 5 * CLOCK_SECOND);
	assert_true(clock_monotonic() - start < 2 * CLOCK_SECOND);
	assert_true(rig_ends(idle, 1000));
	const char *a = rig_read(busy, 1000);
	assert_non_null(strstr(a, "(later)"));
	assert_non_null(strstr(a, "Connection: close\r\n"));
	assert_int_equal(rig_count(a, "HTTP/1.1 "), 1);
	close(idle);
	close(busy);
}

/* Time is up before the answer: the request lives on until server_free. */
static void
test_stop_short(void **state)
{
	(void)state;
	rig_start(&rig);
	rig.delay = 300 * MS;
	int fd = rig_connect(&rig);
	rig_send(fd, "POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
	usleep(50000);
	int64_t start = clock_monotonic();
	server_stop(rig.server, 50 * MS);
	assert_true(clock_monotonic() - start < 250 * MS);
	assert_int_equal(server_connections(rig.server), 1);
	close(fd);
}

static void
test_server_new_without_memory(void **state)
{
	struct server *server = NULL;
	enum err err = E_NO_MEMORY;
	size_t n = 0;

	(void)state;
	for (; err != E_OK && n < 200; n++) {
		arena_fail_after(n);
		err = server_new(&server, &rig.options, &rig.spec, 1);
		arena_fail_after(SIZE_MAX);
		assert_true(err == E_OK || err == E_NO_MEMORY);
	}
	assert_int_equal(err, E_OK);
	assert_true(n > 5);
	server_free(server);
}

static void
test_without_start(void **state)
{
	struct server *server;

	(void)state;
	assert_int_equal(server_new(&server, &rig.options, &rig.spec, 1), E_OK);
	assert_int_equal(server_connections(server), 0);
	server_free(server);
	server_free(NULL);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_caps),
		TEST(test_trusted_proxy),
		TEST(test_bad_options),
		TEST(test_addresses),
		TEST(test_unix_socket),
		TEST(test_stale_unix_socket),
		TEST(test_no_descriptors),
		TEST(test_stop),
		TEST(test_stop_short),
		TEST(test_server_new_without_memory),
		TEST(test_without_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
