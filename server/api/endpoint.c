#include "server/api/endpoint.h"

#include "base/clock.h"
#include "base/log.h"
#include "server/api/page.h"
#include "server/api/parts.h"
#include "server/api/reply.h"
#include "server/http/peer.h"

/* Bodies of paths and methods that take none; they are read and ignored. */
#define PLAIN_BODY_MAX 65536

/* A call with what only this file needs. */
struct call_box {
	struct call call;
	const struct api_side *side;
	struct api_snapshot *settings;
	void (*done)(struct call *);
	char allow[64];
	int retry_after; /* of E_TOO_MANY_REQUESTS */
};

static struct call_box *
box_of(struct call *call)
{
	return container_of(call, struct call_box, call);
}

static bool
is_page(const struct api_side *side, struct slice path)
{
	return !side->is_admin && page_is(path);
}

static bool
is_manage(const struct api_side *side, struct slice path)
{
	return side->is_admin && !reply_is_signed(path);
}

size_t
endpoint_body_max(const struct request *r, void *arg)
{
	const struct api_side *side = arg;
	const struct route *route;
	const struct endpoint *endpoint;
	struct slice params[REQUEST_PARAMS_MAX];
	size_t n;
	char allow[64];

	if (router_find(side->router, r->method, r->path, &route, params, &n, allow))
		return PLAIN_BODY_MAX;
	endpoint = route->target;
	return endpoint->body_max ? endpoint->body_max : PLAIN_BODY_MAX;
}

static void
reply_out_of_memory(struct request *r)
{
	struct reply reply;

	reply_init(&reply, r->arena);
	reply.status = err_info(E_UNAVAILABLE)->http;
	reply.err = E_UNAVAILABLE;
	reply.close = true;
	server_reply(r, &reply);
}

static enum err
find_route(struct call_box *box)
{
	struct request *r = box->call.request;
	const struct route *route;
	enum err err = router_find(box->side->router, r->method, r->path, &route,
	    r->params, &r->n_params, box->allow);

	if (err)
		return err;
	box->call.endpoint = route->target;
	r->route = route->pattern;
	return E_OK;
}

void
endpoint_handle(struct request *r, void *arg)
{
	const struct api_side *side = arg;
	struct call_box *box = arena_alloc(r->arena, sizeof(*box));
	enum err err;

	if (!box) {
		reply_out_of_memory(r);
		return;
	}
	box->side = side;
	box->settings = api_take_settings(side->api);
	box->call.api = side->api;
	box->call.settings = &box->settings->settings;
	box->call.request = r;
	box->call.arena = r->arena;
	box->call.now = r->received;
	reply_init(&box->call.reply, r->arena);
	log_request(r->id);
	err = find_route(box);
	if (err)
		call_refuse(&box->call, err);
	else
		box->call.endpoint->front(&box->call);
	log_request(NULL);
}

static void
write_error(struct call_box *box, enum err err)
{
	struct call *call = &box->call;
	const struct action_ctx *ctx = &call->run.ctx;
	struct reply_detail detail = { .start_date = ctx->start_date,
		.refused_license = ctx->refused_license,
		.refused_product = ctx->refused_product };

	if (is_page(box->side, call->request->path))
		page_error(&call->reply, err, box->retry_after);
	else if (is_manage(box->side, call->request->path))
		reply_manage_error(&call->reply, err, &ctx->faults, NULL);
	else
		reply_v4_error(&call->reply, err, &detail);
	if (err == E_METHOD_NOT_ALLOWED && box->allow[0])
		reply_header(&call->reply, "Allow", box->allow);
	if (err == E_TOO_MANY_REQUESTS)
		reply_retry_after(&call->reply, box->retry_after);
}

static void
start_over(struct call_box *box, enum err err)
{
	buf_clear(&box->call.reply.headers);
	buf_clear(&box->call.reply.body);
	write_error(box, err);
}

static bool
is_head(const struct request *r)
{
	return slice_is(r->method_text, "HEAD");
}

struct keyring *
call_ring(struct call *call)
{
	if (!call->ring)
		call->ring = keyring_slot_take(call->api->options.keys);
	return call->ring;
}

