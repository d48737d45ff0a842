#include "server/action/access.h"

#include "config.h"

#include "base/metric.h"
#include "server/action/system.h"
#include "server/model/product.h"

const struct resource vendor_resource = {
	.table = T_VENDOR,
	.audit = "vendor",
	.path = "vendor",
};

enum err
vendor_get(struct action_ctx *ctx, const void *req_, void *res)
{
	struct manage_req req = *(const struct manage_req *)req_;

	req.id = VENDOR_ID;
	return manage_get(ctx, &req, res);
}

enum err
vendor_patch(struct action_ctx *ctx, const void *req_, void *res)
{
	struct manage_req req = *(const struct manage_req *)req_;

	req.id = VENDOR_ID;
	return manage_patch(ctx, &req, res);
}

static enum err
print_epoch(struct action_ctx *ctx, struct json_writer *w)
{
	struct meta meta = { .key = SLICE("epoch") };
	struct buf hex = BUF_INIT(ctx->arena);
	enum err e = record_get(ctx->txn, T_META, &meta);

	if (e && e != E_NOT_FOUND)
		return e;
	if (!e)
		buf_hex(&hex, meta.bytes.p, meta.bytes.n);
	jw_ktext(w, "epoch", e ? SLICE_NULL : buf_slice(&hex));
	return buf_finish(&hex);
}

static void
print_store(struct action_ctx *ctx, struct json_writer *w)
{
	enum err health = store_health(ctx->txn->store);

	jw_key(w, "store");
	jw_object(w);
	jw_ktext(w, "engine", slice_str(ctx->txn->store->ops->name));
	jw_kint(w, "used_bytes", metric_value(METRIC_STORE_USED_BYTES));
	jw_kint(w, "map_bytes", metric_value(METRIC_STORE_MAP_BYTES));
	jw_ktext(w, "health", slice_str(err_code(health)));
	jw_end(w);
}

enum err
status_get(struct action_ctx *ctx, const void *req_, void *res_)
{
	const struct manage_req *req = req_;
	struct manage_res *res = res_;
	struct json_writer *w = &res->w;
	int64_t start = metric_value(METRIC_START_TIME);
	int64_t now = ctx->now / 1000000;
	enum err e;

	jw_object(w);
	jw_ktext(w, "version", SLICE(PACKAGE_VERSION));
	jw_ktext(w, "build", SLICE(LICET_COMMIT));
	jw_kint(w, "uptime", start > 0 && now > start ? now - start : 0);
	jw_kbool(w, "live", true);
	jw_kbool(w, "ready", req->ready);
	jw_ktext(w, "why", req->ready ? SLICE_NULL : slice_str(req->why));
	jw_kbool(w, "writable", store_writable(ctx->txn->store));
	print_store(ctx, w);
	e = print_epoch(ctx, w);
	jw_kinstant(w, "clock", ctx->now);
	jw_end(w);
	return e ? e : buf_finish(&res->body);
}
