#include "server/action/upload.h"

#include "server/action/offline.h"
#include "server/action/token.h"
#include "server/policy/offline.h"

#define TRIM_BATCH 500

static enum err
all_stand(struct action_ctx *ctx, const struct offline_request *known, bool *stand)
{
	const int64_t *id = known->activations.p;

	*stand = true;
	for (size_t i = 0; i < known->activations.n && *stand; i++) {
		struct activation row;
		enum err err = record_find(ctx->txn, T_ACTIVATION, IX_ACTIVATION_ID,
		    record_key_id(ctx->txn, id[i]), &row);

		if (err && err != E_NOT_FOUND)
			return err;
		*stand = offline_stands(known->serial, err ? NULL : &row);
	}
	return E_OK;
}

enum err
upload_find(struct action_ctx *ctx, const struct upload *up, struct upload_res *out)
{
	struct offline_request known = { .handle = slice_of(up->handle, UPLOAD_DIGEST) };
	bool stand;
	enum err err = record_get(ctx->txn, T_OFFLINE_REQUEST, &known);

	*out = (struct upload_res){ .repeated = !err };
	if (!err)
		err = all_stand(ctx, &known, &stand);
	if (err)
		return err == E_NOT_FOUND ? E_OK : err;
	if (known.call != (int)up->call || !stand ||
	    !slice_equal(known.digest, slice_of(up->digest, UPLOAD_DIGEST)))
		return E_REQUEST_REPLAYED;
	out->body = known.body;
	return E_OK;
}

static enum err
list_rows(struct arena *a, const struct client_res *res, struct list *out)
{
	int64_t *id = arena_array(a, res->n + 1, sizeof(*id));

	if (!id)
		return E_NO_MEMORY;
	for (size_t i = 0; i < res->n; i++)
		id[i] = res->view[i].activation.o.id;
	*out = (struct list){ id, res->n };
	return E_OK;
}

static enum err
answer(struct action_ctx *ctx, const struct upload *up, struct upload_res *out)
{
	struct offline_request known = { .handle = slice_of(up->handle, UPLOAD_DIGEST),
		.digest = slice_of(up->digest, UPLOAD_DIGEST),
		.call = (int)up->call,
		.serial = out->res.n ? out->res.view[0].activation.serial : 0,
		.created_at = ctx->now };
	enum err err = up->print(up->arg, &out->res, &out->body);

	known.body = out->body;
	if (!err)
		err = list_rows(ctx->arena, &out->res, &known.activations);
	return err ? err : record_insert(ctx->txn, T_OFFLINE_REQUEST, &known);
}

/* As Licet's own format does it: one row for each object that crosses the gap. */
static enum err
issue(struct action_ctx *ctx, const struct client_req *req, struct client_res *res)
{
	const struct upload *up = req->upload;
	const struct offline_origin origin = { .action = IA_ACTIVATE,
		.request = up->id,
		.digest = up->digest,
		.issued_by = SLICE("api") };
	struct token_ask ask = { .now = ctx->now,
		.view = res->view,
		.n = res->n,
		.hardware_id = req->hardware_id,
		.device_key = req->device_key };
	struct issued issued;
	struct slice object = SLICE_NULL;
	enum err err;

	if (!up->has_token || !ctx->issuer || !ctx->issuer->keyring)
		return E_OK;
	err = offline_vendor(ctx, &ask.vendor);
	if (!err)
		err = token_put(
		    ctx->arena, ctx->issuer->keyring, &ask, &res->view[0], &object);
	if (err || !object.p)
		return err;
	err = offline_keep(ctx, &origin, req, res, object, &issued);
	return err == E_DUPLICATE ? E_REQUEST_REPLAYED : err;
}

enum err
action_upload_activate(struct action_ctx *ctx, const void *request, void *result)
{
	const struct client_req *req = request;
	struct upload_res *out = result;
	enum err err = upload_find(ctx, req->upload, out);

	if (err || out->repeated)
		return err;
	err = action_activate(ctx, req, &out->res);
	if (!err)
		err = issue(ctx, req, &out->res);
	if (!err)
		err = answer(ctx, req->upload, out);
	return err ? err : offline_count(ctx, "activations");
}

enum err
action_upload_deactivate(struct action_ctx *ctx, const void *request, void *result)
{
	const struct client_req *req = request;
	struct upload_res *out = result;
	enum err err = upload_find(ctx, req->upload, out);

	if (err || out->repeated)
		return err;
	err = action_deactivate(ctx, req, NULL);
	if (!err)
		err = answer(ctx, req->upload, out);
	return err ? err : offline_count(ctx, "deactivations");
}

struct trim {
	int64_t before;
	int n;
};

static enum err
trim_batch(struct txn *txn, void *arg)
{
	struct trim *t = arg;
	struct offline_request known;
	struct record_scan scan;
	enum err err;

	t->n = 0;
	err = record_scan(txn, T_OFFLINE_REQUEST, IX_OFFLINE_REQUEST_CREATED, SLICE_NULL,
	    SLICE_NULL, false, &scan);
	while (!err && t->n < TRIM_BATCH) {
		err = record_next(&scan, &known);
		if (!err && known.created_at >= t->before)
			break;
		if (!err)
			err = record_del(txn, T_OFFLINE_REQUEST, &known);
		t->n += !err;
	}
	return err == E_NOT_FOUND ? E_OK : err;
}

enum err
upload_trim(struct store *store, struct arena *arena, int64_t before)
{
	struct trim trim = { .before = before };
	struct arena_mark mark = arena_mark(arena);
	enum err err;

	do {
		arena_reset(arena, mark);
		err = store_write_now(store, arena, trim_batch, &trim);
	} while (!err && trim.n == TRIM_BATCH);
	return err;
}
