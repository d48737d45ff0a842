#include "server/action/catalog.h"

#include "base/clock.h"

static void
defaults(void *rec)
{
	struct product_feature *f = rec;

	field_clear(&product_feature_table, f);
	feature_terms_default(&f->terms);
}

static enum err
check_room(struct action_ctx *ctx, int64_t product_id)
{
	int64_t n;
	enum err e = record_count(ctx->txn, T_PRODUCT_FEATURE, IX_PRODUCT_FEATURE_CODE,
	    record_key_id(ctx->txn, product_id), MAX_FEATURES, &n);

	if (!e && n >= MAX_FEATURES)
		fault_add(&ctx->faults, "product", E_VALIDATION,
		    "A product has at most %d features", MAX_FEATURES);
	return e;
}

static enum err
check(struct edit *ed)
{
	const struct product_feature *f = ed->rec;
	struct faults *faults = &ed->ctx->faults;

	if (f->code.n && !code_valid(f->code, 2, MAX_CODE))
		fault_add(faults, "code", E_VALIDATION,
		    "code has 2 to %d characters of A-Z a-z 0-9 . _ ~ -", MAX_CODE);
	if (f->terms.valid_duration.p && !clock_duration_valid(f->terms.valid_duration))
		fault_add(faults, "valid_duration", E_VALIDATION,
		    "valid_duration is a number and d, m or y, such as 30d or 1y");
	if (f->terms.is_floating_cloud && f->terms.floating_users == 0)
		fault_add(faults, "floating_users", E_VALIDATION,
		    "A floating feature needs floating_users of 1 or more");
	if (ed->before || f->product_id == 0)
		return E_OK;
	return check_room(ed->ctx, f->product_id);
}

static const struct filter issued_filters[] = {
	{ .name = "product_feature_id" },
	{ .name = NULL },
};

static const struct resource issued = { .table = T_LICENSE_FEATURE,
	.filters = issued_filters };

static enum err
refuse_if_issued(struct action_ctx *ctx, int64_t id)
{
	struct manage_param pair = { SLICE("product_feature_id"), SLICE_NULL };
	bool used;
	enum err e;

	pair.value = slice_str(arena_printf(ctx->arena, "%lld", (long long)id));
	if (!pair.value.p)
		return E_NO_MEMORY;
	e = manage_any(ctx, &issued, &pair, 1, &used);
	return e ? e : used ? E_IN_USE : E_OK;
}

static enum err
refuse_if_named(struct action_ctx *ctx, void *rec, void *arg)
{
	const struct policy *p = rec;
	const struct policy_feature *f = p->features.p;

	(void)ctx;
	for (size_t i = 0; i < p->features.n; i++)
		if (slice_equal(f[i].code, *(struct slice *)arg))
			return E_IN_USE;
	return E_OK;
}

static enum err
drop(struct edit *ed)
{
	struct product_feature *f = ed->rec;
	struct action_ctx *ctx = ed->ctx;
	struct each each = { .table = T_POLICY,
		.index = IX_POLICY_PRODUCT,
		.prefix = record_key_id(ctx->txn, f->product_id),
		.fn = refuse_if_named,
		.arg = &f->code };
	enum err e = manage_each(ctx, &each);

	return e ? e : refuse_if_issued(ctx, f->o.id);
}

static enum err
archive(struct edit *ed, bool archived)
{
	((struct product_feature *)ed->rec)->is_archived = archived;
	return E_OK;
}

static const struct filter filters[] = {
	{ .name = "product",
	    .field = "product_id",
	    .key = KEY_ID,
	    .index = IX_PRODUCT_FEATURE_CODE,
	    .ref = T_PRODUCT },
	{ .name = "code" },
	{ .name = "name" },
	{ .name = "feature_type" },
	{ .name = "is_archived" },
	{ .name = NULL },
};

static const struct ref refs[] = {
	{ "product", offsetof(struct product_feature, product_id), T_PRODUCT,
	    REF_REQUIRED | REF_IMMUTABLE },
	{ NULL, 0, 0, 0 },
};

const struct resource product_feature_resource = {
	.table = T_PRODUCT_FEATURE,
	.audit = "feature",
	.path = "product-features",
	.unique = "code",
	.filters = filters,
	.refs = refs,
	.defaults = defaults,
	.check = check,
	.drop = drop,
	.archive = archive,
};
