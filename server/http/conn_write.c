#include "server/http/conn.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "base/clock.h"
#include "server/http/accesslog.h"

static const char *
reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} known[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 202, "Accepted" },
		{ 204, "No Content" },
		{ 302, "Found" },
		{ 303, "See Other" },
		{ 304, "Not Modified" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 408, "Request Timeout" },
		{ 409, "Conflict" },
		{ 412, "Precondition Failed" },
		{ 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 422, "Unprocessable Content" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 503, "Service Unavailable" },
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (known[i].status == status)
			return known[i].text;
	return "";
}

static bool
has_length(int status)
{
	return status >= 200 && status != 204 && status != 304;
}

static void
build_head(struct conn *c, const struct reply *reply)
{
	struct buf *out = &c->loop->head;

	buf_clear(out);
	buf_str(out, "HTTP/1.1 ");
	buf_int(out, reply->status);
	buf_char(out, ' ');
	buf_str(out, reason(reply->status));
	buf_str(out, "\r\nDate: ");
	buf_str(out, loop_date(c->loop));
	buf_str(out, "\r\n");
	buf_slice_add(out, buf_slice(&reply->headers));
	if (has_length(reply->status)) {
		buf_str(out, "Content-Length: ");
		buf_int(out, (int64_t)reply->body.n);
		buf_str(out, "\r\n");
	}
	if (c->close)
		buf_str(out, "Connection: close\r\n");
	else if (c->exchange->head.http10)
		buf_str(out, "Connection: keep-alive\r\n");
	buf_str(out, "\r\n");
}

/* Straight to the socket, as much as it takes; false when it is broken. */
static bool
send_now(const struct conn *c, struct slice part[2])
{
	struct iovec iov[2] = {
		{ (void *)(uintptr_t)part[0].p, part[0].n },
		{ (void *)(uintptr_t)part[1].p, part[1].n },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = part[1].n > 0 ? 2 : 1 };
	ssize_t n = sendmsg(bufferevent_getfd(c->bev), &msg, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
	for (int i = 0; i < 2; i++) {
		size_t sent = (size_t)n < part[i].n ? (size_t)n : part[i].n;
		part[i] = slice_from(part[i], sent);
		n -= (ssize_t)sent;
	}
	return true;
}

/* Queues what the socket does not take at once. */
static bool
send_all(const struct conn *c, struct slice part[2])
{
	struct evbuffer *out = bufferevent_get_output(c->bev);

	if (c->endpoint->tls == NULL && evbuffer_get_length(out) == 0 &&
	    !send_now(c, part))
		return false;
	if (part[0].n + part[1].n == 0)
		return true;
	struct evbuffer *rest = evbuffer_new();
	bool ok = rest != NULL && evbuffer_add(rest, part[0].p, part[0].n) == 0 &&
	          evbuffer_add(rest, part[1].p, part[1].n) == 0 &&
	          bufferevent_write_buffer(c->bev, rest) == 0;
	if (rest != NULL)
		evbuffer_free(rest);
	return ok;
}

static void
write_log(const struct conn *c, const struct reply *reply)
{
	const struct exchange *ex = c->exchange;
	int64_t duration = clock_monotonic() - ex->complete;
	int64_t slow = atomic_load(&c->loop->settings->slow);

	accesslog_write(&(struct access_line){
	    .request = &ex->request,
	    .status = reply->status,
	    .err = reply->err,
	    .bytes = reply->body.n,
	    .duration = duration,
	    .slow = slow > 0 && duration >= slow,
	});
}

static void
drop_body(const struct conn *c)
{
	const struct exchange *ex = c->exchange;

	if (ex->request.body.n > 0 && !ex->head.chunked)
		evbuffer_drain(bufferevent_get_input(c->bev), ex->request.body.n);
}

/* A reply that could not be built becomes an empty 503. */
static void
mend(struct reply *reply)
{
	if (buf_ok(&reply->headers) && buf_ok(&reply->body))
		return;
	buf_clear(&reply->headers);
	buf_clear(&reply->body);
	reply->err = E_NO_MEMORY;
	reply->status = err_info(E_NO_MEMORY)->http;
	reply->close = true;
}

void
conn_answer(struct conn *c, struct reply *reply)
{
	const struct exchange *ex = c->exchange;
	bool no_body = slice_is(ex->request.method_text, "HEAD");

	mend(reply);
	c->close = reply->close || c->gone || c->loop->draining || !ex->head.keep_alive;
	build_head(c, reply);
	no_body = no_body || !has_length(reply->status);
	struct slice part[2] = {
		buf_slice(&c->loop->head),
		no_body ? SLICE("") : buf_slice(&reply->body),
	};
	bool ok = !c->gone && buf_ok(&c->loop->head) && send_all(c, part);
	write_log(c, reply);
	buf_free(&reply->headers);
	buf_free(&reply->body);
	drop_body(c);
	conn_end_exchange(c);
	c->left = evbuffer_get_length(bufferevent_get_output(c->bev));
	if (!ok) {
		c->state = CONN_CLOSED;
	} else if (c->left > 0) {
		c->state = CONN_WRITE;
		c->since = clock_monotonic();
	} else {
		conn_written(c);
	}
}
