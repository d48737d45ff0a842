#include "server/action/license.h"

#include "base/id.h"
#include "server/action/issue.h"
#include "server/action/query.h"
#include "server/action/seat.h"
#include "server/model/feature.h"

/* What goes with a license, beside the record itself. */
static enum err
drop_features(struct action_ctx *ctx, int64_t license_id)
{
	struct license_feature f;
	struct record_scan scan;
	enum err e;

	e = record_scan(ctx->txn, T_LICENSE_FEATURE, -1,
	    record_key_id(ctx->txn, license_id), SLICE_NULL, false, &scan);
	while (!e) {
		e = record_next(&scan, &f);
		if (!e)
			e = change_record(
			    ctx, T_LICENSE_FEATURE, &f, NULL, NULL, license_id);
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

static enum err
drop_assignment(struct action_ctx *ctx, const struct assignment *a)
{
	struct license_user user;
	enum err e = record_del(ctx->txn, T_ASSIGNMENT, a);

	if (!e)
		e = record_get_id(ctx->txn, T_LICENSE_USER, a->user_id, &user);
	if (e)
		return e == E_NOT_FOUND ? E_DAMAGED : e;
	user.n_licenses--;
	return record_put(ctx->txn, T_LICENSE_USER, &user);
}

static enum err
drop_assignments(struct action_ctx *ctx, int64_t license_id)
{
	struct assignment a;
	struct record_scan scan;
	enum err e;

	e = record_scan(ctx->txn, T_ASSIGNMENT, -1, record_key_id(ctx->txn, license_id),
	    SLICE_NULL, false, &scan);
	while (!e) {
		e = record_next(&scan, &a);
		if (!e)
			e = drop_assignment(ctx, &a);
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

static enum err
drop_rows(struct action_ctx *ctx, struct license *license)
{
	struct activation a;
	struct record_scan scan;
	enum err e;

	e = record_scan(ctx->txn, T_ACTIVATION, -1,
	    record_key_id(ctx->txn, license->o.id), SLICE_NULL, false, &scan);
	while (!e) {
		e = record_next(&scan, &a);
		if (!e && a.state != AS_INACTIVE)
			return E_IN_USE;
		if (!e)
			e = seat_delete(ctx, license, &a);
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

enum err
license_drop(struct action_ctx *ctx, struct license *license)
{
	enum err e = drop_rows(ctx, license);

	if (!e)
		e = drop_features(ctx, license->o.id);
	if (!e)
		e = drop_assignments(ctx, license->o.id);
	return e ? e
	         : change_record(
		       ctx, T_LICENSE, license, NULL, "license.deleted", license->o.id);
}

static enum err
order_shrink(struct action_ctx *ctx, int64_t order_id)
{
	struct order before, after;
	enum err e = record_get_id(ctx->txn, T_ORDER, order_id, &before);

	if (e)
		return e == E_NOT_FOUND ? E_DAMAGED : e;
	after = before;
	after.license_count--;
	return change_record(ctx, T_ORDER, &before, &after, "order.updated", FIELD_NONE);
}

enum err
license_delete(struct action_ctx *ctx, const void *req, void *res)
{
	struct license license;
	struct license_set set;
	enum err e = license_open(ctx, req, res, NULL, &license);

	if (!e)
		e = license_set_load(ctx, &license, &set);
	for (size_t i = 0; !e && i < set.n; i++)
		if (set.license[i].first_activated_at != FIELD_NONE ||
		    set.license[i].seats_used)
			return E_IN_USE;
	for (size_t i = 0; !e && i < set.n; i++)
		e = license_drop(ctx, &set.license[i]);
	ctx->object_revision = FIELD_NONE;
	return e ? e : order_shrink(ctx, license.order_id);
}

static enum err
key_detail(struct action_ctx *ctx, struct slice from, struct slice to, struct slice *out)
{
	char *old = id_key_mask(ctx->arena, from), *new = id_key_mask(ctx->arena, to);
	struct buf b = BUF_INIT(ctx->arena);
	struct json_writer w;

	if (!old || !new)
		return E_NO_MEMORY;
	jw_init(&w, &b);
	jw_object(&w);
	jw_key(&w, "license_key");
	jw_array(&w);
	jw_str(&w, old);
	jw_str(&w, new);
	jw_end(&w);
	jw_end(&w);
	*out = buf_slice(&b);
	return buf_finish(&b);
}

static enum err
replace_one(struct action_ctx *ctx, const struct license *license, struct slice key)
{
	struct license after = *license;
	char *id = arena_printf(ctx->arena, "%lld", (long long)license->o.id);
	struct slice detail;
	enum err e;

	after.license_key = key;
	e = key_detail(ctx, license->license_key, key, &detail);
	if (!e)
		e = change_record(ctx, T_LICENSE, license, &after, NULL, license->o.id);
	if (!id)
		return E_NO_MEMORY;
	return e ? e
	         : audit_append(ctx, "license.key_replaced", "license", slice_str(id),
		       license->o.id, detail);
}

enum err
license_replace_key(struct action_ctx *ctx, const void *req, void *res)
{
	struct license license;
	struct license_set set = { .n = 0 };
	struct issue_goods goods;
	struct slice key;
	enum err e = license_open(ctx, req, res, NULL, &license);

	if (!e)
		e = manage_faults(ctx);
	if (!e && !license.license_key.p)
		e = E_INVALID_PRODUCT_AUTH_METHOD;
	if (!e)
		e = license_set_load(ctx, &license, &set);
	if (!e)
		e = issue_load_goods(ctx, set.license[0].product_id, &goods);
	if (!e)
		e = issue_new_key(ctx, &goods, &key);
	for (size_t i = 0; !e && i < set.n; i++)
		e = replace_one(ctx, &set.license[i], key);
	if (e)
		return e;
	manage_give(res, "license_key", key);
	return license_reply(ctx, res, license.o.id);
}

enum err
license_reveal_key(struct action_ctx *ctx, const void *req, void *res_)
{
	struct manage_res *res = res_;
	struct license license;
	char *id;
	enum err e = license_open(ctx, req, res, NULL, &license);

	if (!e)
		e = manage_faults(ctx);
	if (!e && !license.license_key.p)
		e = E_INVALID_PRODUCT_AUTH_METHOD;
	if (e)
		return e;
	id = arena_printf(ctx->arena, "%lld", (long long)license.o.id);
	if (!id)
		return E_NO_MEMORY;
	e = audit_append(ctx, "license.key_revealed", "license", slice_str(id),
	    license.o.id, SLICE_NULL);
	ctx->object_revision = FIELD_NONE;
	jw_object(&res->w);
	manage_secret(res, "license_key", license.license_key);
	jw_end(&res->w);
	return e ? e : buf_finish(&res->body);
}
