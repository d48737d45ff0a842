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
#include "base/log.h"
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
test_reply_form(void **state)
{
	(void)state;
	rig_start(&rig);
	const char *a = rig_ask(&rig, LAST("/x"));
	assert_memory_equal(a, "HTTP/1.1 200 OK\r\n", 17);
	assert_int_equal(rig_count(a, "\r\nDate: "), 1);
	assert_int_equal(rig_count(a, " GMT\r\n"), 1);
	assert_int_equal(rig_count(a, "\r\nContent-Length: 2\r\n"), 1);
	assert_int_equal(rig_count(a, "\r\nConnection: close\r\n"), 1);
	assert_int_equal(rig_count(a, "\r\nX-Test: yes\r\n"), 1);
	assert_string_equal(strstr(a, "\r\n\r\n"), "\r\n\r\n/x");
}

static void
test_keep_alive(void **state)
{
	(void)state;
	rig_start(&rig);
	int fd = rig_connect(&rig);
	for (int i = 0; i < 3; i++) {
		rig_send(fd, GET("/one"));
		assert_int_equal(rig_count(rig_read_until(fd, "/one"), "Connection:"), 0);
	}
	rig_send(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
	rig_read_until(fd, "hello");
	rig_send(fd, LAST("/two"));
	rig_read_until(fd, "/two");
	assert_true(rig_ends(fd, 1000));
	close(fd);
}

static void
test_http10_and_head(void **state)
{
	(void)state;
	rig_start(&rig);
	const char *a = rig_ask(&rig, "GET /old HTTP/1.0\r\n\r\n");
	assert_string_equal(strstr(a, "\r\n\r\n"), "\r\n\r\n/old");
	assert_int_equal(rig_count(a, "Connection: close\r\n"), 1);
	int fd = rig_connect(&rig);
	rig_send(fd, "GET /o HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	assert_int_equal(
	    rig_count(rig_read_until(fd, "/o"), "Connection: keep-alive\r\n"), 1);
	rig_send(fd, "HEAD /12345 HTTP/1.1\r\nHost: a\r\n\r\n" LAST("/z"));
	a = rig_read(fd, 1000);
	assert_int_equal(rig_count(a, "Content-Length: 6\r\n"), 1);
	assert_int_equal(rig_count(a, "/12345"), 0);
	assert_string_equal(a + strlen(a) - 2, "/z");
	close(fd);
}

static void
test_pipelining(void **state)
{
	(void)state;
	rig_start(&rig);
	int fd = rig_connect(&rig);
	rig_send(fd,
	    GET("/later") "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
			  "POST /echo HTTP/1.1\r\nHost: a\r\n"
			  "Transfer-Encoding: "
			  "chunked\r\n\r\n2\r\nde\r\n1\r\nf\r\n0\r\n\r\n" GET(
			      "/later") "\r\n" LAST("/end"));
	const char *a = rig_read(fd, 2000);
	assert_int_equal(rig_count(a, "HTTP/1.1 200 OK\r\n"), 5);
	const char *at = strstr(a, "(later)");
	assert_non_null(at);
	at = strstr(at, "abc");
	assert_non_null(at);
	at = strstr(at, "def");
	assert_non_null(at);
	at = strstr(at, "(later)");
	assert_non_null(at);
	assert_non_null(strstr(at, "/end"));
	close(fd);
}

static void
test_many_pipelined(void **state)
{
	static char text[300 * 40];

	(void)state;
	rig_start(&rig);
	for (int i = 0; i < 300; i++)
		memcpy(text + strlen(text), GET("/p"), sizeof(GET("/p")));
	int fd = rig_connect(&rig);
	rig_send(fd, text);
	rig_send(fd, LAST("/end"));
	const char *a = rig_read(fd, 2000);
	assert_int_equal(rig_count(a, "HTTP/1.1 200 OK\r\n"), 301);
	close(fd);
}

static void
test_split_request(void **state)
{
	const char text[] = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n"
			    "Connection: close\r\n\r\n123456789";

	(void)state;
	rig_start(&rig);
	int fd = rig_connect(&rig);
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		assert_int_equal(send(fd, text + i, 1, 0), 1);
		usleep(200);
	}
	rig_read_until(fd, "123456789");
	assert_true(rig_ends(fd, 1000));
	close(fd);
}

