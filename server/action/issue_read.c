#include "server/action/issue.h"

#include <string.h>

#include "server/action/catalog.h"
#include "server/action/query.h"
#include "server/policy/validity.h"

#define KNOWN_MAX 32

/* Members of a row that are read here, beside the fields of a license. */
static const char *const row_members[] = { "key", "license_key", "users", "policy_code",
	"policy", "product_features", "custom_fields", "members", "enabled", NULL };
static const char *const member_members[] = { "policy_code", "policy", "product_features",
	"custom_fields", "enabled", NULL };

static const struct json empty = { .type = JSON_OBJECT };

enum err
issue_load_goods(struct action_ctx *ctx, int64_t product_id, struct issue_goods *goods)
{
	const struct product *product = &goods->product;
	const int64_t *id;
	enum err e;

	*goods = (struct issue_goods){ .member = NULL };
	e = record_get_id(ctx->txn, T_PRODUCT, product_id, &goods->product);
	if (e || !product->is_bundle)
		return e;
	goods->n_members = product->members.n;
	goods->member = arena_array(ctx->arena, goods->n_members, sizeof(*goods->member));
	if (!goods->member)
		return E_NO_MEMORY;
	id = product->members.p;
	for (size_t i = 0; i < goods->n_members && !e; i++)
		e = record_get_id(ctx->txn, T_PRODUCT, id[i], &goods->member[i]);
	return e == E_NOT_FOUND ? E_DAMAGED : e;
}

enum err
issue_read_goods(struct issue *is, const char *field, const struct json *code,
    struct issue_goods *goods)
{
	struct action_ctx *ctx = is->ctx;
	int64_t id;
	enum err e;

	goods->product.o.id = 0;
	if (!code) {
		fault_add(
		    &ctx->faults, field, E_MISSING_PARAMETERS, "The product is missing");
		return E_OK;
	}
	e = ref_read(ctx, field, T_PRODUCT, code, &id);
	if (e || id == FIELD_NONE)
		return e;
	e = issue_load_goods(ctx, id, goods);
	if (e)
		return e;
	if (goods->product.archived_at != FIELD_NONE)
		fault_add(&ctx->faults, field, E_ARCHIVED_PRODUCT, NULL);
	for (size_t i = 0; i < goods->n_members; i++)
		if (goods->member[i].archived_at != FIELD_NONE)
			fault_add(&ctx->faults, field, E_ARCHIVED_PRODUCT,
			    "The member %.*s is archived",
			    SLICE_ARG(goods->member[i].short_code));
	return E_OK;
}

/* The policy that a row names; E_NOT_FOUND after a fault, or when it names none. */
static enum err
named_policy(
    struct issue *is, struct issue_piece *p, const struct json *row, struct policy *out)
{
	struct action_ctx *ctx = is->ctx;
	const struct json *code = json_get(row, "policy_code");
	const char *field = query_path(ctx, p->path, "policy_code");
	int64_t id;
	enum err e;

	if (!code)
		code = json_get(row, "policy");
	if (!code || code->type == JSON_NULL)
		return E_NOT_FOUND;
	e = ref_read(ctx, field, T_POLICY, code, &id);
	if (!e && id == FIELD_NONE)
		e = E_NOT_FOUND;
	if (!e)
		e = record_get_id(ctx->txn, T_POLICY, id, out);
	if (e)
		return e;
	if (out->product_id != p->product->o.id) {
		fault_add(&ctx->faults, field, E_LICENSE_POLICY_NOT_FOUND, NULL);
		return E_NOT_FOUND;
	}
	if (out->is_archived)
		fault_add(&ctx->faults, field, E_ARCHIVED, "The policy is archived");
	return E_OK;
}

/* The bundle policy's choice for a member: E_NOT_FOUND when it has none. */
static enum err
chosen_policy(struct action_ctx *ctx, const struct policy *bundle,
    const struct product *member, struct policy *out)
{
	char *code = arena_str(ctx->arena, member->short_code);
	struct json *map;
	const struct json *chosen;
	int64_t id = FIELD_NONE;
	enum err e;

	if (!code)
		return E_NO_MEMORY;
	if (!bundle->member_policies.n)
		return E_NOT_FOUND;
	e = json_parse(ctx->arena, bundle->member_policies, &map);
	if (e)
		return e == E_NO_MEMORY ? e : E_DAMAGED;
	chosen = json_get(map, code);
	if (!chosen || chosen->type != JSON_TEXT)
		return E_NOT_FOUND;
	e = ref_find(ctx, T_POLICY, chosen->text, &id);
	if (!e && id == FIELD_NONE)
		e = E_NOT_FOUND;
	return e ? e : record_get_id(ctx->txn, T_POLICY, id, out);
}

