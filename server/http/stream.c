#include "server/http/stream.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "base/secret.h"
#include "server/http/tls.h"

#define READ_LEAST ((size_t)4 << 10)
#define READ_MOST ((size_t)64 << 10)
#define WRITE_ONCE ((size_t)256 << 10)
#define UNSENT_MOST ((size_t)80 << 20)

static size_t
unread(const struct stream *s)
{
	return s->in.n - s->in_at;
}

static void
forget(struct buf *b, size_t *at)
{
	buf_free(b);
	*b = (struct buf){ .max = b->max };
	*at = 0;
}

/* Small memory of the input goes to the next stream that reads, wiped. */
static void
forget_input(struct stream *s)
{
	if (s->spare->p == NULL && s->in.cap == READ_LEAST) {
		secret_wipe(s->in.p, s->in.cap);
		s->in.n = 0;
		*s->spare = s->in;
		s->in = (struct buf){ 0 };
	}
	forget(&s->in, &s->in_at);
}

/* Up to `most` bytes of memory behind the input; NULL when there is none. */
static char *
make_room(struct stream *s, size_t most)
{
	if (s->in.p == NULL) {
		s->in = *s->spare;
		*s->spare = (struct buf){ 0 };
	}
	if (s->in_at > 0) {
		memmove(s->in.p, s->in.p + s->in_at, unread(s));
		s->in.n -= s->in_at;
		s->in_at = 0;
	}
	char *room = buf_room(&s->in, most);
	if (room != NULL)
		s->in.n -= most;
	return room;
}

static void
disarm(struct stream *s)
{
	if (s->armed)
		event_del(s->can_read);
	s->armed = false;
}

/* As much as there is of it already, so that long input takes few calls. */
static size_t
read_size(const struct stream *s)
{
	size_t n = unread(s), room = s->most > n ? s->most - n : 0;

	if (n < READ_LEAST)
		n = READ_LEAST;
	if (n > READ_MOST)
		n = READ_MOST;
	return n < room ? n : room;
}

static bool
would_wait(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Input while none is wanted is left in the kernel, and the event rests. */
static void
on_can_read(evutil_socket_t fd, short what, void *arg)
{
	struct stream *s = arg;
	size_t size = s->wanted ? read_size(s) : 0;

	(void)what;
	if (size == 0) {
		disarm(s);
		return;
	}
	char *room = make_room(s, size);
	ssize_t n = room != NULL ? recv(fd, room, size, MSG_DONTWAIT) : 0;
	if (n > 0) {
		s->in.n += (size_t)n;
		s->events->came(s);
	} else if (n == 0 || !would_wait()) {
		s->events->ended(s);
	} else if (unread(s) == 0) {
		forget_input(s);
	}
}

static bool
send_parts(struct stream *s, struct slice *head, struct slice *body)
{
	struct iovec iov[2] = {
		{ (void *)(uintptr_t)head->p, head->n },
		{ (void *)(uintptr_t)body->p, body->n },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = body->n > 0 ? 2 : 1 };
	ssize_t n = sendmsg(s->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0)
		return would_wait();
	size_t of_head = (size_t)n < head->n ? (size_t)n : head->n;
	*head = slice_from(*head, of_head);
	*body = slice_from(*body, (size_t)n - of_head);
	return true;
}

static void
on_can_write(evutil_socket_t fd, short what, void *arg)
{
	struct stream *s = arg;
	struct slice rest = slice_from(buf_slice(&s->out), s->out_at), none = SLICE("");

	(void)fd;
	(void)what;
	if (!send_parts(s, &rest, &none)) {
		s->events->ended(s);
		return;
	}
	s->out_at = s->out.n - rest.n;
	if (rest.n > 0)
		return;
	event_del(s->can_write);
	forget(&s->out, &s->out_at);
	s->events->written(s);
}

static bool
queue_plain(struct stream *s, struct slice head, struct slice body)
{
	buf_slice_add(&s->out, head);
	buf_slice_add(&s->out, body);
	if (s->can_write == NULL)
		s->can_write = event_new(event_get_base(s->can_read), s->fd,
		    EV_WRITE | EV_PERSIST, on_can_write, s);
	return buf_ok(&s->out) && s->can_write != NULL &&
	       event_add(s->can_write, NULL) == 0;
}

/* --- TLS: libevent's buffers, which are emptied into ours -------------------------- */

static void
on_tls_read(struct bufferevent *bev, void *arg)
{
	struct stream *s = arg;

	(void)bev;
	if (s->wanted)
		s->events->came(s);
}

static void
on_tls_written(struct bufferevent *bev, void *arg)
{
	struct stream *s = arg;

	(void)bev;
	s->events->written(s);
}

static void
on_tls_event(struct bufferevent *bev, short what, void *arg)
{
	struct stream *s = arg;

	(void)bev;
	if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) != 0)
		s->events->ended(s);
}