static void
test_refusals(void **state)
{
	static const struct {
		const char *text, *status, *code;
	} cases[] = {
		{ "GET /x HTTP/1.1\r\n\r\n", "400", "bad_request" },
		{ "GET /x HTTP/1.1\nHost: a\n\n", "400", "bad_request" },
		{ "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
		  "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" GET("/smuggled"),
		    "400", "bad_request" },
		{ "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
		  "chunked\r\n\r\nz\r\n",
		    "400", "bad_request" },
		{ "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\n", "413",
		    "payload_too_large" },
		{ "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		  "186a1\r\n",
		    "413", "payload_too_large" },
		{ "POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", "413",
		    "payload_too_large" },
		{ "POST /none HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		  "1\r\nx\r\n0\r\n\r\n",
		    "413", "payload_too_large" },
	};

	(void)state;
	rig_start(&rig);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *a = rig_ask(&rig, cases[i].text);
		assert_int_equal(rig_count(a, "HTTP/1.1 "), 1);
		assert_memory_equal(a + 9, cases[i].status, 3);
		assert_int_equal(rig_count(a, "Connection: close\r\n"), 1);
		assert_non_null(strstr(a, cases[i].code));
	}
	assert_non_null(strstr(rig_ask(&rig, LAST("/broken")), " 503 "));
}

static void
test_head_too_large(void **state)
{
	static char text[100000];

	(void)state;
	rig_start(&rig);
	memset(text, 'a', sizeof(text) - 1);
	memcpy(text, "GET /", 5);
	const char *a = rig_ask(&rig, text);
	assert_non_null(strstr(a, " 431 "));
	assert_non_null(strstr(a, "headers_too_large"));
}

