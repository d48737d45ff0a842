#include "server/action/license_edit.h"

#include "server/action/floating.h"
#include "server/action/issue.h"
#include "server/action/license.h"
#include "server/action/query.h"
#include "server/policy/validity.h"

const char *const license_edit_members[] = { "enabled", "custom_fields", "product",
	"license_key", "key", NULL };
static const char *const no_more[] = { "set", NULL };
static const char *const bulk_members[] = { "ids", "set", NULL };

/* The row's own id and what manage_read leaves alone. */
static const char *const row_members[] = { "id", "enabled", "custom_fields", "product",
	"license_key", "key", NULL };

static void
refuse_fixed(struct edit *ed, const char *path)
{
	static const char *const fixed[] = { "product", "license_key", "key" };

	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		if (json_get(ed->body, fixed[i]))
			fault_add(&ed->ctx->faults, query_path(ed->ctx, path, fixed[i]),
			    E_IMMUTABLE_FIELD, NULL);
}

static void
below(struct edit *ed, const char *path, const char *name, int64_t used)
{
	fault_add(&ed->ctx->faults, query_path(ed->ctx, path, name), E_BELOW_USAGE,
	    "%lld are in use", (long long)used);
}

static enum err
check_usage(struct edit *ed, const char *path)
{
	const struct license *l = ed->rec;
	const struct terms *t = &l->terms;
	int64_t held = 0;
	enum err e = E_OK;

	if (!t->allow_unlimited_activations && t->max_activations < l->seats_used)
		below(ed, path, "max_activations", l->seats_used);
	if (t->max_license_users > 0 && t->max_license_users < l->n_users)
		below(ed, path, "max_license_users", l->n_users);
	if (t->is_floating_cloud)
		e = floating_count(ed->ctx, l->o.id, &held);
	if (!e && t->is_floating_cloud && t->floating_users < held)
		below(ed, path, "floating_users", held);
	return e;
}

enum err
license_edit_check_at(struct edit *ed, const char *path)
{
	struct license *license = ed->rec;
	const struct json *json = json_get(ed->body, "enabled");
	enum err e = E_OK;

	refuse_fixed(ed, path);
	if (json && !json_to_bool(json, &license->license_enabled))
		fault_add(&ed->ctx->faults, query_path(ed->ctx, path, "enabled"),
		    E_VALIDATION, "enabled must be true or false");
	json = json_get(ed->body, "custom_fields");
	if (json)
		e = custom_read(
		    ed->ctx, path, license->product_id, json, &license->custom_values);
	validity_check_terms(&ed->ctx->faults, path, &license->terms, ed->ctx->now);
	return e ? e : check_usage(ed, path);
}

enum err
license_edit_check(struct edit *ed)
{
	return license_edit_check_at(ed, "");
}

/* --- several at once -----------------------------------------------------------------
 */

struct bulk {
	struct action_ctx *ctx;
	const struct manage_req *req;
	struct manage_res *res;
	struct license *before, *after;
	size_t n;
};

static enum err
bulk_open(struct bulk *b, const struct json *rows, const char *field)
{
	struct action_ctx *ctx = b->ctx;

	if (!rows || rows->type != JSON_ARRAY || rows->n < 1 ||
	    rows->n > ISSUE_LICENSES_MAX) {
		fault_add(&ctx->faults, field, E_VALIDATION,
		    "An array of 1 to %d licenses is needed", ISSUE_LICENSES_MAX);
		return E_VALIDATION;
	}
	b->n = rows->n;
	b->before = arena_array(ctx->arena, b->n, sizeof(*b->before));
	b->after = arena_array(ctx->arena, b->n, sizeof(*b->after));
	return b->before && b->after ? E_OK : E_NO_MEMORY;
}

/* The license that a row names; a fault when there is none, or when it came before. */
static enum err
bulk_load(struct bulk *b, size_t i, const char *field, const struct json *json)
{
	int64_t id = 0;
	enum err e = E_NOT_FOUND;

	if (json && json_to_int(json, &id) && id > 0)
		e = record_get_id(b->ctx->txn, T_LICENSE, id, &b->before[i]);
	if (e == E_NOT_FOUND) {
		b->before[i].o.id = 0;
		fault_add(&b->ctx->faults, field, E_VALIDATION, "No license has this id");
		return E_OK;
	}
	b->after[i] = b->before[i];
	for (size_t j = 0; j < i && !e; j++)
		if (b->before[j].o.id == id) {
			fault_add(&b->ctx->faults, field, E_DUPLICATE,
			    "A license is named once");
			break;
		}
	return e;
}

