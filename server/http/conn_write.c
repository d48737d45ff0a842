#include "server/http/conn.h"

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
	if (reply->source != NULL && !c->exchange->head.http10) {
		buf_str(out, "Transfer-Encoding: chunked\r\n");
	} else if (has_length(reply->status) && reply->source == NULL) {
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

static void
write_log(const struct conn *c, int status, enum err err, size_t bytes)
{
	const struct exchange *ex = c->exchange;
	int64_t duration = clock_monotonic() - ex->complete;
	int64_t slow = atomic_load(&c->loop->settings->slow);

	accesslog_write(&(struct access_line){
	    .request = &ex->request,
	    .status = status,
	    .err = err,
	    .bytes = bytes,
	    .duration = duration,
	    .slow = slow > 0 && duration >= slow,
	});
}

static void
drop_body(struct conn *c)
{
	const struct exchange *ex = c->exchange;

	if (ex->request.body.n > 0 && !ex->head.chunked)
		stream_drop(&c->stream, ex->request.body.n);
}

/* A reply that could not be built becomes an empty 503. */
static void
mend(struct reply *reply)
{
	if (buf_ok(&reply->headers) && buf_ok(&reply->body))
		return;
	buf_clear(&reply->headers);
	buf_clear(&reply->body);
	reply->source = NULL;
	reply->err = E_NO_MEMORY;
	reply->status = err_info(E_NO_MEMORY)->http;
	reply->close = true;
}

/* The exchange is over; what is unsent of the answer goes on by itself. */
static void
finish(struct conn *c, bool ok)
{
	drop_body(c);
	conn_end_exchange(c);
	c->left = stream_unsent(&c->stream);
	if (!ok) {
		c->state = CONN_CLOSED;
	} else if (c->left > 0) {
		c->state = CONN_WRITE;
		c->since = clock_monotonic();
	} else {
		conn_written(c);
	}
}

/* --- in parts ------------------------------------------------------------------------
 */

static void
begin_parts(struct conn *c, const struct reply *reply, bool ok)
{
	struct exchange *ex = c->exchange;

	ex->source = reply->source;
	ex->status = reply->status;
	c->left = stream_unsent(&c->stream);
	c->since = clock_monotonic();
	c->state = CONN_WRITE;
	if (!ok || (c->left == 0 && !stream_soon(&c->stream)))
		c->state = CONN_CLOSED;
}

static bool
write_part(struct conn *c, struct buf *part, bool last)
{
	struct buf *head = &c->loop->head;

	buf_clear(head);
	if (!c->exchange->head.http10) {
		if (part->n > 0) {
			buf_printf(head, "%zx\r\n", part->n);
			buf_str(part, "\r\n");
		}
		if (last)
			buf_str(part, "0\r\n\r\n");
	}
	return buf_ok(head) && buf_ok(part) &&
	       stream_write(&c->stream, buf_slice(head), buf_slice(part));
}

void
conn_part(struct conn *c)
{
	struct exchange *ex = c->exchange;
	struct buf part = BUF_INIT(NULL);
	bool last = false;
	enum err err = ex->source->next(ex->source, &part, &last);
	bool ok = err == E_OK;

	ex->sent += part.n;
	if (ok && (!write_part(c, &part, last) || c->state != CONN_WRITE)) {
		err = buf_ok(&part) ? E_UNREACHABLE : E_NO_MEMORY;
		ok = false;
	}
	buf_free(&part);
	c->since = clock_monotonic();
	c->left = stream_unsent(&c->stream);
	if (!ok || last) {
		write_log(c, ex->status, err, ex->sent);
		finish(c, ok);
	} else if (c->left == 0 && !stream_soon(&c->stream)) {
		c->state = CONN_CLOSED;
	}
}

/* ---------------------------------------------------------------------------------------
 */

void
conn_answer(struct conn *c, struct reply *reply)
{
	const struct exchange *ex = c->exchange;
	bool no_body = slice_is(ex->request.method_text, "HEAD");

	mend(reply);
	c->close = reply->close || c->gone || c->loop->draining || !ex->head.keep_alive ||
	           (reply->source != NULL && ex->head.http10);
	build_head(c, reply);
	no_body = no_body || !has_length(reply->status);
	bool ok = !c->gone && buf_ok(&c->loop->head) &&
	          stream_write(&c->stream, buf_slice(&c->loop->head),
		      no_body ? SLICE("") : buf_slice(&reply->body));
	if (reply->source != NULL && !no_body)
		begin_parts(c, reply, ok);
	else
		write_log(c, reply->status, reply->err, reply->body.n);
	buf_free(&reply->headers);
	buf_free(&reply->body);
	if (c->exchange->source == NULL)
		finish(c, ok);
}
