#include "server/api/manage.h"

#include "base/log.h"
#include "server/api/reply.h"

static void
header_etag(struct reply *reply, int64_t revision)
{
	char text[32];

	if (revision == FIELD_NONE)
		return;
	snprintf(text, sizeof(text), "\"%lld\"", (long long)revision);
	reply_header(reply, "ETag", text);
}

static void
header_location(struct manage_call *mc)
{
	const struct manage_res *res = &mc->res;
	const struct resource *r = mc->route->resource;
	char *text;

	if (res->created == FIELD_NONE || !r || mc->dry_run)
		return;
	text = arena_printf(
	    mc->call->arena, "/api/v1/%s/%lld/", r->path, (long long)res->created);
	if (text)
		reply_header(&mc->call->reply, "Location", text);
}

static void
header_ignored(struct manage_call *mc)
{
	const struct manage_res *res = &mc->res;
	struct buf text = BUF_INIT(mc->call->arena);

	for (size_t i = 0; i < res->n_ignored; i++) {
		struct slice name = res->ignored[i];

		buf_str(&text, i ? ", " : "");
		for (size_t j = 0; j < name.n; j++) {
			unsigned char c = (unsigned char)name.p[j];

			if (c > ' ' && c < 0x7f && c != ',' && c != '%')
				buf_char(&text, (char)c);
			else
				buf_printf(&text, "%%%02X", c);
		}
		if (text.n > 4096)
			break;
	}
	if (res->n_ignored && buf_ok(&text))
		reply_header_slice(&mc->call->reply, "Licet-Ignored", buf_slice(&text));
}

static const char *const kinds[] = {
	[CHANGE_CREATE] = "create", [CHANGE_UPDATE] = "update", [CHANGE_DELETE] = "delete"
};

/* The list has the newest first. */
static void
print_changes(struct json_writer *w, const struct change *c)
{
	if (!c)
		return;
	print_changes(w, c->next);
	jw_object(w);
	jw_key(w, "type");
	jw_str(w, c->type);
	jw_kint(w, "id", c->kind == CHANGE_CREATE ? FIELD_NONE : c->id);
	jw_key(w, "action");
	jw_str(w, kinds[c->kind]);
	jw_key(w, "fields");
	jw_raw(w, c->fields.n ? c->fields : SLICE("{}"));
	jw_end(w);
}

static void
print_dry_run(struct manage_call *mc)
{
	struct reply *reply = &mc->call->reply;
	struct slice body = manage_masked(mc->call->arena, &mc->res, true);
	struct json_writer w;

	if (mc->res.type)
		body = SLICE(""); /* a file */
	reply_json(reply, 200);
	reply->body.failed = mc->res.body.n && !body.p;
	jw_init(&w, &reply->body);
	jw_object(&w);
	jw_kbool(&w, "dry_run", true);
	jw_key(&w, "changes");
	jw_array(&w);
	print_changes(&w, mc->call->run.ctx.changes);
	jw_end(&w);
	jw_key(&w, "result");
	if (body.n)
		jw_raw(&w, body);
	else
		jw_null(&w);
	jw_end(&w);
}

static void
plain_status(struct reply *reply, int status)
{
	reply->status = status;
	reply_header(reply, "Cache-Control", "no-store");
}

static void
print_replay(struct manage_call *mc)
{
	const struct idempotency *stored = &mc->res.stored;
	struct reply *reply = &mc->call->reply;

	if (stored->body.n) {
		reply_json(reply, (int)stored->status);
		buf_slice_add(&reply->body, stored->body);
	} else {
		plain_status(reply, (int)stored->status);
	}
	if (stored->location.n)
		reply_header_slice(reply, "Location", stored->location);
	if (stored->etag.n)
		reply_header_slice(reply, "ETag", stored->etag);
	reply_header(reply, "Idempotency-Replayed", "true");
}

/* One of the tags of If-None-Match is this revision. */
static bool
is_known(const struct request *r, int64_t revision)
{
	struct slice rest = request_header(r, "If-None-Match");
	char tag[32];

	if (r->method != HTTP_GET || revision == FIELD_NONE)
		return false;
	snprintf(tag, sizeof(tag), "\"%lld\"", (long long)revision);
	while (rest.p) {
		struct slice one = slice_trim(slice_cut(&rest, ','));

		if (slice_starts(one, SLICE("W/")))
			one = slice_from(one, 2);
		if (slice_is(one, tag) || slice_is(one, "*"))
			return true;
	}
	return false;
}

