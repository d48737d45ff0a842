#include "server/http/conn.h"

#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/metric.h"

#define LINGER_TIME (2 * CLOCK_SECOND)
#define LINGER_BYTES ((size_t)4 << 20)
#define LINGER_READ ((size_t)64 << 10)
/* Closing thousands at once would keep everybody else of the loop waiting. */
#define CUTS_MAX 256

static void
unlink_conn(struct conn *c)
{
	*c->link = c->next;
	if (c->next != NULL)
		c->next->link = c->link;
}

static void
link_conn(struct conn *c)
{
	struct loop *loop = c->loop;

	c->next = loop->conns;
	c->link = &loop->conns;
	if (c->next != NULL)
		c->next->link = &c->next;
	loop->conns = c;
}

static void
drop_cap(const struct conn *c)
{
	struct slice key = c->own_cap ? peer_key(&c->address) : SLICE_NULL;

	caps_drop(c->loop->caps, key, c->endpoint->is_unix);
	metric_add(METRIC_CONNECTIONS, -1);
}

static void
release(struct conn *c)
{
	struct loop *loop = c->loop;

	unlink_conn(c);
	drop_cap(c);
	conn_end_exchange(c);
	stream_close(&c->stream);
	c->next = loop->spare;
	loop->spare = c;
}

void
conn_end_exchange(struct conn *c)
{
	if (c->exchange == NULL)
		return;
	buf_free(&c->exchange->body);
	loop_give_arena(c->loop, c->exchange->request.arena);
	c->exchange = NULL;
}

static void
start_linger(struct conn *c)
{
	c->state = CONN_LINGER;
	c->since = clock_monotonic();
	c->left = 0;
	stream_end(&c->stream);
	stream_limit(&c->stream, LINGER_READ);
}

static bool
drain_linger(struct conn *c)
{
	size_t n = stream_input(&c->stream).n;

	stream_drop(&c->stream, n);
	c->left += n;
	if (c->left > LINGER_BYTES)
		c->state = CONN_CLOSED;
	return false;
}

void
conn_written(struct conn *c)
{
	if (c->close) {
		start_linger(c);
		return;
	}
	c->state = CONN_IDLE;
	c->since = clock_monotonic();
	stream_limit(&c->stream, c->loop->settings->header_max);
}

static bool
step(struct conn *c)
{
	switch (c->state) {
	case CONN_IDLE:
	case CONN_HEAD:
	case CONN_BODY:
		return conn_read(c);
	case CONN_LINGER:
		return drain_linger(c);
	default:
		return false;
	}
}

/* Goes on as far as the bytes that are there allow. The connection may be gone after. */
static void
run(struct conn *c)
{
	if (c->busy)
		return;
	c->busy = true;
	while (step(c))
		;
	c->busy = false;
	if (c->state == CONN_CLOSED)
		release(c);
	else
		stream_want(&c->stream, c->state != CONN_WAIT && c->state != CONN_WRITE);
}

static struct conn *
conn_of(struct stream *stream)
{
	return container_of(stream, struct conn, stream);
}

static void
on_input(struct stream *stream)
{
	run(conn_of(stream));
}

static void
on_written(struct stream *stream)
{
	struct conn *c = conn_of(stream);

	if (c->state != CONN_WRITE || c->busy)
		return;
	c->busy = true;
	if (c->exchange != NULL)
		conn_part(c);
	else
		conn_written(c);
	c->busy = false;
	run(c);
}

static void
on_end(struct stream *stream)
{
	struct conn *c = conn_of(stream);

	if (c->state == CONN_WAIT) {
		c->gone = true;
		return;
	}
	c->state = CONN_CLOSED;
	run(c);
}

static struct conn *
new_conn(struct loop *loop)
{
	struct conn *c = loop->spare;

	if (c == NULL)
		return arena_alloc(loop->arena, sizeof(*c));
	loop->spare = c->next;
	memset(c, 0, sizeof(*c));
	return c;
}

