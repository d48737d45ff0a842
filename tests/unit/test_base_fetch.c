/* One exchange against a server of a few lines on a Unix socket and on loopback. */
#include "base/fetch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"

struct peer {
	int fd;
	const char *reply; /* NULL: close without a word; "": keep silent */
	char request[8192];
	pthread_t thread;
};

static char dir[64];
static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	strncpy(dir, "/tmp/licet-fetch-XXXXXX", sizeof(dir) - 1);
	arena = arena_new(0);
	return arena == NULL || mkdtemp(dir) == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(file_path(arena, dir, "s"));
	arena_free(arena);
	return rmdir(dir);
}

static bool
is_whole(const char *request)
{
	const char *end = strstr(request, "\r\n\r\n");
	const char *length = strstr(request, "Content-Length: ");

	if (end == NULL)
		return false;
	return length == NULL || strlen(end + 4) >= (size_t)atoi(length + 16);
}

static void *
serve(void *arg)
{
	struct peer *p = arg;
	int fd = accept(p->fd, NULL, NULL);
	size_t n = 0;
	ssize_t got;

	while (!is_whole(p->request) && n < sizeof(p->request) - 1) {
		got = read(fd, p->request + n, sizeof(p->request) - 1 - n);
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	if (p->reply != NULL && p->reply[0] != '\0')
		assert_true(write(fd, p->reply, strlen(p->reply)) > 0);
	if (p->reply != NULL && p->reply[0] == '\0')
		usleep(400 * 1000);
	close(fd);
	return NULL;
}

static void
start_unix(struct peer *p, const char *reply)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	*p = (struct peer){ .reply = reply };
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/s", dir);
	unlink(sun.sun_path);
	p->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(p->fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	assert_int_equal(listen(p->fd, 1), 0);
	assert_int_equal(pthread_create(&p->thread, NULL, serve, p), 0);
}

static void
stop(struct peer *p)
{
	pthread_join(p->thread, NULL);
	close(p->fd);
}

static struct fetch
request(const char *method)
{
	return (struct fetch){ .method = method,
		.url = "http://localhost/a?b=c",
		.socket = file_path(arena, dir, "s"),
		.timeout = 5 * CLOCK_SECOND,
		.max = 1000 };
}

static void
test_post(void **state)
{
	static const char *const headers[] = { "Content-Type: application/json", "X-A: b",
		NULL };
	struct fetch f = request("POST");
	struct peer p;

	(void)state;
	start_unix(&p, "HTTP/1.1 409 Conflict\r\nRetry-After: 7\r\nETag: \"x\"\r\n"
		       "Content-Length: 5\r\n\r\nhello");
	f.headers = headers;
	f.body = SLICE("{\"a\":1}");
	assert_int_equal(fetch_run(arena, &f), E_OK);
	stop(&p);
	assert_int_equal(f.status, 409);
	assert_true(slice_is(f.answer, "hello"));
	assert_true(slice_is(fetch_header(&f, "retry-after"), "7"));
	assert_true(slice_is(fetch_header(&f, "ETag"), "\"x\""));
	assert_null(fetch_header(&f, "Date").p);
	assert_false(f.maybe_sent);
	assert_non_null(strstr(p.request, "POST /a?b=c HTTP/1.1\r\n"));
	assert_non_null(strstr(p.request, "Content-Type: application/json\r\n"));
	assert_non_null(strstr(p.request, "X-A: b\r\n"));
	assert_non_null(strstr(p.request, "\r\n\r\n{\"a\":1}"));
	assert_null(strstr(p.request, "Expect:"));
}

static void
test_methods_and_redirect(void **state)
{
	static const char *const methods[] = { "GET", "DELETE", "PUT", "PATCH", "POST" };
	struct peer p;

	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		struct fetch f = request(methods[i]);

		start_unix(&p, "HTTP/1.1 302 Found\r\nLocation: http://localhost/z\r\n"
			       "Content-Length: 0\r\n\r\n");
		assert_int_equal(fetch_run(arena, &f), E_OK);
		stop(&p);
		assert_int_equal(f.status, 302);
		assert_int_equal(f.answer.n, 0);
		assert_memory_equal(p.request, methods[i], strlen(methods[i]));
		assert_null(strstr(p.request, "Content-Type:"));
	}
	unsetenv("http_proxy");
}

