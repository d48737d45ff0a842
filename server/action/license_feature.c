#include "server/action/license.h"

#include "server/action/query.h"
#include "server/action/view.h"
#include "server/model/feature.h"

static const char *const members[] = { "features", NULL };

struct update {
	struct action_ctx *ctx;
	const struct manage_req *req;
	struct manage_res *res;
	struct license *license;
	struct json_writer detail; /* {"product_features.CODE":[from,to]} */
	bool changed;
};

static void
note_side(struct update *u, const struct license_feature *f)
{
	if (!f) {
		jw_null(&u->detail);
		return;
	}
	jw_object(&u->detail);
	jw_raw(&u->detail, SLICE(""));
	field_json_members(u->detail.out, &license_feature_table, f);
	jw_end(&u->detail);
}

static enum err
store(struct update *u, struct slice code, const struct license_feature *before,
    struct license_feature *after)
{
	char *name =
	    arena_printf(u->ctx->arena, "product_features.%.*s", SLICE_ARG(code));
	const struct change *last = u->ctx->changes;
	enum err e = change_record(
	    u->ctx, T_LICENSE_FEATURE, before, after, NULL, u->license->o.id);

	if (!name)
		return E_NO_MEMORY;
	if (e || u->ctx->changes == last)
		return e;
	u->changed = true;
	jw_key(&u->detail, name);
	jw_array(&u->detail);
	note_side(u, before);
	note_side(u, after);
	jw_end(&u->detail);
	return E_OK;
}

static enum err
find(struct update *u, struct slice code, struct license_feature *out)
{
	*out = (struct license_feature){ .license_id = u->license->o.id, .code = code };
	return record_get(u->ctx->txn, T_LICENSE_FEATURE, out);
}

/* A new one starts with the product's settings. */
static enum err
begin(struct update *u, const char *path, struct slice code, struct license_feature *out)
{
	struct txn *txn = u->ctx->txn;
	struct product_feature f;
	enum err e;

	e = record_find(txn, T_PRODUCT_FEATURE, IX_PRODUCT_FEATURE_CODE,
	    record_key_id_text(txn, u->license->product_id, code), &f);
	if (e == E_NOT_FOUND) {
		fault_add(&u->ctx->faults, query_path(u->ctx, path, "code"),
		    E_INVALID_LICENSE_FEATURE_CODE, NULL);
		return e;
	}
	if (e)
		return e;
	field_clear(&license_feature_table, out);
	out->license_id = u->license->o.id;
	out->product_feature_id = f.o.id;
	out->code = f.code;
	out->name = f.name;
	out->feature_type = f.feature_type;
	out->terms = f.terms;
	out->period_start = u->ctx->now;
	return E_OK;
}

static void
report_unknown(struct update *u, const char *path, const struct json *json)
{
	const char *known[FIELD_SET_MAX + 2] = { "remove" };
	size_t n = 1;

	for (size_t i = 0; i < license_feature_table.n; i++)
		if (!(license_feature_table.fields[i].flags & FIELD_RO))
			known[n++] = license_feature_table.fields[i].name;
	manage_unknown(u->ctx, u->req, u->res, path, json, known);
}

static void
check_usage(struct update *u, const char *path, const struct license_feature *f)
{
	struct license_feature rolled = *f;

	view_roll_feature(&rolled, u->ctx->now);
	if (f->feature_type == FT_CONSUMPTION && !f->terms.allow_unlimited_consumptions &&
	    f->terms.max_consumption < rolled.total_consumptions)
		fault_add(&u->ctx->faults, query_path(u->ctx, path, "max_consumption"),
		    E_BELOW_USAGE, "%lld are consumed",
		    (long long)rolled.total_consumptions);
}

