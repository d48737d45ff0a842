#include "server/action/catalog.h"

#include <string.h>

#include "base/clock.h"
#include "server/model/license.h"

static void
defaults(void *rec)
{
	policy_default(rec);
}

static void
check_duration(
    struct action_ctx *ctx, const char *path, const char *name, struct slice duration)
{
	if (duration.p && !clock_duration_valid(duration))
		fault_add(&ctx->faults, arena_printf(ctx->arena, "%s%s", path, name),
		    E_VALIDATION, "%s is a number and d, m or y, such as 30d or 1y",
		    name);
}

void
policy_check_terms(struct action_ctx *ctx, const char *path, const struct terms *t)
{
	check_duration(ctx, path, "valid_duration", t->valid_duration);
	check_duration(ctx, path, "subscription_duration", t->subscription_duration);
	check_duration(ctx, path, "maintenance_duration", t->maintenance_duration);
	if (t->is_floating_cloud && t->floating_users == 0)
		fault_add(&ctx->faults,
		    arena_printf(ctx->arena, "%sfloating_users", path), E_VALIDATION,
		    "A floating license needs floating_users of 1 or more");
}

static enum err
set_default(struct action_ctx *ctx, const struct policy *policy)
{
	struct product before, after;
	enum err e = record_get_id(ctx->txn, T_PRODUCT, policy->product_id, &before);

	if (e)
		return e;
	after = before;
	after.default_policy_id = policy->o.id;
	return change_record(
	    ctx, T_PRODUCT, &before, &after, "product.updated", FIELD_NONE);
}

static enum err
is_default(struct action_ctx *ctx, const struct policy *policy, bool *out)
{
	struct product product;
	enum err e = record_get_id(ctx->txn, T_PRODUCT, policy->product_id, &product);

	*out = !e && product.default_policy_id == policy->o.id;
	return e;
}

static enum err
check_features(struct edit *ed)
{
	struct policy *p = ed->rec;
	const struct json *json = json_get(ed->body, "product_features");

	if (!json)
		return E_OK;
	return policy_read_features(
	    ed->ctx, ed->req, ed->res, "", p->product_id, json, &p->features);
}

static enum err
check_bundle(struct edit *ed, const struct policy *p)
{
	struct product bundle;
	const int64_t *id;
	enum err e;

	if (p->bundle_id == FIELD_NONE)
		return E_OK;
	e = record_get_id(ed->ctx->txn, T_PRODUCT, p->bundle_id, &bundle);
	if (e)
		return e;
	id = bundle.members.p;
	for (size_t i = 0; i < bundle.members.n; i++)
		if (id[i] == p->product_id)
			return E_OK;
	fault_add(&ed->ctx->faults, "bundle", E_PRODUCT_NOT_IN_BUNDLE, NULL);
	return E_OK;
}

static enum err
check_is_default(struct edit *ed)
{
	const struct policy *p = ed->rec;
	bool wanted, now = false;
	enum err e = E_OK;

	if (!json_get(ed->body, "is_default"))
		return E_OK;
	wanted = manage_flag(ed->ctx, ed->req, "is_default");
	if (ed->before)
		e = is_default(ed->ctx, p, &now);
	if (e || wanted == now)
		return e;
	if (!wanted)
		fault_add(&ed->ctx->faults, "is_default", E_VALIDATION,
		    "Make another policy the default instead");
	else if (p->is_archived)
		fault_add(&ed->ctx->faults, "is_default", E_ARCHIVED, NULL);
	else if (ed->before && !ed->ctx->faults.total)
		return set_default(ed->ctx, p);
	return E_OK;
}

static enum err
check_parts(struct edit *ed)
{
	const struct policy *p = ed->rec;
	struct product product;
	enum err e;

	if (p->product_id == 0)
		return E_OK;
	e = record_get_id(ed->ctx->txn, T_PRODUCT, p->product_id, &product);
	if (!e)
		e = check_features(ed);
	if (!e)
		e = policy_check_custom(ed->ctx, p);
	if (!e)
		e = policy_check_members(ed->ctx, p, &product);
	if (!e)
		e = check_bundle(ed, p);
	return e;
}

static enum err
check(struct edit *ed)
{
	const struct policy *p = ed->rec;
	enum err e;

	if (p->code.n && !code_valid(p->code, 2, MAX_POLICY_CODE))
		fault_add(&ed->ctx->faults, "code", E_VALIDATION,
		    "code has 2 to %d characters of A-Z a-z 0-9 . _ ~ -",
		    MAX_POLICY_CODE);
	policy_check_terms(ed->ctx, "", &p->terms);
	e = check_parts(ed);
	return e ? e : check_is_default(ed);
}

