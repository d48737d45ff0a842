#include "server/action/issue.h"

#include "base/id.h"
#include "server/action/query.h"

static enum err
find_product_feature(struct action_ctx *ctx, int64_t product_id, struct slice code,
    struct product_feature *f)
{
	return record_find(ctx->txn, T_PRODUCT_FEATURE, IX_PRODUCT_FEATURE_CODE,
	    record_key_id_text(ctx->txn, product_id, code), f);
}

enum err
issue_feature(struct action_ctx *ctx, const struct license *license,
    const struct policy_feature *given)
{
	struct product_feature product_feature;
	struct license_feature f;
	enum err e;

	e = find_product_feature(ctx, license->product_id, given->code, &product_feature);
	if (e)
		return e == E_NOT_FOUND ? E_INVALID_LICENSE_FEATURE_CODE : e;
	field_clear(&license_feature_table, &f);
	f.license_id = license->o.id;
	f.product_feature_id = product_feature.o.id;
	f.code = product_feature.code;
	f.name = product_feature.name;
	f.feature_type = product_feature.feature_type;
	f.terms = given->terms;
	f.period_start = ctx->now;
	return change_record(ctx, T_LICENSE_FEATURE, NULL, &f, NULL, license->o.id);
}

static enum err
make_features(struct issue *is, const struct issue_piece *p)
{
	const struct policy_feature *f = p->features.p;
	enum err e = E_OK;

	for (size_t i = 0; i < p->features.n && !e; i++)
		e = issue_feature(is->ctx, &p->license, &f[i]);
	return e;
}

static enum err
make_piece(struct issue *is, struct issue_row *r, struct issue_piece *p)
{
	struct action_ctx *ctx = is->ctx;
	struct license *license = &p->license;
	enum err e;

	license->license_key = r->key;
	license->n_users = 0;
	if (p != &r->piece[0])
		license->bundle_license_id = r->piece[0].license.o.id;
	e = record_new_id(ctx->txn, T_LICENSE, &license->o.id);
	if (!e)
		e = change_record(
		    ctx, T_LICENSE, NULL, license, "license.created", license->o.id);
	return e ? e : make_features(is, p);
}

static enum err
make_users(struct issue *is, struct issue_row *r)
{
	struct action_ctx *ctx = is->ctx;
	struct license_user user;
	enum err e = E_OK;

	for (size_t i = 0; i < r->n_users && !e; i++) {
		e = issue_find_user(ctx, is->req, &r->user[i], &user);
		for (size_t j = 0; j < r->n && !e; j++)
			e = issue_assign(ctx, &r->piece[j].license, &user, &r->user[i],
			    r->piece[0].user_max_activations);
	}
	for (size_t j = 0; j < r->n && r->n_users && !e; j++)
		e = record_put(ctx->txn, T_LICENSE, &r->piece[j].license);
	return e;
}

static enum err
make_row(struct issue *is, struct issue_row *r, const struct order *order)
{
	bool key_based = r->goods->product.authorization_method == AM_LICENSE_KEY;
	enum err e = E_OK;

	if (key_based && !r->key.p)
		e = issue_new_key(is->ctx, r->goods, &r->key);
	for (size_t i = 0; i < r->n && !e; i++) {
		r->piece[i].license.order_id = order->o.id;
		e = make_piece(is, r, &r->piece[i]);
	}
	return e ? e : make_users(is, r);
}

/* What a row needs for a moment would add up: only the changes are kept. */
static enum err
keep_changes(struct action_ctx *ctx, struct change *until)
{
	struct change **at = &ctx->changes;

	for (; *at != until; at = &(*at)->next) {
		struct change *copy = arena_alloc(ctx->arena, sizeof(*copy));

		if (!copy)
			return E_NO_MEMORY;
		*copy = **at;
		copy->fields = arena_slice(ctx->arena, copy->fields);
		if (!copy->fields.p)
			return E_NO_MEMORY;
		*at = copy;
	}
	return E_OK;
}

enum err
issue_in_scratch(struct action_ctx *ctx, enum err (*fn)(void *), void *arg)
{
	struct arena *kept = ctx->arena, *scratch = arena_new(0);
	struct change *until = ctx->changes;
	enum err e;

	if (!scratch)
		return E_NO_MEMORY;
	ctx->arena = ctx->txn->arena = scratch;
	e = fn(arg);
	ctx->arena = ctx->txn->arena = kept;
	if (!e)
		e = keep_changes(ctx, until);
	else
		ctx->changes = until;
	arena_free(scratch);
	return e;
}

struct making {
	struct issue *issue;
	struct issue_row *row;
	const struct order *order;
};

static enum err
make_one(void *arg)
{
	struct making *m = arg;

	return make_row(m->issue, m->row, m->order);
}

enum err
issue_make(struct issue *is, const struct order *order)
{
	struct making m = { .issue = is, .order = order };
	enum err e = E_OK;

	for (size_t i = 0; i < is->n && !e; i++) {
		m.row = &is->row[i];
		e = issue_in_scratch(is->ctx, make_one, &m);
		m.row->key = SLICE_NULL;
		if (e == E_DUPLICATE)
			fault_add(&is->ctx->faults,
			    query_path(is->ctx, m.row->path, "key"), e, NULL);
	}
	return e;
}
