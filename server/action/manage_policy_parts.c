#include "server/action/catalog.h"

#include <string.h>

static enum err
find_feature(struct action_ctx *ctx, int64_t product_id, struct slice code,
    struct product_feature *out)
{
	if (code.n == 0 || code.n > MAX_CODE)
		return E_NOT_FOUND;
	return record_find(ctx->txn, T_PRODUCT_FEATURE, IX_PRODUCT_FEATURE_CODE,
	    record_key_id_text(ctx->txn, product_id, code), out);
}

static void
report_unknown(struct action_ctx *ctx, const struct manage_req *req,
    struct manage_res *res, const char *path, const struct json *json)
{
	const char *known[FIELD_SET_MAX + 1] = { NULL };

	for (size_t i = 0; i < policy_feature_table.n; i++)
		known[i] = policy_feature_table.fields[i].name;
	manage_unknown(ctx, req, res, path, json, known);
}

static enum err
read_feature(struct action_ctx *ctx, const char *path, int64_t product_id,
    const struct json *json, struct policy_feature *out)
{
	struct product_feature feature;
	struct field_set given = { { 0 } };
	const struct json *code = json_get(json, "code");
	enum err e = E_NOT_FOUND;

	field_clear(&policy_feature_table, out);
	feature_terms_default(&out->terms);
	if (code && code->type == JSON_TEXT)
		e = find_feature(ctx, product_id, code->text, &feature);
	if (e && e != E_NOT_FOUND)
		return e;
	if (!e)
		out->terms = feature.terms;
	else if (code)
		fault_add(&ctx->faults, arena_printf(ctx->arena, "%scode", path),
		    E_INVALID_LICENSE_FEATURE_CODE,
		    "The product has no feature of this code");
	field_json_read(
	    &ctx->faults, path, &policy_feature_table, FIELD_CREATE, json, out, &given);
	return E_OK;
}

static bool
has_code(const struct policy_feature *f, size_t n, struct slice code)
{
	for (size_t i = 0; i < n; i++)
		if (slice_equal(f[i].code, code))
			return true;
	return false;
}

enum err
policy_read_features(struct action_ctx *ctx, const struct manage_req *req,
    struct manage_res *res, const char *path, int64_t product_id, const struct json *json,
    struct list *out)
{
	struct policy_feature *f;
	enum err e = E_OK;

	if (json->type != JSON_ARRAY || json->n > MAX_FEATURES) {
		fault_add(&ctx->faults,
		    arena_printf(ctx->arena, "%sproduct_features", path), E_VALIDATION,
		    "product_features must be an array of at most %d features",
		    MAX_FEATURES);
		return E_OK;
	}
	f = arena_array(ctx->arena, json->n, sizeof(*f));
	if (!f)
		return E_NO_MEMORY;
	*out = (struct list){ f, json->n };
	for (size_t i = 0; i < json->n && !e; i++) {
		char *at = arena_printf(ctx->arena, "%sproduct_features[%zu].", path, i);

		if (!at)
			return E_NO_MEMORY;
		e = read_feature(ctx, at, product_id, &json->items[i], &f[i]);
		report_unknown(ctx, req, res, at, &json->items[i]);
		if (!e && f[i].code.n && has_code(f, i, f[i].code))
			fault_add(&ctx->faults, arena_printf(ctx->arena, "%scode", at),
			    E_DUPLICATE, "A feature is there once");
	}
	return e;
}

static enum err
custom_exists(struct action_ctx *ctx, int64_t product_id, struct slice name, bool *out)
{
	struct record_scan scan;
	struct custom_field field;
	enum err e = record_scan(ctx->txn, T_CUSTOM_FIELD, IX_CUSTOM_FIELD_PRODUCT,
	    record_key_id(ctx->txn, product_id), SLICE_NULL, false, &scan);

	*out = false;
	while (!e && !*out && !(e = record_next(&scan, &field)))
		*out = !field.is_archived && slice_equal(field.name, name);
	return e == E_NOT_FOUND ? E_OK : e;
}

enum err
policy_check_custom(struct action_ctx *ctx, const struct policy *p)
{
	struct json *map;
	enum err e = json_parse(ctx->arena, p->custom_fields, &map);

	for (size_t i = 0; !e && i < map->n; i++) {
		const struct json_member *m = &map->members[i];
		bool there;

		e = custom_exists(ctx, p->product_id, m->name, &there);
		if (e ||
		    (there && (m->value.type == JSON_TEXT || m->value.type == JSON_NULL)))
			continue;
		fault_add(&ctx->faults,
		    arena_printf(ctx->arena, "custom_fields.%.*s", SLICE_ARG(m->name)),
		    E_VALIDATION,
		    there ? "The value of a custom field is a text"
			  : "The product has no custom field of this name");
	}
	return e;
}

