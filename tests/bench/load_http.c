#include "tests/bench/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"

#define ANSWER_MAX 65536
#define EVENTS 256
#define BUSY_MAX 64 /* while opening */
#define DRAIN (5 * CLOCK_SECOND)

struct conn {
	int fd;
	bool busy;
	int64_t due;
	size_t got, want; /* want 0: the head is not complete */
	struct conn *next;
	char head[2048];
};

struct pool {
	struct load *load;
	int epoll;
	struct conn *conn, *idle;
	int64_t busy, start, end;
	int64_t sent;
};

static bool
conn_open(struct pool *p, struct conn *c)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 ||
	    connect(c->fd, (const struct sockaddr *)&p->load->address,
		sizeof(p->load->address)) != 0 ||
	    epoll_ctl(p->epoll, EPOLL_CTL_ADD, c->fd, &event) != 0)
		return false;
	c->next = p->idle;
	p->idle = c;
	return true;
}

/* gcc 12 takes what is stored behind a pointer to a pointer for lost: l->took has it. */
#pragma GCC diagnostic push
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

/* Room for one more. */
static bool
grow(struct load *l)
{
	size_t cap = l->cap ? 2 * l->cap : 65536;
	int64_t *more = reallocarray(l->took, cap, sizeof(*more));

	if (more == NULL)
		return false;
	l->took = more;
	l->cap = cap;
	return true;
}
#pragma GCC diagnostic pop

static void
note(struct load *l, int64_t took)
{
	if (l->n < l->cap || grow(l))
		l->took[l->n++] = took;
}

static void
conn_fail(struct pool *p, struct conn *c, const char *what)
{
	if (p->load->errors++ == 0)
		fprintf(stderr, "load: %s: %.*s\n", what,
		    (int)(c->got < sizeof(c->head) ? c->got : sizeof(c->head) - 1),
		    c->head);
	close(c->fd);
	c->fd = -1;
	p->busy--;
}

static void
conn_send(struct pool *p, int64_t due)
{
	struct conn *c = p->idle;
	char request[REQUEST_MAX];
	size_t n = load_request(p->load, request);

	p->idle = c->next;
	p->sent++;
	p->busy++;
	c->busy = true;
	c->due = due;
	c->got = c->want = 0;
	if (send(c->fd, request, n, MSG_NOSIGNAL) != (ssize_t)n)
		conn_fail(p, c, "cannot send");
}

/* Length of the whole answer once its head is there. */
static bool
conn_head(struct conn *c)
{
	char *end, *length;

	c->head[c->got] = '\0';
	if (!(end = strstr(c->head, "\r\n\r\n")))
		return true;
	length = strcasestr(c->head, "\r\nContent-Length:");
	if (!length || length > end)
		return false;
	c->want = (size_t)(end + 4 - c->head) + strtoul(length + 17, NULL, 10);
	return strncmp(c->head + 8, " 200 ", 5) == 0;
}

static void
conn_read(struct pool *p, struct conn *c)
{
	static char rest[ANSWER_MAX];
	size_t room = sizeof(c->head) - 1;
	char *to = c->got < room ? c->head + c->got : rest;
	ssize_t n =
	    recv(c->fd, to, c->got < room ? room - c->got : sizeof(rest), MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0 || !c->busy) {
		if (c->busy)
			conn_fail(p, c, "closed");
		return;
	}
	c->got += (size_t)n;
	if (c->want == 0 && (c->got > room || !conn_head(c))) {
		conn_fail(p, c, "refused");
		return;
	}
	if (c->want == 0 || c->got < c->want)
		return;
	note(p->load, clock_monotonic() - c->due);
	c->busy = false;
	p->busy--;
	c->next = p->idle;
	p->idle = c;
}

static int64_t
due_at(const struct pool *p, int64_t i)
{
	return p->start + (int64_t)((double)i * CLOCK_SECOND / p->load->rate);
}

static bool
may_send(const struct pool *p)
{
	return p->idle && p->sent < p->load->budget;
}

/* Sends what may be sent; the time to wait for answers. */
static int64_t
send_due(struct pool *p, int64_t now)
{
	int64_t wait = p->end - now;

	if (p->load->rate <= 0) {
		while (may_send(p))
			conn_send(p, clock_monotonic());
		return wait;
	}
	while (may_send(p) && due_at(p, p->sent) <= now)
		conn_send(p, due_at(p, p->sent));
	if (p->idle && due_at(p, p->sent) - now < wait)
		wait = due_at(p, p->sent) - now;
	return wait > 0 ? wait : 0;
}

static void
wait_for(struct pool *p, int64_t wait)
{
	struct epoll_event event[EVENTS];
	struct timespec time = { wait / CLOCK_SECOND, wait % CLOCK_SECOND * 1000 };
	int n = epoll_pwait2(p->epoll, event, EVENTS, &time, NULL);

	for (int i = 0; i < n; i++)
		conn_read(p, event[i].data.ptr);
}

/* Requests that were due but found no connection have waited, too. */
static void
count_late(struct pool *p)
{
	struct load *l = p->load;

	if (l->rate <= 0)
		return;
	for (int64_t i = p->sent; i < l->budget && due_at(p, i) < p->end; i++) {
		note(l, p->end - due_at(p, i));
		l->late++;
	}
}

/* Connections that will keep silent ask at once: a server need not wait for a request. */
static bool
open_all(struct pool *p)
{
	const struct load *l = p->load;

	for (int64_t i = 0; i < l->connections; i++) {
		if (!conn_open(p, &p->conn[i]))
			return false;
		if (l->idle)
			conn_send(p, clock_monotonic());
		while (p->busy >= BUSY_MAX && clock_monotonic() < p->end)
			wait_for(p, CLOCK_SECOND);
	}
	return true;
}

static void
run(struct pool *p)
{
	struct load *l = p->load;
	int64_t now = clock_monotonic();

	p->start = now;
	p->end = now + l->seconds * CLOCK_SECOND;
	while (now < p->end && (p->busy || p->idle) && (p->busy || p->sent < l->budget)) {
		wait_for(p, send_due(p, now));
		now = clock_monotonic();
	}
	l->elapsed = now - p->start;
	count_late(p);
	while (p->busy > 0 && now < p->end + DRAIN) {
		wait_for(p, CLOCK_SECOND);
		now = clock_monotonic();
	}
}

/* Closes no connection: the program ends, and its end takes them together. */
bool
load_run(struct load *l)
{
	struct pool p = { .load = l, .epoll = epoll_create1(EPOLL_CLOEXEC) };
	struct arena *a = arena_new((size_t)1 << 30);
	bool ok;

	p.conn = a ? arena_array(a, (size_t)l->connections, sizeof(*p.conn)) : NULL;
	p.end = clock_monotonic() + l->seconds * CLOCK_SECOND;
	ok = p.conn && open_all(&p);
	if (ok)
		run(&p);
	else
		perror("load: cannot connect");
	arena_free(a);
	close(p.epoll);
	return ok;
}