static enum err
made(struct edit *ed)
{
	if (!json_get(ed->body, "is_default") ||
	    !manage_flag(ed->ctx, ed->req, "is_default"))
		return E_OK;
	return set_default(ed->ctx, ed->rec);
}

static const struct filter template_filters[] = {
	{ .name = "product_id", .key = KEY_ID, .index = IX_LICENSE_PRODUCT },
	{ .name = "license_template_id" },
	{ .name = NULL },
};

static const struct resource licenses_by_template = { .table = T_LICENSE,
	.filters = template_filters };

static enum err
refuse_if_issued(struct action_ctx *ctx, const struct policy *p)
{
	struct manage_param pair[2] = {
		{ SLICE("product_id"), SLICE_NULL },
		{ SLICE("license_template_id"), SLICE_NULL },
	};
	bool used;
	enum err e;

	pair[0].value =
	    slice_str(arena_printf(ctx->arena, "%lld", (long long)p->product_id));
	pair[1].value = slice_str(arena_printf(ctx->arena, "%lld", (long long)p->o.id));
	if (!pair[0].value.p || !pair[1].value.p)
		return E_NO_MEMORY;
	e = manage_any(ctx, &licenses_by_template, pair, 2, &used);
	return e ? e : used ? E_IN_USE : E_OK;
}

static bool
names_member(struct arena *arena, const struct policy *p, struct slice code)
{
	struct json *map;

	if (json_parse(arena, p->member_policies, &map) || map->type != JSON_OBJECT)
		return false;
	for (size_t i = 0; i < map->n; i++)
		if (slice_equal(map->members[i].value.text, code))
			return true;
	return false;
}

static enum err
refuse_if_member(struct action_ctx *ctx, void *rec, void *arg)
{
	return names_member(ctx->arena, rec, *(struct slice *)arg) ? E_IN_USE : E_OK;
}

static enum err
drop(struct edit *ed)
{
	struct policy *p = ed->rec;
	struct each members = {
		.table = T_POLICY, .index = -1, .fn = refuse_if_member, .arg = &p->code
	};
	bool used;
	enum err e = is_default(ed->ctx, p, &used);

	if (!e && used)
		e = E_IN_USE;
	if (!e)
		e = refuse_if_issued(ed->ctx, p);
	return e ? e : manage_each(ed->ctx, &members);
}

static enum err
archive(struct edit *ed, bool archived)
{
	struct policy *p = ed->rec;
	bool used = false;
	enum err e = archived ? is_default(ed->ctx, p, &used) : E_OK;

	p->is_archived = archived;
	return e ? e : used ? E_IN_USE : E_OK;
}

static enum err
print(struct action_ctx *ctx, struct manage_res *res, const void *rec, bool single)
{
	bool yes;
	enum err e = is_default(ctx, rec, &yes);

	(void)single;
	jw_kbool(&res->w, "is_default", yes);
	return e;
}

static const struct filter filters[] = {
	{ .name = "code", .key = KEY_TEXT, .index = IX_POLICY_CODE },
	{ .name = "product",
	    .field = "product_id",
	    .key = KEY_ID,
	    .index = IX_POLICY_PRODUCT,
	    .ref = T_PRODUCT },
	{ .name = "license_type" },
	{ .name = "is_archived" },
	{ .name = NULL },
};

static const struct ref refs[] = {
	{ "product", offsetof(struct policy, product_id), T_PRODUCT,
	    REF_REQUIRED | REF_IMMUTABLE },
	{ "bundle", offsetof(struct policy, bundle_id), T_PRODUCT,
	    REF_NULL | REF_IMMUTABLE },
	{ NULL, 0, 0, 0 },
};

static const char *const also[] = { "product_features", "is_default", NULL };

const struct resource policy_resource = {
	.table = T_POLICY,
	.audit = "policy",
	.path = "policies",
	.unique = "code",
	.filters = filters,
	.refs = refs,
	.also = also,
	.defaults = defaults,
	.check = check,
	.made = made,
	.drop = drop,
	.archive = archive,
	.print = print,
};

static enum err
refuse_if_for(struct action_ctx *ctx, void *rec, void *arg)
{
	const struct policy *p = rec;
	int64_t bundle_id = *(int64_t *)arg;

	(void)ctx;
	return p->bundle_id == bundle_id && p->product_id != bundle_id ? E_IN_USE : E_OK;
}

enum err
policy_refuse_bundle(struct action_ctx *ctx, const struct product *product)
{
	int64_t id = product->o.id;
	struct each each = {
		.table = T_POLICY, .index = -1, .fn = refuse_if_for, .arg = &id
	};

	return product->is_bundle ? manage_each(ctx, &each) : E_OK;
}
