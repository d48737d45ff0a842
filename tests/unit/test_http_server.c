#include "tests/unit/http_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/log.h"

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

/* --- answers in parts -----------------------------------------------------------------
 */

static void
test_parts(void **state)
{
	char number[16];

	(void)state;
	rig_start(&rig);
	int fd = rig_connect(&rig);
	rig_send(fd, GET("/parts?3") LAST("/behind"));
	const char *a = rig_read(fd, 2000);
	assert_int_equal(rig_count(a, "Transfer-Encoding: chunked\r\n"), 1);
	assert_int_equal(rig_count(a, "\r\n2710\r\n"), 3);
	for (int i = 0; i < 3; i++) {
		snprintf(number, sizeof(number), "\r\n%09d,", i);
		assert_int_equal(rig_count(a, number), 1);
	}
	assert_non_null(strstr(a, "\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n"));
	assert_non_null(strstr(a, "/behind"));
	close(fd);
	a = rig_ask(&rig, "GET /parts?2 HTTP/1.0\r\n\r\n");
	assert_int_equal(rig_count(a, "chunked"), 0);
	assert_int_equal(rig_count(a, "Content-Length"), 0);
	assert_int_equal(rig_count(a, "Connection: close\r\n"), 1);
	assert_int_equal(strlen(strstr(a, "\r\n\r\n") + 4), 20000);
	rig.parts = 0;
	a = rig_ask(
	    &rig, "HEAD /parts?2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	assert_non_null(strstr(a, "200 OK"));
	assert_int_equal(rig.parts, 0);
}

/* What cannot be finished must not look whole. */
static void
test_broken_parts(void **state)
{
	(void)state;
	rig_start(&rig);
	for (int n = 1; n < 4; n++) {
		char text[128];
		snprintf(text, sizeof(text),
		    "GET /broken-parts?%d HTTP/1.1\r\nHost: a\r\n\r\n", n);
		int fd = rig_connect(&rig);
		rig_send(fd, text);
		const char *a = rig_read(fd, 2000);
		assert_int_equal(rig_count(a, "\r\n2710\r\n"), n - 1);
		assert_int_equal(rig_count(a, "\r\n0\r\n"), 0);
		close(fd);
	}
	rig_wait_connections(&rig, 0);
}

/* 10 GB are asked for only as far as the client takes them, and the others of the loop
 * are served all the while. */
static void
test_parts_nobody_reads(void **state)
{
	int fd[3];

	(void)state;
	rig.options.threads = 1;
	rig_start(&rig);
	for (int i = 0; i < 3; i++) {
		fd[i] = rig_connect(&rig);
		rig_send(fd[i], GET("/parts?1000000"));
		rig_read_until(fd[i], "000000000,");
	}
	for (int i = 0; i < 20; i++)
		assert_non_null(strstr(rig_ask(&rig, LAST("/alive")), "/alive"));
	assert_in_range(rig.parts, 3, 6000);
	for (int i = 0; i < 3; i++)
		close(fd[i]);
	rig_wait_connections(&rig, 0);
}

static void
test_stop_amid_parts(void **state)
{
	(void)state;
	rig_start(&rig);
	int fd = rig_connect(&rig);
	rig_send(fd, GET("/parts?1000000"));
	rig_read_until(fd, "000000000,");
	server_stop(rig.server, 100 * MS);
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
		TEST(test_parts),
		TEST(test_broken_parts),
		TEST(test_parts_nobody_reads),
		TEST(test_stop_amid_parts),
		TEST(test_no_memory),
		TEST(test_access_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