struct taken {
	char text[64];
	size_t n;
	enum err refuse;
};

static enum err
take(void *arg, struct slice part)
{
	struct taken *t = arg;

	assert_true(t->n + part.n < sizeof(t->text));
	memcpy(t->text + t->n, part.p, part.n);
	t->n += part.n;
	return t->refuse;
}

/* The body of a good answer only; half of one is no success. */
static void
test_sink(void **state)
{
	static const struct {
		const char *reply;
		enum err err, refuse;
		size_t taken, answer;
	} cases[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", E_OK, E_OK, 5, 0 },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		  "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
		    E_OK, E_OK, 5, 0 },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n",
		    E_UNREACHABLE, E_OK, 2, 0 },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", E_STORE_FULL,
		    E_STORE_FULL, 5, 0 },
		{ "HTTP/1.1 403 No\r\nContent-Length: 5\r\n\r\nhello", E_OK, E_OK, 0, 5 },
	};
	struct peer p;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fetch f = request("GET");
		struct taken t = { .refuse = cases[i].refuse };

		f.sink = take;
		f.sink_arg = &t;
		start_unix(&p, cases[i].reply);
		assert_int_equal(fetch_run(arena, &f), cases[i].err);
		stop(&p);
		assert_int_equal(t.n, cases[i].taken);
		assert_int_equal(f.answer.n, cases[i].answer);
	}
}

static void
test_failures(void **state)
{
	struct fetch f = request("POST");
	struct peer p;

	(void)state;
	start_unix(
	    &p, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n01234567890123456789");
	f.max = 19;
	assert_int_equal(fetch_run(arena, &f), E_PAYLOAD_TOO_LARGE);
	assert_true(f.maybe_sent);
	stop(&p);
	start_unix(&p, NULL);
	assert_int_equal(fetch_run(arena, &f), E_UNREACHABLE);
	assert_true(f.maybe_sent);
	stop(&p);
	start_unix(&p, "");
	f.timeout = 100 * 1000;
	assert_int_equal(fetch_run(arena, &f), E_TIMEOUT);
	assert_true(f.maybe_sent);
	stop(&p);
	f.timeout = CLOCK_SECOND;
	unlink(f.socket);
	assert_int_equal(fetch_run(arena, &f), E_UNREACHABLE);
	assert_false(f.maybe_sent);
	f.url = "file:///etc/passwd";
	f.socket = NULL;
	assert_int_equal(fetch_run(arena, &f), E_IO);
	assert_false(f.maybe_sent);
}

static void
test_tcp(void **state)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t n = sizeof(sin);
	struct peer p = { .reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" };
	struct fetch f = request("GET");

	(void)state;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	p.fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(p.fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(getsockname(p.fd, (struct sockaddr *)&sin, &n), 0);
	assert_int_equal(listen(p.fd, 1), 0);
	assert_int_equal(pthread_create(&p.thread, NULL, serve, &p), 0);
	f.socket = NULL;
	f.url = arena_printf(arena, "http://127.0.0.1:%d/", ntohs(sin.sin_port));
	assert_int_equal(fetch_run(arena, &f), E_OK);
	assert_true(f.status == 200 && slice_is(f.answer, "ok"));
	stop(&p);
	assert_int_equal(fetch_run(arena, &f), E_UNREACHABLE);
	assert_false(f.maybe_sent);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_post),
		cmocka_unit_test(test_methods_and_redirect),
		cmocka_unit_test(test_sink),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_tcp),
	};

	return cmocka_run_group_tests_name("fetch", tests, set_up, tear_down);
}