static bool
is_member(const struct product *bundle, int64_t id)
{
	const int64_t *member = bundle->members.p;

	for (size_t i = 0; i < bundle->members.n; i++)
		if (member[i] == id)
			return true;
	return false;
}

static enum err
check_member(struct action_ctx *ctx, const char *field, const struct product *bundle,
    const struct json_member *m)
{
	struct policy policy;
	int64_t product_id, policy_id;
	enum err e = ref_find(ctx, T_PRODUCT, m->name, &product_id);

	if (e)
		return e;
	if (product_id == FIELD_NONE || !is_member(bundle, product_id)) {
		fault_add(&ctx->faults, field, E_PRODUCT_NOT_IN_BUNDLE, NULL);
		return E_OK;
	}
	e = ref_read(ctx, field, T_POLICY, &m->value, &policy_id);
	if (e || policy_id == FIELD_NONE)
		return e;
	e = record_get_id(ctx->txn, T_POLICY, policy_id, &policy);
	if (!e && policy.product_id != product_id)
		fault_add(&ctx->faults, field, E_LICENSE_POLICY_NOT_FOUND,
		    "The policy is of another product");
	return e;
}

enum err
policy_check_members(
    struct action_ctx *ctx, const struct policy *p, const struct product *bundle)
{
	struct json *map;
	enum err e = json_parse(ctx->arena, p->member_policies, &map);

	if (!e && map->n && !bundle->is_bundle) {
		fault_add(&ctx->faults, "member_policies", E_PRODUCT_NOT_BUNDLE, NULL);
		return E_OK;
	}
	for (size_t i = 0; !e && i < map->n; i++) {
		char *field = arena_printf(
		    ctx->arena, "member_policies.%.*s", SLICE_ARG(map->members[i].name));

		e = check_member(ctx, field, bundle, &map->members[i]);
	}
	return e;
}

static enum err
default_body(struct action_ctx *ctx, const struct json *given, struct slice code,
    int64_t product_id, struct json *out)
{
	size_t n = given ? given->n : 0;

	*out = (struct json){ .type = JSON_OBJECT };
	out->members = arena_array(ctx->arena, n + 2, sizeof(*out->members));
	if (!out->members)
		return E_NO_MEMORY;
	if (n)
		memcpy(out->members, given->members, n * sizeof(*out->members));
	out->n = n;
	if (!json_get(out, "code")) {
		out->members[out->n].name = SLICE("code");
		out->members[out->n++].value =
		    (struct json){ .type = JSON_TEXT, .text = code };
	}
	if (!json_get(out, "product")) {
		out->members[out->n].name = SLICE("product");
		out->members[out->n++].value =
		    (struct json){ .type = JSON_INT, .integer = product_id };
	}
	return E_OK;
}

enum err
policy_make_default(struct edit *ed, const struct product *product, struct policy *out)
{
	const struct json *given = json_get(ed->body, "policy");
	struct edit inner = { .ctx = ed->ctx,
		.req = ed->req,
		.res = ed->res,
		.resource = &policy_resource,
		.rec = out };
	struct json body;
	char *code =
	    arena_printf(ed->ctx->arena, "%.*s-default", SLICE_ARG(product->short_code));
	enum err e;

	policy_default(out);
	if (!code)
		return E_NO_MEMORY;
	if (given && given->type != JSON_OBJECT) {
		fault_add(
		    &ed->ctx->faults, "policy", E_VALIDATION, "policy must be an object");
		return E_VALIDATION;
	}
	e = default_body(ed->ctx, given, slice_str(code), product->o.id, &body);
	inner.body = &body;
	if (!e)
		e = manage_read(&inner, "policy.", FIELD_CREATE);
	if (!e)
		e = policy_resource.check(&inner);
	if (!e && out->product_id != product->o.id)
		fault_add(&ed->ctx->faults, "policy.product", E_VALIDATION,
		    "The default policy is one of this product");
	if (!e)
		e = manage_faults(ed->ctx);
	if (e)
		return e;
	return change_record(ed->ctx, T_POLICY, NULL, out, "policy.created", FIELD_NONE);
}