static void
pull_tls(struct stream *s)
{
	struct evbuffer *in = bufferevent_get_input(s->bev);
	size_t n = evbuffer_get_length(in);
	size_t room = s->most > unread(s) ? s->most - unread(s) : 0;

	if (n > room)
		n = room;
	char *to = n > 0 ? make_room(s, n) : NULL;
	int got = to != NULL ? evbuffer_remove(in, to, n) : 0;
	if (got > 0)
		s->in.n += (size_t)got;
}

static bool
queue_tls(struct stream *s, struct slice head, struct slice body)
{
	struct evbuffer *both = evbuffer_new();
	bool ok = both != NULL && evbuffer_add(both, head.p, head.n) == 0 &&
	          evbuffer_add(both, body.p, body.n) == 0 &&
	          bufferevent_write_buffer(s->bev, both) == 0;

	if (both != NULL)
		evbuffer_free(both);
	return ok;
}

static bool
open_tls(struct stream *s, struct event_base *base, struct tls *tls)
{
	s->bev = tls_accept(tls, base, s->fd);
	if (s->bev == NULL)
		return false;
	bufferevent_setcb(s->bev, on_tls_read, on_tls_written, on_tls_event, s);
	bufferevent_set_max_single_write(s->bev, WRITE_ONCE);
	bufferevent_setwatermark(s->bev, EV_READ, 0, READ_MOST);
	return true;
}

/* ----------------------------------------------------------------------------------- */

bool
stream_open(struct stream *s, struct event_base *base, struct tls *tls, int fd,
    const struct stream_events *events, struct buf *spare)
{
	*s = (struct stream){
		.events = events, .fd = fd, .out = { .max = UNSENT_MOST }, .spare = spare
	};
	if (tls != NULL)
		return open_tls(s, base, tls);
	s->can_read = event_new(base, fd, EV_READ | EV_PERSIST, on_can_read, s);
	return s->can_read != NULL;
}

void
stream_close(struct stream *s)
{
	if (s->soon != NULL)
		event_free(s->soon);
	if (s->can_write != NULL)
		event_free(s->can_write);
	if (s->can_read != NULL)
		event_free(s->can_read);
	if (s->bev != NULL)
		bufferevent_free(s->bev);
	else
		close(s->fd);
	forget_input(s);
	forget(&s->out, &s->out_at);
}

void
stream_want(struct stream *s, bool on)
{
	if (s->bev != NULL && on != s->wanted) {
		if (on)
			bufferevent_enable(s->bev, EV_READ);
		else
			bufferevent_disable(s->bev, EV_READ);
	}
	s->wanted = on;
	if (s->bev == NULL && on && !s->armed)
		s->armed = event_add(s->can_read, NULL) == 0;
}

void
stream_limit(struct stream *s, size_t most)
{
	s->most = most;
}

struct slice
stream_input(struct stream *s)
{
	if (s->bev != NULL)
		pull_tls(s);
	return slice_from(buf_slice(&s->in), s->in_at);
}

void
stream_drop(struct stream *s, size_t n)
{
	s->in_at += n;
	if (s->in_at >= s->in.n)
		forget_input(s);
}

bool
stream_write(struct stream *s, struct slice head, struct slice body)
{
	if (s->bev != NULL)
		return queue_tls(s, head, body);
	if (s->out.n == 0 && !send_parts(s, &head, &body))
		return false;
	return head.n + body.n == 0 || queue_plain(s, head, body);
}

static void
on_soon(evutil_socket_t fd, short what, void *arg)
{
	struct stream *s = arg;

	(void)fd;
	(void)what;
	s->events->written(s);
}

bool
stream_soon(struct stream *s)
{
	static const struct timeval at_once = { 0, 0 };
	struct event_base *base =
	    s->bev != NULL ? bufferevent_get_base(s->bev) : event_get_base(s->can_read);

	if (s->soon == NULL)
		s->soon = event_new(base, -1, 0, on_soon, s);
	return s->soon != NULL && event_add(s->soon, &at_once) == 0;
}

size_t
stream_unsent(const struct stream *s)
{
	if (s->bev != NULL)
		return evbuffer_get_length(bufferevent_get_output(s->bev));
	return s->out.n - s->out_at;
}

void
stream_end(struct stream *s)
{
	if (s->bev != NULL)
		tls_end(s->bev);
	(void)shutdown(s->fd, SHUT_WR);
}
