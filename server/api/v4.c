#include "server/api/v4.h"

#include "base/clock.h"
#include "server/api/reply.h"
#include "server/api/v4_decode.h"

static bool
counts_as_failure(enum err err)
{
	return err == E_LICENSE_NOT_FOUND || err == E_SIGNATURE_MISMATCH ||
	       err == E_INVALID_API_KEY;
}

static void
count(const struct v4_call *v, const char *metric, const char *label)
{
	struct touch *touch = api_options_of(v->call->api)->touch;

	if (touch && metric)
		touch_count(touch, metric, label, v->call->now);
}

void
v4_refuse(struct v4_call *v, enum err err)
{
	struct call *call = v->call;
	int seconds;

	if (counts_as_failure(err) &&
	    !limit_take(api_limit_of(call->api, API_LIMIT_V4_FAIL), call_peer(v->call),
		clock_monotonic(), &seconds)) {
		call_refuse_rate(call, seconds);
		return;
	}
	count(v, "refusals", err_code(err));
	call_refuse(call, err);
}

/* The claimed key, unproven: enough to tell one application's clients from another's. */
static struct slice
rate_key(struct v4_call *v, struct slice peer)
{
	struct buf key = BUF_INIT(v->call->arena);

	if (v->auth.readable)
		buf_slice_add(&key, slice_head(v->auth.params.apikey, 64));
	buf_char(&key, ' ');
	buf_slice_add(&key, peer);
	return buf_ok(&key) ? buf_slice(&key) : SLICE("-");
}

static bool
is_over_rate(struct v4_call *v, int *seconds)
{
	struct api *api = v->call->api;
	struct slice peer = call_peer(v->call);
	int64_t now = clock_monotonic();

	return !limit_take(
		   api_limit_of(api, API_LIMIT_V4), rate_key(v, peer), now, seconds) ||
	       !limit_peek(api_limit_of(api, API_LIMIT_V4_FAIL), peer, now, seconds);
}

void
v4_answer(struct v4_call *v)
{
	reply_json(&v->call->reply, 200);
	v->spec->encode(v, &v->call->reply.body);
	call_finish(v->call);
}

static void
action_done(struct call *);

static void
run_again(struct v4_call *v)
{
	if (v->req.read_only) {
		v4_refuse(v, E_READ_ONLY_API_KEY);
		return;
	}
	v->retried = true;
	call_run(v->call, true, v->spec->retry, &v->req, v->res, action_done);
}

static void
action_done(struct call *call)
{
	struct v4_call *v = call->state;
	enum err err = call->run.err;

	if (err == E_RETRY && v->spec->retry && !v->retried) {
		run_again(v);
		return;
	}
	if (err) {
		v4_refuse(v, err);
		return;
	}
	count(v, v->spec->counts, "");
	if (v->spec->after)
		v->spec->after(v, v->retried);
	v4_answer(v);
}

void
v4_run(struct v4_call *v)
{
	v->res = arena_alloc(v->call->arena, v->spec->res_size + 1);
	if (!v->res) {
		v4_refuse(v, E_NO_MEMORY);
		return;
	}
	call_run(v->call, v->spec->write, v->spec->action, &v->req, v->res, action_done);
}

void
v4_proceed(struct v4_call *v, enum err err)
{
	if (err)
		v4_refuse(v, err);
	else if (v->req.password.p)
		v4_password_start(v);
	else
		v4_run(v);
}

static bool
set_actor(struct v4_call *v)
{
	struct call *call = v->call;
	struct buf id = BUF_INIT(call->arena);

	buf_int(&id, v->key.key.o.id);
	call->actor = (struct actor){
		.type = ACTOR_CLIENT,
		.id = buf_slice(&id),
		.name = v->key.key.name,
		.credential = buf_slice(&id),
		.address = slice_str(call->request->peer),
		.request_id = slice_str(call->request->id),
		.account_id = FIELD_NONE,
	};
	return buf_ok(&id);
}

static void
auth_done(struct call *call)
{
	struct v4_call *v = call->state;
	bool changing = call->endpoint->method != HTTP_GET;
	enum err err = call->run.err;

	if (!err)
		err = auth_check(call->arena, &v->auth, &v->key, changing);
	if (!err && !set_actor(v))
		err = E_NO_MEMORY;
	if (!err && api_options_of(call->api)->touch)
		touch_key(api_options_of(call->api)->touch, v->key.key.o.id, call->now);
	if (!err && v->spec->take & V4_FILE)
		v4_file_start(v);
	else
		v4_proceed(v, err ? err : v4_decode(v));
}

static void
start(struct v4_call *v)
{
	struct call *call = v->call;
	enum err err;
	int seconds;

	auth_read(call->request, &v->auth);
	if (is_over_rate(v, &seconds)) {
		call_refuse_rate(call, seconds);
		return;
	}
	if (v->spec->open) {
		v4_answer(v);
		return;
	}
	err = auth_begin(call->request, call->now, call->settings->date_window, &v->auth);
	if (err) {
		v4_refuse(v, err);
		return;
	}
	call->actor.type = ACTOR_CLIENT;
	call->actor.account_id = FIELD_NONE;
	call_run(call, false, auth_find, &v->auth, &v->key, auth_done);
}

void
v4_front(struct call *call)
{
	struct v4_call *v = arena_alloc(call->arena, sizeof(*v));

	if (!v) {
		call_refuse(call, E_NO_MEMORY);
		return;
	}
	v->call = call;
	v->spec = call->endpoint->spec;
	call->state = v;
	start(v);
}
