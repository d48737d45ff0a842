#include "server/http/conn.h"

#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "base/clock.h"
#include "base/metric.h"
#include "server/http/tls.h"

#define LINGER_TIME (2 * CLOCK_SECOND)
#define LINGER_BYTES ((size_t)4 << 20)
#define LINGER_READ ((size_t)64 << 10)
#define WRITE_ONCE ((size_t)256 << 10)
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
	bufferevent_free(c->bev);
	c->next = loop->spare;
	loop->spare = c;
}

void
conn_end_exchange(struct conn *c)
{
	if (c->exchange == NULL)
		return;
	buf_free(&c->exchange->body);
	arena_free(c->exchange->request.arena);
	c->exchange = NULL;
}

void
conn_watermark(struct conn *c, size_t low, size_t high)
{
	if (c->low == low && c->high == high)
		return;
	c->low = low;
	c->high = high;
	bufferevent_setwatermark(c->bev, EV_READ, low, high);
}

static void
set_reading(struct conn *c)
{
	bool want = c->state != CONN_WAIT && c->state != CONN_WRITE;

	if (want == c->reading)
		return;
	c->reading = want;
	if (want)
		bufferevent_enable(c->bev, EV_READ);
	else
		bufferevent_disable(c->bev, EV_READ);
}

static void
start_linger(struct conn *c)
{
	int fd = bufferevent_getfd(c->bev);

	c->state = CONN_LINGER;
	c->since = clock_monotonic();
	c->left = 0;
	if (c->endpoint->tls != NULL)
		tls_end(c->bev);
	shutdown(fd, SHUT_WR);
	conn_watermark(c, 0, LINGER_READ);
}

static bool
drain_linger(struct conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	size_t n = evbuffer_get_length(in);

	evbuffer_drain(in, n);
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
	conn_watermark(c, 0, c->loop->settings->header_max);
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
		set_reading(c);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	(void)bev;
	run(arg);
}

static void
on_written(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	if (c->state != CONN_WRITE)
		return;
	conn_written(c);
	run(c);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) == 0)
		return;
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

static struct bufferevent *
new_bev(struct loop *loop, const struct endpoint *endpoint, int fd)
{
	if (endpoint->tls != NULL)
		return tls_accept(endpoint->tls, loop->base, fd);
	return bufferevent_socket_new(loop->base, fd, BEV_OPT_CLOSE_ON_FREE);
}

void
conn_open(struct loop *loop, const struct endpoint *endpoint, int fd,
    const struct peer_address *address, bool own_cap)
{
	struct slice key = own_cap ? peer_key(address) : SLICE_NULL;
	struct conn *c = new_conn(loop);
	struct bufferevent *bev = c != NULL ? new_bev(loop, endpoint, fd) : NULL;

	if (bev == NULL) {
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
	c->bev = bev;
	c->state = CONN_HEAD;
	c->since = clock_monotonic();
	c->own_cap = own_cap;
	c->user = endpoint->is_unix ? peer_user(fd) : (uid_t)-1;
	if (address != NULL)
		c->address = *address;
	link_conn(c);
	metric_add(METRIC_CONNECTIONS, 1);
	bufferevent_setcb(bev, on_read, on_written, on_event, c);
	bufferevent_set_max_single_write(bev, WRITE_ONCE);
	conn_watermark(c, 0, loop->settings->header_max);
	set_reading(c);
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
	int fd = bufferevent_getfd(c->bev), unread = 0;

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
	size_t left = evbuffer_get_length(bufferevent_get_output(c->bev));

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