static void
sign(struct call_box *box)
{
	struct call *call = &box->call;

	if (!call->settings->sign || call->reply.status >= 500 ||
	    !reply_is_signed(call->request->path) || is_head(call->request))
		return;
	reply_sign(&call->reply, call->request, call_ring(call), call->now);
}

void
call_finish(struct call *call)
{
	struct call_box *box = box_of(call);
	struct api *api = call->api;
	struct api_snapshot *settings = box->settings;
	struct reply *reply = &call->reply;
	struct keyring *ring;

	if (!buf_ok(&reply->body) || !buf_ok(&reply->headers)) {
		reply->source = NULL;
		start_over(box, E_NO_MEMORY);
	}
	sign(box);
	if (is_manage(box->side, call->request->path))
		reply_header(reply, "request-id", call->request->id);
	if (!buf_ok(&reply->headers)) {
		reply->status = err_info(E_UNAVAILABLE)->http;
		reply->err = E_UNAVAILABLE;
		reply->source = NULL;
		buf_clear(&reply->headers);
		buf_clear(&reply->body);
	}
	ring = call->ring;
	server_reply(call->request, reply);
	keyring_unref(ring);
	api_drop_settings(api, settings);
}

void
call_refuse(struct call *call, enum err err)
{
	const struct err_info *info = err_info(err);

	if (info->kind == ERR_FAULT)
		log_event(info->http == 503 ? LOG_WARN : LOG_ERROR, "call_failed",
		    "route=%s error=%s",
		    call->endpoint ? call->endpoint->pattern : "none", info->code);
	write_error(box_of(call), err);
	call_finish(call);
}

void
call_refuse_rate(struct call *call, int retry_after)
{
	box_of(call)->retry_after = retry_after;
	call_refuse(call, E_TOO_MANY_REQUESTS);
}

struct slice
call_peer(struct call *call)
{
	struct slice text = slice_str(call->request->peer);
	struct slice key = SLICE_NULL;
	struct peer_address address;

	if (peer_parse(text, &address))
		key = arena_slice(call->arena, peer_key(&address));
	return key.p ? key : text;
}

static void
run_done(struct action_run *run)
{
	struct call_box *box = run->arg;

	log_request(box->call.request->id);
	box->done(&box->call);
	log_request(NULL);
}

static const struct issuer *
issuer_of(struct call *call)
{
	const struct api_settings *s = call->settings;
	struct keyring *ring = call->api->options.keys ? call_ring(call) : NULL;

	call->issuer = (struct issuer){ .keyring = ring,
		.lists = call->api->lists,
		.request_max_age = s->request_max_age,
		.list_life = s->list_life,
		.qr_bytes = s->qr_bytes,
		.qr_level = s->qr_level };
	return &call->issuer;
}

void
call_run(struct call *call, bool write, action_fn *fn, const void *req, void *res,
    void (*done)(struct call *))
{
	struct call_box *box = box_of(call);
	struct action_run *run = &call->run;

	box->done = done;
	run->store = call->api->options.store;
	run->seal = call->api->options.seal;
	run->issuer = issuer_of(call);
	run->actor = &call->actor;
	run->arena = call->arena;
	run->back = loop_mailbox(call->request->loop);
	run->now = call->now;
	run->write = write;
	run->fn = fn;
	run->req = req;
	run->res = res;
	run->done = run_done;
	run->arg = box;
	action_run(run);
}

void
endpoint_refuse(struct request *r, enum err err, struct reply *reply, void *arg)
{
	const struct api_side *side = arg;
	struct api_snapshot *settings;
	struct keyring *ring;
	bool whole_head = err == E_PAYLOAD_TOO_LARGE || err == E_REQUEST_TIMEOUT;

	if (is_page(side, r->path))
		page_error(reply, err, 0);
	else if (is_manage(side, r->path))
		reply_manage_error(reply, err, NULL, NULL);
	else
		reply_v4_error(reply, err, NULL);
	if (!whole_head || !r->path.p || !reply_is_signed(r->path) || is_head(r))
		return;
	settings = api_take_settings(side->api);
	if (settings->settings.sign) {
		ring = keyring_slot_take(side->api->options.keys);
		reply_sign(reply, r, ring, clock_now());
		keyring_unref(ring);
	}
	api_drop_settings(side->api, settings);
}