static enum err
upsert(struct update *u, const char *path, const struct json *json, struct slice code)
{
	struct license_feature before, after;
	struct field_set given = { { 0 } };
	enum err e = find(u, code, &before);
	bool there = !e;

	if (e == E_NOT_FOUND)
		e = begin(u, path, code, &after);
	if (e)
		return e == E_NOT_FOUND ? E_OK : e;
	if (there)
		after = before;
	report_unknown(u, path, json);
	field_json_read(&u->ctx->faults, path, &license_feature_table, FIELD_PATCH, json,
	    &after, &given);
	check_usage(u, path, &after);
	e = manage_faults(u->ctx);
	if (e)
		return E_OK;
	u->license->n_features += !there;
	return store(u, code, there ? &before : NULL, &after);
}

static enum err
remove_feature(struct update *u, const char *path, struct slice code)
{
	struct license_feature before;
	enum err e = find(u, code, &before);

	if (e == E_NOT_FOUND) {
		fault_add(&u->ctx->faults, query_path(u->ctx, path, "code"),
		    E_INVALID_LICENSE_FEATURE_CODE, NULL);
		return E_OK;
	}
	u->license->n_features--;
	return e ? e : store(u, code, &before, NULL);
}

/* The code of features[n] stands in an earlier row. */
static bool
named_before(const struct json *features, size_t n)
{
	const struct json *code = json_get(&features->items[n], "code");

	for (size_t i = 0; code && i < n; i++) {
		const struct json *other = json_get(&features->items[i], "code");

		if (other && slice_equal(other->text, code->text))
			return true;
	}
	return false;
}

static enum err
apply(struct update *u, const char *path, const struct json *json)
{
	const struct json *code = json_get(json, "code");
	const struct json *flag = json_get(json, "remove");
	bool gone = false;

	if (!code || code->type != JSON_TEXT || !code->text.n ||
	    code->text.n > MAX_CODE) {
		fault_add(&u->ctx->faults, query_path(u->ctx, path, "code"),
		    code ? E_VALIDATION : E_MISSING_PARAMETERS,
		    "code names a feature of the product");
		return E_OK;
	}
	if (flag && !json_to_bool(flag, &gone))
		fault_add(&u->ctx->faults, query_path(u->ctx, path, "remove"),
		    E_VALIDATION, "remove must be true or false");
	return gone ? remove_feature(u, path, code->text)
	            : upsert(u, path, json, code->text);
}

static enum err
finish(struct update *u, struct slice detail)
{
	struct action_ctx *ctx = u->ctx;
	struct license *license = u->license;
	char *id = arena_printf(ctx->arena, "%lld", (long long)license->o.id);
	enum err e;

	if (!id)
		return E_NO_MEMORY;
	if (license->n_features > MAX_FEATURES)
		return E_VALIDATION;
	license->o.updated_at = ctx->now;
	license->o.revision++;
	e = record_put(ctx->txn, T_LICENSE, license);
	return e ? e
	         : audit_append(ctx, "license.updated", "license", slice_str(id),
		       license->o.id, detail);
}

enum err
license_update_features(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	const struct json *features = json_get(req->body, "features");
	struct buf text = BUF_INIT(ctx->arena);
	struct license license;
	struct update u = { .ctx = ctx, .req = req, .res = res, .license = &license };
	enum err e = license_open(ctx, req, res, members, &license);

	if (e)
		return e;
	if (!features || features->type != JSON_ARRAY || features->n < 1 ||
	    features->n > MAX_FEATURES) {
		fault_add(&ctx->faults, "features", E_VALIDATION,
		    "features is an array of 1 to %d features", MAX_FEATURES);
		return E_VALIDATION;
	}
	jw_init(&u.detail, &text);
	jw_object(&u.detail);
	for (size_t i = 0; i < features->n && !e; i++) {
		char *path = arena_printf(ctx->arena, "features[%zu].", i);

		if (!path)
			e = E_NO_MEMORY;
		else if (named_before(features, i))
			fault_add(&ctx->faults, query_path(ctx, path, "code"),
			    E_DUPLICATE, "A feature is named once");
		else
			e = apply(&u, path, &features->items[i]);
	}
	jw_end(&u.detail);
	if (!e)
		e = manage_faults(ctx);
	if (!e)
		e = buf_finish(&text);
	if (!e && u.changed)
		e = finish(&u, buf_slice(&text));
	return e ? e : license_reply(ctx, res, license.o.id);
}