void
conn_open(struct loop *loop, const struct endpoint *endpoint, int fd,
    const struct peer_address *address, bool own_cap)
{
	static const struct stream_events events = { on_input, on_written, on_end };
	struct slice key = own_cap && address ? peer_key(address) : SLICE_NULL;
	struct conn *c = new_conn(loop);

	if (c == NULL || !stream_open(&c->stream, loop->base, endpoint->tls, fd, &events,
			     &loop->input)) {
		if (c != NULL) {
			c->next = loop->spare;
			loop->spare = c;
		}
		caps_drop(loop->caps, key, endpoint->is_unix);
		close(fd);
		return;
	}
	c->loop = loop;
	c->endpoint = endpoint;
	c->state = CONN_HEAD;
	c->since = clock_monotonic();
	c->own_cap = own_cap;
	c->user = endpoint->is_unix ? peer_user(fd) : (uid_t)-1;
	if (address != NULL)
		c->address = *address;
	if (endpoint->is_unix)
		memcpy(c->peer, "local", sizeof("local"));
	else
		peer_text(&c->address, c->peer);
	link_conn(c);
	metric_add(METRIC_CONNECTIONS, 1);
	stream_limit(&c->stream, loop->settings->header_max);
	stream_want(&c->stream, true);
}

void
server_reply(struct request *req, struct reply *reply)
{
	struct exchange *ex = container_of(req, struct exchange, request);
	struct conn *c = ex->conn;

	if (c->gone)
		c->close = true;
	conn_answer(c, reply);
	run(c);
}

/* --- deadlines ---------------------------------------------------------------------- */

/*
 * What the client has not taken by now must not stay in the kernel behind a closed
 * socket, which has no deadline of ours.
 */
static void
cut_silent(struct conn *c)
{
	const struct linger at_once = { .l_onoff = 1 };
	int fd = c->stream.fd, unread = 0;

	if (ioctl(fd, SIOCOUTQ, &unread) == 0 && unread > 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	c->state = CONN_CLOSED;
}

static void
cut_request(struct conn *c)
{
	metric_add(METRIC_DEADLINES, 1);
	if (c->exchange == NULL)
		c->state = CONN_CLOSED;
	else
		conn_refuse(c, E_REQUEST_TIMEOUT, "deadline");
}

static void
check_progress(struct conn *c, int64_t now, int64_t timeout)
{
	size_t left = stream_unsent(&c->stream);

	if (left != c->left) {
		c->left = left;
		c->since = now;
	} else if (now - c->since >= timeout) {
		metric_add(METRIC_DEADLINES, 1);
		cut_silent(c);
	}
}

static void
check_deadline(struct conn *c, int64_t now)
{
	const struct settings *s = c->loop->settings;
	int64_t age = now - c->since;

	switch (c->state) {
	case CONN_IDLE:
		if (age >= atomic_load(&s->idle_timeout))
			cut_silent(c);
		break;
	case CONN_HEAD:
		if (age >= atomic_load(&s->header_timeout))
			cut_request(c);
		break;
	case CONN_BODY:
		if (age >= atomic_load(&s->body_timeout))
			cut_request(c);
		break;
	case CONN_WRITE:
		check_progress(c, now, atomic_load(&s->idle_timeout));
		break;
	case CONN_LINGER:
		if (age >= LINGER_TIME)
			c->state = CONN_CLOSED;
		break;
	default:
		break;
	}
}

void
conn_sweep(struct loop *loop)
{
	int64_t now = clock_monotonic();
	size_t cuts = 0;
	struct conn *next;

	for (struct conn *c = loop->conns; c != NULL && cuts < CUTS_MAX; c = next) {
		enum conn_state before = c->state;
		next = c->next;
		check_deadline(c, now);
		if (c->state == before)
			continue;
		cuts++;
		run(c);
	}
	loop->behind = cuts == CUTS_MAX;
}

/* --- the end ------------------------------------------------------------------------ */

void
conn_drain(struct loop *loop)
{
	struct conn *next;

	for (struct conn *c = loop->conns; c != NULL; c = next) {
		next = c->next;
		if (c->exchange == NULL &&
		    (c->state == CONN_IDLE || c->state == CONN_HEAD)) {
			c->state = CONN_CLOSED;
			run(c);
		}
	}
}

bool
conn_is_quiet(const struct loop *loop)
{
	for (const struct conn *c = loop->conns; c != NULL; c = c->next)
		if (c->state != CONN_LINGER)
			return false;
	return true;
}

void
conn_close_all(struct loop *loop, bool all)
{
	struct conn *next;

	for (struct conn *c = loop->conns; c != NULL; c = next) {
		next = c->next;
		if (all || c->state != CONN_WAIT)
			release(c);
	}
}
