#include "server/action/manage.h"

static void
reset(struct manage_res *res, struct arena *arena)
{
	*res = (struct manage_res){ .body = BUF_INIT(arena), .created = FIELD_NONE };
	jw_init(&res->w, &res->body);
}

/* An earlier answer under this key. E_NOT_FOUND: none that is still kept. */
static enum err
look_up(
    struct action_ctx *ctx, const struct manage_once_key *idem, struct idempotency *out)
{
	enum err e;

	if (!idem->key.p)
		return E_NOT_FOUND;
	*out = (struct idempotency){ .account = idem->account, .key = idem->key };
	e = record_get(ctx->txn, T_IDEMPOTENCY, out);
	return !e && out->expires_at <= ctx->now ? E_NOT_FOUND : e;
}

static enum err
put(struct action_ctx *ctx, struct idempotency *answer)
{
	answer->expires_at = ctx->now + MANAGE_KEY_LIFE;
	return record_put(ctx->txn, T_IDEMPOTENCY, answer);
}

static enum err
keep_answer(struct action_ctx *ctx, const struct manage_req *req, struct manage_res *res)
{
	struct slice body = manage_masked(ctx->arena, res, false);
	char *location = "", *etag = "";

	if (res->created != FIELD_NONE)
		location = arena_printf(ctx->arena, "/api/v1/%s/%lld/",
		    req->resource->path, (long long)res->created);
	if (ctx->object_revision != FIELD_NONE)
		etag =
		    arena_printf(ctx->arena, "\"%lld\"", (long long)ctx->object_revision);
	if (!location || !etag || (res->body.n && !body.p))
		return E_NO_MEMORY;
	res->stored = (struct idempotency){ .account = req->idem.account,
		.key = req->idem.key,
		.digest = req->idem.digest,
		.status = req->status,
		.body = body.p ? body : SLICE(""),
		.location = slice_str(location),
		.etag = slice_str(etag) };
	return put(ctx, &res->stored);
}

/* The key belongs to another request; faults in this one come before that. */
static enum err
refuse_reuse(struct action_ctx *ctx, const struct manage_req *req, struct manage_res *res)
{
	enum err e = req->fn(ctx, req, res);

	if (!e)
		e = manage_faults(ctx);
	if (e && err_info(e)->kind == ERR_CALL && err_manage_status(e) == 400)
		return e;
	return E_IDEMPOTENCY_KEY_REUSED;
}

enum err
manage_run(struct action_ctx *ctx, const void *req_, void *res_)
{
	const struct manage_req *req = req_;
	struct manage_res *res = res_;
	struct idempotency earlier;
	enum err e;

	reset(res, ctx->arena);
	ctx->object_revision = FIELD_NONE;
	e = look_up(ctx, &req->idem, &earlier);
	res->key_taken = e == E_OK;
	if (!e && !slice_equal(earlier.digest, req->idem.digest))
		return refuse_reuse(ctx, req, res);
	if (!e) {
		res->replayed = true;
		res->stored = earlier;
		return E_OK;
	}
	if (e != E_NOT_FOUND)
		return e;
	e = req->fn(ctx, req, res);
	if (!e)
		e = manage_faults(ctx);
	if (!e)
		e = buf_finish(&res->body);
	if (!e && req->idem.key.p)
		e = keep_answer(ctx, req, res);
	return e;
}

enum err
manage_store_refusal(struct action_ctx *ctx, const void *req, void *res)
{
	struct idempotency answer = *(const struct idempotency *)req;

	(void)res;
	return put(ctx, &answer);
}