/* The client sends all of a body that is refused before it reads. */
static void
test_refused_body_in_flight(void **state)
{
	static char body[1000001];

	(void)state;
	rig_start(&rig);
	memset(body, 'b', sizeof(body) - 1);
	int fd = rig_connect(&rig);
	rig_send(fd, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
	usleep(50000);
	rig_send(fd, body);
	assert_non_null(strstr(rig_read(fd, 1000), "payload_too_large"));
	close(fd);
}

static void
test_bodies(void **state)
{
	static char text[110000];
	int head = snprintf(text, sizeof(text),
	    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");

	(void)state;
	rig_start(&rig);
	memset(text + head, 'e', 100000);
	int fd = rig_connect(&rig);
	rig_send(fd, text);
	const char *a = rig_read_until(fd, "\r\n\r\ne");
	size_t n = strlen(strstr(a, "\r\n\r\n")) - 4;
	while (n < 100000)
		n += strlen(rig_read_until(fd, "e"));
	assert_int_equal(n, 100000);
	rig_send(fd, GET("/after"));
	rig_read_until(fd, "/after");
	close(fd);
}

static void
test_big_reply(void **state)
{
	static char part[65536];
	size_t n = 0;
	ssize_t got;

	(void)state;
	rig_start(&rig);
	int fd = rig_connect(&rig);
	rig_send(fd, GET("/big?6000000") LAST("/x"));
	usleep(100000);
	while ((got = recv(fd, part, sizeof(part), 0)) > 0)
		n += (size_t)got;
	assert_int_equal(got, 0);
	assert_in_range(n, 6000200, 6001000);
	close(fd);
}

static void
test_expect(void **state)
{
	(void)state;
	rig_start(&rig);
	int fd = rig_connect(&rig);
	rig_send(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
		     "Expect: 100-continue\r\n\r\n");
	assert_string_equal(
	    rig_read_until(fd, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
	rig_send(fd, "data");
	rig_read_until(fd, "\r\n\r\ndata");
	close(fd);
	const char *a = rig_ask(&rig, "POST /echo HTTP/1.1\r\nHost: a\r\n"
				      "Content-Length: 400000\r\n"
				      "Expect: 100-continue\r\n\r\n");
	assert_memory_equal(a, "HTTP/1.1 413 ", 13);
}

static void
test_half_close(void **state)
{
	(void)state;
	rig_start(&rig);
	rig.delay = 50 * MS;
	int fd = rig_connect(&rig);
	rig_send(fd, GET("/later"));
	shutdown(fd, SHUT_WR);
	assert_non_null(strstr(rig_read(fd, 2000), "(later)"));
	assert_true(rig_ends(fd, 1000));
	close(fd);
	fd = rig_connect(&rig);
	rig_send(fd, "GET /x HT");
	shutdown(fd, SHUT_WR);
	assert_string_equal(rig_read(fd, 1000), "");
	close(fd);
	rig_wait_connections(&rig, 0);
}

static void
test_gone_while_deferred(void **state)
{
	const struct linger reset = { 1, 0 };

	(void)state;
	rig_start(&rig);
	rig.delay = 20 * MS;
	for (int i = 0; i < 10; i++) {
		int fd = rig_connect(&rig);
		rig_send(fd, "POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
			     "\r\nabc" GET("/x"));
		usleep(5000);
		if (i % 2 == 0)
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(fd);
	}
	rig_wait_connections(&rig, 0);
	assert_int_equal(rig.later, 10);
	assert_non_null(strstr(rig_ask(&rig, LAST("/alive")), "/alive"));
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
	char network[] = "10.0.0.0/99";
	char *trusted[] = { network };
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

/* Whichever allocation fails, the client gets an answer or an end, and nothing is lost.
 */
static void
test_no_memory(void **state)
{
	int answered = 0;

	(void)state;
	rig_start(&rig);
	for (size_t n = 0; n < 40; n++) {
		arena_fail_after(n);
		const char *a = rig_ask(&rig, "POST /echo HTTP/1.1\r\nHost: a\r\n"
					      "Connection: close\r\n"
					      "Transfer-Encoding: chunked\r\n\r\n"
					      "3\r\nabc\r\n0\r\n\r\n");
		rig_wait_connections(&rig, 0);
		arena_fail_after(SIZE_MAX);
		if (strstr(a, "HTTP/1.1 200 OK\r\n") != NULL)
			answered++;
		else
			assert_true(a[0] == '\0' || strstr(a, "HTTP/1.1 503 ") != NULL);
	}
	assert_in_range(answered, 20, 39);
	assert_non_null(strstr(rig_ask(&rig, LAST("/alive")), "/alive"));
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

/* One line for each answer, without the query. */
static void
test_access_log(void **state)
{
	static char text[8192];
	char path[128];

	(void)state;
	rig_start(&rig);
	snprintf(path, sizeof(path), "%s", rig_path(&rig, "log"));
	int kept = dup(STDERR_FILENO);
	FILE *log = freopen(path, "w+", stderr);
	assert_non_null(log);
	log_setup(LOG_INFO, LOG_LOGFMT, NULL);
	rig_ask(&rig, LAST("/key\"x?license_key=SECRET1"));
	rig_ask(&rig, "GET /SECRET2 HTTP/1.1\r\nX: SECRET3\r\n\r\n");
	server_stop(rig.server, 0);
	log_setup(LOG_ERROR, LOG_LOGFMT, NULL);
	rewind(log);
	text[fread(text, 1, sizeof(text) - 1, log)] = '\0';
	dup2(kept, STDERR_FILENO);
	close(kept);
	assert_int_equal(rig_count(text, "event=request"), 2);
	assert_int_equal(rig_count(text, "SECRET"), 0);
	assert_non_null(
	    strstr(text, " method=GET route=\"/key\\\"x\" status=200 bytes=6 "));
	assert_non_null(strstr(text, " status=400 bytes=11 "));
	assert_non_null(strstr(text, " peer=127.0.0.1 code=bad_request slow=no"));
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
		TEST(test_reply_form),
		TEST(test_keep_alive),
		TEST(test_http10_and_head),
		TEST(test_pipelining),
		TEST(test_many_pipelined),
		TEST(test_split_request),
		TEST(test_refusals),
		TEST(test_head_too_large),
		TEST(test_refused_body_in_flight),
		TEST(test_bodies),
		TEST(test_big_reply),
		TEST(test_expect),
		TEST(test_half_close),
		TEST(test_gone_while_deferred),
		TEST(test_caps),
		TEST(test_trusted_proxy),
		TEST(test_bad_options),
		TEST(test_addresses),
		TEST(test_unix_socket),
		TEST(test_stale_unix_socket),
		TEST(test_no_descriptors),
		TEST(test_stop),
		TEST(test_stop_short),
		TEST(test_no_memory),
		TEST(test_server_new_without_memory),
		TEST(test_access_log),
		TEST(test_without_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