static enum err
bulk_row(struct bulk *b, size_t i, const struct json *row)
{
	static const struct resource resource = { .table = T_LICENSE,
		.also = row_members };
	struct edit edit = { .ctx = b->ctx,
		.req = b->req,
		.res = b->res,
		.resource = &resource,
		.body = row,
		.before = &b->before[i],
		.rec = &b->after[i] };
	char *path = arena_printf(b->ctx->arena, "[%zu].", i);
	enum err e;

	if (!path)
		return E_NO_MEMORY;
	e = bulk_load(b, i, query_path(b->ctx, path, "id"), json_get(row, "id"));
	if (e || !b->before[i].o.id)
		return e;
	e = manage_read(&edit, path, FIELD_PATCH);
	return e ? e : license_edit_check_at(&edit, path);
}

static enum err
bulk_store(struct bulk *b)
{
	enum err e = manage_faults(b->ctx);

	for (size_t i = 0; i < b->n && !e; i++)
		e = change_record(b->ctx, T_LICENSE, &b->before[i], &b->after[i],
		    "license.updated", b->before[i].o.id);
	return e;
}

static enum err
bulk_answer(struct bulk *b)
{
	struct json_writer *w = &b->res->w;
	enum err e = E_OK;

	jw_object(w);
	jw_kint(w, "count", (int64_t)b->n);
	jw_key(w, "results");
	jw_array(w);
	for (size_t i = 0; i < b->n && !e; i++)
		e = manage_object(b->ctx, &license_resource, b->res, &b->after[i], false);
	jw_end(w);
	jw_end(w);
	return e ? e : buf_finish(&b->res->body);
}

enum err
license_bulk_update(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	struct bulk b = { .ctx = ctx, .req = req, .res = res };
	enum err e = bulk_open(&b, req->body, "body");

	for (size_t i = 0; i < b.n && !e; i++)
		e = bulk_row(&b, i, &req->body->items[i]);
	if (!e)
		e = bulk_store(&b);
	return e ? e : bulk_answer(&b);
}

/* --- enabling ------------------------------------------------------------------------
 */

static enum err
enable(struct action_ctx *ctx, const struct license *license, bool enabled)
{
	struct license after = *license;

	after.license_enabled = enabled;
	return change_record(
	    ctx, T_LICENSE, license, &after, "license.updated", license->o.id);
}

static enum err
enable_set(
    struct action_ctx *ctx, const struct license *license, bool whole_set, bool enabled)
{
	struct license_set set;
	enum err e;

	if (!whole_set)
		return enable(ctx, license, enabled);
	e = license_set_load(ctx, license, &set);
	for (size_t i = 0; i < set.n && !e; i++)
		e = enable(ctx, &set.license[i], enabled);
	return e;
}

static enum err
enable_one(struct action_ctx *ctx, const struct manage_req *req, struct manage_res *res,
    bool enabled)
{
	bool whole_set = manage_flag(ctx, req, "set");
	struct license license;
	enum err e = license_open(ctx, req, res, no_more, &license);

	if (!e)
		e = manage_faults(ctx);
	if (!e)
		e = enable_set(ctx, &license, whole_set, enabled);
	return e ? e : license_reply(ctx, res, license.o.id);
}

enum err
license_enable(struct action_ctx *ctx, const void *req, void *res)
{
	return enable_one(ctx, req, res, true);
}

enum err
license_disable(struct action_ctx *ctx, const void *req, void *res)
{
	return enable_one(ctx, req, res, false);
}

enum err
license_disable_bulk(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	const struct json *ids = json_get(req->body, "ids");
	struct bulk b = { .ctx = ctx, .req = req, .res = res };
	bool whole_set = manage_flag(ctx, req, "set");
	enum err e;

	manage_unknown(ctx, req, res, "", req->body, bulk_members);
	e = bulk_open(&b, ids, "ids");
	for (size_t i = 0; i < b.n && !e; i++) {
		char *field = arena_printf(ctx->arena, "ids[%zu]", i);

		e = field ? bulk_load(&b, i, field, &ids->items[i]) : E_NO_MEMORY;
	}
	if (!e)
		e = manage_faults(ctx);
	for (size_t i = 0; i < b.n && !e; i++) {
		e = enable_set(ctx, &b.before[i], whole_set, false);
		if (!e)
			e = record_get_id(
			    ctx->txn, T_LICENSE, b.before[i].o.id, &b.after[i]);
	}
	return e ? e : bulk_answer(&b);
}
