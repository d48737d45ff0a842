#include "server/api/offline.h"

#include "base/clock.h"
#include "offline/armor.h"
#include "server/action/revocations.h"
#include "server/api/multipart.h"
#include "server/api/reply.h"

void
offline_count_refusal(struct call *call, enum err err)
{
	struct touch *touch = api_options_of(call->api)->touch;

	if (touch)
		touch_count(touch, "refusals", err_code(err), call->now);
}

/* Guessing license keys here is counted where guessing them by calls is. */
static void
count_guess(struct call *call, enum err err)
{
	int seconds;
	bool within;

	if (err != E_LICENSE_NOT_FOUND)
		return;
	within = limit_take(api_limit_of(call->api, API_LIMIT_V4_FAIL), call_peer(call),
	    clock_monotonic(), &seconds);
	(void)within;
}

bool
offline_is_over_rate(struct call *call, int *seconds)
{
	int64_t now = clock_monotonic();
	struct slice peer = call_peer(call);

	return !limit_take(
		   api_limit_of(call->api, API_LIMIT_OFFLINE), peer, now, seconds) ||
	       !limit_peek(
		   api_limit_of(call->api, API_LIMIT_V4_FAIL), peer, now, seconds);
}

static void
set_actor(struct call *call)
{
	call->actor = (struct actor){ .type = ACTOR_PORTAL,
		.id = SLICE(""),
		.name = SLICE("portal"),
		.credential = SLICE(""),
		.address = slice_str(call->request->peer),
		.request_id = slice_str(call->request->id),
		.account_id = FIELD_NONE };
}

static void
refuse(struct offline_call *oc, enum err err)
{
	struct call *call = oc->call;
	struct reply_detail detail = { .more = oc->more };

	if (err_info(err)->kind == ERR_FAULT) {
		call_refuse(call, err);
		return;
	}
	reply_v4_error(&call->reply, err, &detail);
	call_finish(call);
}

static void
refuse_only(struct offline_call *oc, const struct offline_answer *a)
{
	struct call *call = oc->call;
	struct reply_detail detail = { .start_date = a->start_date,
		.refused_license = a->refused_license,
		.refused_product = a->refused_product,
		.more = a->more };

	if (a->err == E_TOO_MANY_REQUESTS) {
		call_refuse_rate(call, oc->retry_after);
		return;
	}
	reply_v4_error(&call->reply, a->err, &detail);
	call_finish(call);
}

static void
print_text(struct offline_call *oc, struct buf *out)
{
	for (size_t i = 0; i < oc->answers.n; i++) {
		const struct offline_answer *a = &oc->answers.item[i];
		char *text;

		if (!a->err) {
			armor_put(out, a->kind, a->object);
			continue;
		}
		text = offline_refusal_text(oc->call->arena, a);
		out->failed = out->failed || !text;
		buf_printf(out, "refused: %s: %s\n", err_code(a->err), text ? text : "");
	}
}

static void
print_made(struct json_writer *w, const struct offline_answer *a, struct slice armored)
{
	const int64_t *id = a->licenses.p;
	char serial[OFFLINE_SERIAL_TEXT + 1];

	snprintf(serial, sizeof(serial), "%lld", (long long)a->serial);
	jw_ktext(w, "serial", slice_str(serial));
	if (a->kind == OBJECT_ACTIVATION) {
		jw_key(w, "licenses");
		jw_array(w);
		for (size_t i = 0; i < a->licenses.n; i++)
			jw_int(w, id[i]);
		jw_end(w);
		jw_kinstant(w, "lease_until", a->lease_until);
	}
	jw_kbool(w, "repeated", a->repeated);
	jw_ktext(w, a->kind == OBJECT_RECEIPT ? "receipt" : "activation", armored);
}