static void
header_parts(struct reply *reply, int64_t parts)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)parts);
	reply_header(reply, "Licet-Parts", text);
}

struct parts {
	struct reply_source source;
	struct manage_stream *stream;
	struct store *store;
};

static enum err
next_part(struct reply_source *source, struct buf *out, bool *last)
{
	struct parts *p = container_of(source, struct parts, source);

	return p->stream->next(p->stream, p->store, out, last);
}

static void
print_parts(struct manage_call *mc)
{
	struct parts *p = arena_alloc(mc->call->arena, sizeof(*p));

	if (!p) {
		mc->call->reply.body.failed = true;
		return;
	}
	p->source.next = next_part;
	p->stream = mc->res.stream;
	p->store = api_options_of(mc->call->api)->store;
	mc->call->reply.source = &p->source;
}

static void
print_file(struct manage_call *mc)
{
	const struct manage_res *res = &mc->res;
	struct reply *reply = &mc->call->reply;
	char *name = NULL;

	plain_status(reply, mc->route->status);
	reply_header(reply, "Content-Type", res->type);
	if (res->file)
		name = arena_printf(
		    mc->call->arena, "attachment; filename=\"%s\"", res->file);
	if (name)
		reply_header(reply, "Content-Disposition", name);
	if (res->parts)
		header_parts(reply, res->parts);
	if (res->stream)
		print_parts(mc);
	else
		buf_slice_add(&reply->body, buf_slice(&res->body));
}

static void
print_success(struct manage_call *mc)
{
	struct reply *reply = &mc->call->reply;
	int64_t revision = mc->call->run.ctx.object_revision;

	if (mc->res.replayed) {
		print_replay(mc);
		return;
	}
	if (!mc->dry_run)
		header_etag(reply, revision);
	header_ignored(mc);
	if (mc->dry_run) {
		print_dry_run(mc);
	} else if (is_known(mc->call->request, revision)) {
		plain_status(reply, 304);
	} else if (mc->res.type) {
		print_file(mc);
	} else if (mc->res.body.n == 0) {
		plain_status(reply, mc->route->status);
	} else {
		reply_json(reply, mc->route->status);
		header_location(mc);
		buf_slice_add(&reply->body, buf_slice(&mc->res.body));
	}
}

static void
print_refusal(
    struct manage_call *mc, enum err err, const struct faults *faults, const char *text)
{
	struct call *call = mc->call;

	if (err_info(err)->kind == ERR_FAULT)
		log_error("call_failed", "route=%s error=%s", call->endpoint->pattern,
		    err_code(err));
	reply_manage_error(&call->reply, err, faults, text);
	if (err == E_UNAUTHENTICATED)
		reply_header(&call->reply, "WWW-Authenticate", "Api-Key");
	if (err == E_STALE_OBJECT)
		header_etag(&call->reply, call->run.ctx.object_revision);
}

void
manage_refuse(struct manage_call *mc, enum err err, const char *message)
{
	print_refusal(mc, err, &mc->faults, message ? message : mc->message);
	call_finish(mc->call);
}

static void
stored(struct call *call)
{
	struct manage_call *mc = call->state;

	if (call->run.err)
		log_warn("idempotency_not_kept", "error=%s", err_code(call->run.err));
	manage_key_end(mc);
	call_finish(call);
}

static bool
is_kept(const struct manage_call *mc, int status)
{
	return mc->running.p && !mc->res.key_taken && status != 401 && status != 403 &&
	       status != 429 && status < 500;
}

static void
keep_refusal(struct manage_call *mc)
{
	struct call *call = mc->call;
	const struct manage_once_key *idem = &mc->req.idem;

	mc->refusal = (struct idempotency){ .account = idem->account,
		.key = idem->key,
		.digest = idem->digest,
		.status = call->reply.status,
		.body = buf_slice(&call->reply.body),
		.location = SLICE(""),
		.etag = SLICE("") };
	manage_start(mc, true, manage_store_refusal, &mc->refusal, NULL, stored);
}

void
manage_finish(struct manage_call *mc, enum err err)
{
	struct call *call = mc->call;
	const struct action_ctx *ctx = &call->run.ctx;

	if (err)
		print_refusal(mc, err, &ctx->faults, ctx->message.p);
	else
		print_success(mc);
	if (err && is_kept(mc, call->reply.status)) {
		keep_refusal(mc);
		return;
	}
	manage_key_end(mc);
	call_finish(call);
}
