#include "server/http/conn.h"

#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/metric.h"

#define CHUNK_READ ((size_t)16 << 10)
#define CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"

static bool
close_conn(struct conn *c)
{
	c->state = CONN_CLOSED;
	return false;
}

static bool
refuse(struct conn *c, enum err err, const char *why)
{
	conn_refuse(c, err, why);
	return true;
}

static void
set_peer(const struct conn *c, struct request *req)
{
	const struct settings *s = c->loop->settings;

	req->is_local = c->endpoint->is_unix;
	req->peer_uid = c->user;
	memcpy(req->peer, c->peer, sizeof(req->peer));
	if (req->is_local || !peer_is_in(&c->address, s->trusted, s->n_trusted))
		return;
	struct peer_address client =
	    peer_client(req, &c->address, s->trusted, s->n_trusted);
	peer_text(&client, req->peer);
}

static bool
start_exchange(struct conn *c)
{
	struct arena *arena = loop_take_arena(c->loop);
	struct exchange *ex = arena ? arena_alloc(arena, sizeof(*ex)) : NULL;

	if (ex == NULL) {
		arena_free(arena);
		return false;
	}
	ex->conn = c;
	ex->request.arena = arena;
	ex->request.method = HTTP_OTHER;
	ex->request.listener = &c->endpoint->info;
	ex->request.loop = c->loop;
	id_uuid(ex->request.id);
	set_peer(c, &ex->request);
	c->exchange = ex;
	return true;
}

static bool
hand_over(struct conn *c, struct slice body)
{
	const struct service *service = c->endpoint->info.service;
	struct exchange *ex = c->exchange;

	ex->request.body = body;
	ex->request.received = clock_now();
	ex->complete = clock_monotonic();
	c->state = CONN_WAIT;
	log_request(ex->request.id);
	service->handle(&ex->request, service->arg);
	log_request(NULL);
	return c->state != CONN_WAIT;
}

static bool
send_continue(struct conn *c)
{
	if (c->exchange->head.expect_continue && stream_input(&c->stream).n == 0)
		return stream_write(&c->stream, SLICE(CONTINUE), SLICE(""));
	return true;
}

/* The head is there and off the input. */
static bool
start_body(struct conn *c)
{
	const struct service *service = c->endpoint->info.service;
	struct exchange *ex = c->exchange;

	set_peer(c, &ex->request);
	if (!ex->head.chunked && ex->head.length == 0)
		return hand_over(c, SLICE(""));
	ex->body_max = service->body_max(&ex->request, service->arg);
	if (ex->head.length > ex->body_max)
		return refuse(c, E_PAYLOAD_TOO_LARGE, "Content-Length over the limit");
	ex->body.max = ex->body_max > 0 ? ex->body_max : 1;
	c->state = CONN_BODY;
	return send_continue(c) || close_conn(c);
}

static bool
read_head(struct conn *c)
{
	struct slice in = stream_input(&c->stream);
	size_t max = c->loop->settings->header_max;

	if (in.n == 0)
		return false;
	if (c->state == CONN_IDLE) {
		c->state = CONN_HEAD;
		c->since = clock_monotonic();
	}
	if (c->exchange == NULL && !start_exchange(c))
		return close_conn(c);
	struct exchange *ex = c->exchange;
	enum parse_state state =
	    parse_head(slice_head(in, max), max, &ex->request, &ex->head);
	if (state == PARSE_MORE)
		return false;
	if (state == PARSE_REFUSE)
		return refuse(c, ex->head.err, ex->head.why);
	stream_drop(&c->stream, ex->head.used);
	return start_body(c);
}

static bool
read_plain(struct conn *c)
{
	size_t length = (size_t)c->exchange->head.length;

	stream_limit(&c->stream, length);
	struct slice in = stream_input(&c->stream);
	return in.n >= length && hand_over(c, slice_head(in, length));
}

static bool
read_chunked(struct conn *c)
{
	struct exchange *ex = c->exchange;

	stream_limit(&c->stream, CHUNK_READ);
	struct slice in = slice_head(stream_input(&c->stream), CHUNK_READ);
	if (in.n == 0)
		return false;
	enum parse_state state = parse_chunked(in, &ex->chunk, &ex->body);
	stream_drop(&c->stream, ex->chunk.used);
	if (state == PARSE_REFUSE)
		return refuse(c, ex->chunk.err, "bad chunks");
	if (ex->body.n > ex->body_max)
		return refuse(c, E_PAYLOAD_TOO_LARGE, "chunks over the limit");
	if (state == PARSE_MORE)
		return ex->chunk.used > 0;
	return hand_over(c, ex->body.n > 0 ? buf_slice(&ex->body) : SLICE(""));
}

bool
conn_read(struct conn *c)
{
	if (c->state != CONN_BODY)
		return read_head(c);
	return c->exchange->head.chunked ? read_chunked(c) : read_plain(c);
}

void
conn_refuse(struct conn *c, enum err err, const char *why)
{
	const struct service *service = c->endpoint->info.service;
	struct request *req = &c->exchange->request;
	struct reply reply;

	if (err == E_NO_MEMORY) {
		c->state = CONN_CLOSED;
		return;
	}
	if (err == E_BAD_REQUEST || err == E_HEADERS_TOO_LARGE)
		metric_add(METRIC_GATE_REFUSALS, 1);
	log_debug("request_refused", "id=%s code=%s why=%s", req->id, err_code(err), why);
	c->exchange->complete = clock_monotonic();
	req->received = clock_now();
	c->state = CONN_WAIT;
	reply_init(&reply, req->arena);
	reply.err = err;
	reply.status = err_info(err)->http;
	service->refuse(req, err, &reply, service->arg);
	reply.close = true;
	conn_answer(c, &reply);
}