static void
take_terms(struct issue *is, struct issue_piece *p, const struct policy *policy)
{
	p->license.terms = policy->terms;
	p->license.license_template_id = policy->o.id;
	p->user_max_activations = policy->user_max_activations;
	if (is->prevent_vm)
		p->license.terms.prevent_vm = true;
}

/* Features and custom fields are those of the product that the policy is for. */
static enum err
take_parts(struct issue *is, struct issue_piece *p, const struct policy *policy)
{
	struct json *map;
	enum err e;

	p->features = policy->features;
	if (!policy->custom_fields.n)
		return E_OK;
	e = json_parse(is->ctx->arena, policy->custom_fields, &map);
	if (e)
		return e == E_NO_MEMORY ? e : E_DAMAGED;
	return custom_read(
	    is->ctx, p->path, p->product->o.id, map, &p->license.custom_values);
}

static enum err
take_policy(struct issue *is, struct issue_piece *p, const struct json *row,
    const struct policy *bundle)
{
	struct action_ctx *ctx = is->ctx;
	struct policy policy;
	bool own = true;
	enum err e = named_policy(is, p, row, &policy);

	if (e == E_NOT_FOUND && bundle)
		e = chosen_policy(ctx, bundle, p->product, &policy);
	if (e == E_NOT_FOUND) {
		own = !bundle;
		e = record_get_id(
		    ctx->txn, T_POLICY, p->product->default_policy_id, &policy);
	}
	if (e)
		return e == E_NOT_FOUND ? E_DAMAGED : e;
	take_terms(is, p, own ? &policy : bundle);
	return take_parts(is, p, &policy);
}

static void
read_enabled(struct issue *is, struct issue_piece *p, const struct json *row)
{
	const struct json *json = json_get(row, "enabled");

	if (json && !json_to_bool(json, &p->license.license_enabled))
		fault_add(&is->ctx->faults, query_path(is->ctx, p->path, "enabled"),
		    E_VALIDATION, "enabled must be true or false");
}

static enum err
read_fields(struct issue *is, struct issue_piece *p, const struct json *row,
    const char *const *known)
{
	struct resource resource = { .table = T_LICENSE, .also = known };
	struct edit edit = { .ctx = is->ctx,
		.req = is->req,
		.res = is->res,
		.resource = &resource,
		.body = row,
		.rec = &p->license };
	const struct json *json;
	enum err e = manage_read(&edit, p->path, FIELD_CREATE);

	read_enabled(is, p, row);
	json = json_get(row, "product_features");
	if (!e && json)
		e = policy_read_features(is->ctx, is->req, is->res, p->path,
		    p->product->o.id, json, &p->features);
	json = json_get(row, "custom_fields");
	if (!e && json)
		e = custom_read(
		    is->ctx, p->path, p->product->o.id, json, &p->license.custom_values);
	validity_check_terms(&is->ctx->faults, p->path, &p->license.terms, is->ctx->now);
	p->license.n_features = (int64_t)p->features.n;
	return e;
}

static enum err
read_piece(struct issue *is, struct issue_piece *p, const struct json *row,
    const struct policy *bundle)
{
	enum err e;

	license_default(&p->license);
	p->license.product_id = p->product->o.id;
	p->license.o.created_at = is->created;
	p->license.period_start = is->created;
	e = custom_defaults(is->ctx, p->product->o.id, &p->license.custom_values);
	return e ? e : take_policy(is, p, row, bundle);
}

static const struct json *
member_row(const struct json *row, const struct product *product)
{
	const struct json *members = json_get(row, "members");

	if (!members || members->type != JSON_OBJECT)
		return NULL;
	for (size_t i = 0; i < members->n; i++)
		if (slice_equal(members->members[i].name, product->short_code) &&
		    members->members[i].value.type == JSON_OBJECT)
			return &members->members[i].value;
	return NULL;
}