static void
print_json(struct offline_call *oc, struct buf *out)
{
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	jw_key(&w, "results");
	jw_array(&w);
	for (size_t i = 0; i < oc->answers.n; i++) {
		const struct offline_answer *a = &oc->answers.item[i];
		struct buf armored = BUF_INIT(oc->call->arena);

		jw_object(&w);
		jw_kbool(&w, "ok", !a->err);
		if (a->err) {
			offline_print_refusal(&w, a);
		} else {
			armor_put(&armored, a->kind, a->object);
			print_made(&w, a, buf_slice(&armored));
			out->failed = out->failed || !buf_ok(&armored);
		}
		jw_end(&w);
	}
	jw_end(&w);
	jw_end(&w);
}

static void
reply_text(struct reply *reply)
{
	reply->status = 200;
	reply_header(reply, "Content-Type", "text/plain; charset=utf-8");
	reply_header(reply, "Cache-Control", "no-store");
}

static void
answer(struct offline_call *oc, enum err err)
{
	struct call *call = oc->call;
	struct slice accept = request_header(call->request, "Accept");

	if (err) {
		refuse(oc, err);
		return;
	}
	if (oc->answers.n == 1 && oc->answers.item[0].err) {
		refuse_only(oc, &oc->answers.item[0]);
		return;
	}
	if (slice_search(accept, SLICE("application/json")) >= 0) {
		reply_json(&call->reply, 200);
		print_json(oc, &call->reply.body);
	} else {
		reply_text(&call->reply);
		print_text(oc, &call->reply.body);
	}
	call_finish(call);
}

static void
acted(struct call *call)
{
	struct offline_call *oc = call->state;

	if (call->run.err)
		offline_count_refusal(call, call->run.err);
	for (size_t i = 0; !call->run.err && i < oc->answers.n; i++) {
		enum err err = oc->answers.item[i].err;

		if (err)
			offline_count_refusal(call, err);
		count_guess(call, err);
	}
	oc->done(oc, call->run.err);
}

static void
act(struct offline_call *oc, enum err err)
{
	if (err) {
		offline_count_refusal(oc->call, err);
		oc->done(oc, err);
		return;
	}
	call_run(oc->call, true,
	    oc->proofs ? action_offline_deactivate : action_offline_activate, &oc->batch,
	    &oc->answers, acted);
}

void
offline_init(struct offline_call *oc, struct call *call, bool proofs)
{
	oc->call = call;
	oc->proofs = proofs;
	oc->batch.issued_by = SLICE("portal");
	oc->batch.peer_address = slice_str(call->request->peer);
	set_actor(call);
}

void
offline_run(struct offline_call *oc, void (*done)(struct offline_call *, enum err))
{
	oc->call->state = oc;
	oc->done = done;
	offline_verify(oc, act);
}

void
offline_front(struct call *call)
{
	struct offline_call *oc = arena_alloc(call->arena, sizeof(*oc));
	struct slice body;
	enum err err;
	int seconds;

	if (!oc) {
		call_refuse(call, E_NO_MEMORY);
		return;
	}
	if (offline_is_over_rate(call, &seconds)) {
		call_refuse_rate(call, seconds);
		return;
	}
	offline_init(oc, call, call->endpoint->spec != NULL);
	err = multipart_file(request_header(call->request, "Content-Type"),
		  call->request->body, &body)
	          ? offline_read(oc, body)
	          : E_VALIDATION;
	if (err) {
		offline_count_refusal(call, err);
		refuse(oc, err);
	} else {
		offline_run(oc, answer);
	}
}

static void
listed(struct call *call)
{
	const struct revocation_list *list = call->state;

	if (call->run.err) {
		call_refuse(call, call->run.err);
		return;
	}
	reply_text(&call->reply);
	armor_put(&call->reply.body, OBJECT_REVOCATIONS, list->object);
	call_finish(call);
}

void
offline_list_front(struct call *call)
{
	struct revocation_list *list = arena_alloc(call->arena, sizeof(*list));
	int seconds;

	if (!list) {
		call_refuse(call, E_NO_MEMORY);
		return;
	}
	if (offline_is_over_rate(call, &seconds)) {
		call_refuse_rate(call, seconds);
		return;
	}
	call->state = list;
	set_actor(call);
	call_run(call, false, action_revocations, NULL, list, listed);
}