/* Every name under members is a member, and its value an object. */
static void
check_members(struct issue *is, struct issue_row *r, const struct json *row)
{
	const struct json *members = json_get(row, "members");
	struct faults *faults = &is->ctx->faults;

	if (!members)
		return;
	if (members->type != JSON_OBJECT) {
		fault_add(faults, query_path(is->ctx, r->path, "members"), E_VALIDATION,
		    "members is an object of member codes");
		return;
	}
	for (size_t i = 0; i < members->n; i++) {
		const struct json_member *m = &members->members[i];
		char *path = arena_printf(
		    is->ctx->arena, "%smembers.%.*s", r->path, SLICE_ARG(m->name));
		bool known = false;

		for (size_t j = 0; j < r->goods->n_members; j++)
			known =
			    known || slice_equal(m->name, r->goods->member[j].short_code);
		if (!known)
			fault_add(faults, path, E_PRODUCT_NOT_IN_BUNDLE, NULL);
		else if (m->value.type != JSON_OBJECT)
			fault_add(faults, path, E_VALIDATION,
			    "The overrides of a member are an object");
	}
}

static enum err
read_members(struct issue *is, struct issue_row *r, const struct json *row)
{
	struct policy bundle = { .terms = r->piece[0].license.terms };
	enum err e;

	check_members(is, r, row);
	e = record_get_id(
	    is->ctx->txn, T_POLICY, r->piece[0].license.license_template_id, &bundle);
	for (size_t i = 1; i < r->n && !e; i++) {
		struct issue_piece *p = &r->piece[i];
		const struct json *own;

		p->product = &r->goods->member[i - 1];
		p->path = arena_printf(is->ctx->arena, "%smembers.%.*s.", r->path,
		    SLICE_ARG(p->product->short_code));
		if (!p->path)
			return E_NO_MEMORY;
		own = member_row(row, p->product);
		own = own ? own : &empty;
		e = read_piece(is, p, own, &bundle);
		if (!e)
			e = read_fields(is, p, own, member_members);
	}
	return e;
}

static enum err
read_users(struct issue *is, struct issue_row *r, const struct json *row)
{
	const struct json *json = json_get(row, "users");
	const char *field = query_path(is->ctx, r->path, "users");
	enum err e;

	if (!json || json->type == JSON_NULL)
		return E_OK;
	if (r->goods->product.authorization_method != AM_USER) {
		fault_add(&is->ctx->faults, field, E_INVALID_PRODUCT_AUTH_METHOD, NULL);
		return E_OK;
	}
	e = issue_read_users(is, r, json);
	for (size_t i = 0; i < r->n && !e; i++) {
		int64_t max = r->piece[i].license.terms.max_license_users;

		if (max > 0 && (int64_t)r->n_users > max) {
			fault_add(&is->ctx->faults, field, E_BELOW_USAGE,
			    "max_license_users is %lld", (long long)max);
			break;
		}
	}
	return e;
}

static enum err
row_new(struct issue *is, struct issue_row **out)
{
	size_t cap = is->cap ? is->cap * 2 : 16, size = sizeof(*is->row);

	if (is->n == is->cap) {
		struct issue_row *grown = arena_array(is->ctx->arena, cap, size);

		if (!grown)
			return E_NO_MEMORY;
		if (is->n)
			memcpy(grown, is->row, is->n * size);
		is->row = grown;
		is->cap = cap;
	}
	*out = &is->row[is->n++];
	**out = (struct issue_row){ .key = SLICE_NULL };
	return E_OK;
}

static enum err
known_members(const char *const *more, const char *out[static KNOWN_MAX])
{
	size_t n = 0;

	for (const char *const *p = row_members; *p; p++)
		out[n++] = *p;
	for (; more && *more; more++) {
		if (n + 1 >= KNOWN_MAX)
			return E_INTERNAL;
		out[n++] = *more;
	}
	out[n] = NULL;
	return E_OK;
}

enum err
issue_read_row(struct issue *is, const char *path, const struct issue_goods *goods,
    const struct json *row, const char *const *more)
{
	const char *known[KNOWN_MAX];
	struct issue_row *r;
	enum err e = known_members(more, known);

	if (!e)
		e = row_new(is, &r);
	if (e)
		return e;
	r->path = path;
	r->goods = goods;
	r->n = goods->n_members + 1;
	is->n_pieces += r->n;
	r->piece = arena_array(is->ctx->arena, r->n, sizeof(*r->piece));
	if (!r->piece)
		return E_NO_MEMORY;
	r->piece[0].product = &goods->product;
	r->piece[0].path = path;
	e = read_piece(is, &r->piece[0], row, NULL);
	if (!e)
		e = read_fields(is, &r->piece[0], row, known);
	if (!e && goods->product.is_bundle)
		e = read_members(is, r, row);
	else if (!e && json_get(row, "members"))
		fault_add(&is->ctx->faults, query_path(is->ctx, path, "members"),
		    E_PRODUCT_NOT_BUNDLE, NULL);
	if (!e)
		e = issue_read_key(is, r, row);
	return e ? e : read_users(is, r, row);
}
