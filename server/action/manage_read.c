#include "server/action/manage.h"

#include <string.h>

static bool
listed(const char *const *list, struct slice name)
{
	for (; list && *list; list++)
		if (slice_is(name, *list))
			return true;
	return false;
}

static bool
names_ref(const struct ref *ref, struct slice name)
{
	size_t n = strlen(ref->name);

	return slice_starts(name, slice_str(ref->name)) &&
	       (name.n == n || slice_is(slice_from(name, n), "_id"));
}

static const struct ref *
ref_named(const struct resource *r, struct slice name)
{
	for (const struct ref *ref = r->refs; ref && ref->name; ref++)
		if (names_ref(ref, name))
			return ref;
	return NULL;
}

static void
ignore(struct manage_res *res, struct slice name)
{
	size_t cap = res->cap_ignored ? res->cap_ignored * 2 : 8;
	struct slice *grown;

	if (res->n_ignored == res->cap_ignored) {
		grown = arena_array(res->body.arena, cap, sizeof(*grown));
		if (!grown) {
			res->body.failed = true;
			return;
		}
		if (res->n_ignored)
			memcpy(grown, res->ignored, res->n_ignored * sizeof(*grown));
		res->ignored = grown;
		res->cap_ignored = cap;
	}
	res->ignored[res->n_ignored++] = name;
}

static void
unknown(struct action_ctx *ctx, const struct manage_req *req, struct manage_res *res,
    const char *path, struct slice name)
{
	char *full = arena_printf(ctx->arena, "%s%.*s", path, SLICE_ARG(name));

	if (req->strict)
		fault_add(
		    &ctx->faults, full, E_VALIDATION, "This call has no such member");
	else
		ignore(res, slice_str(full));
}

void
manage_unknown(struct action_ctx *ctx, const struct manage_req *req,
    struct manage_res *res, const char *path, const struct json *object,
    const char *const *known)
{
	size_t n = object->type == JSON_OBJECT ? object->n : 0;

	for (size_t i = 0; i < n; i++) {
		struct slice name = object->members[i].name;

		if (!listed(known, name) && !slice_is(name, "reason"))
			unknown(ctx, req, res, path, name);
	}
}

/* Fields of free JSON hold objects. */
static bool
is_object(
    struct edit *ed, const char *path, const struct field *f, const struct json *value)
{
	if (f->type != FIELD_JSON || value->type == JSON_OBJECT ||
	    value->type == JSON_NULL)
		return true;
	fault_add(&ed->ctx->faults, arena_printf(ed->ctx->arena, "%s%s", path, f->name),
	    E_VALIDATION, "%s must be an object", f->name);
	return false;
}

/* The object without the members that are read elsewhere; those nobody knows are
 * reported. */
static enum err
sift(struct edit *ed, const char *path, struct json *out)
{
	const struct field_table *table = model_schema.table[ed->resource->table]->fields;
	const struct json *body = ed->body;

	*out = (struct json){ .type = body->type };
	if (body->type != JSON_OBJECT)
		return E_OK;
	out->members = arena_array(ed->ctx->arena, body->n, sizeof(*out->members));
	if (!out->members)
		return E_NO_MEMORY;
	for (size_t i = 0; i < body->n; i++) {
		struct slice name = body->members[i].name;
		const struct field *f = field_find(table, name);

		if (slice_is(name, "reason") || listed(ed->resource->also, name) ||
		    ref_named(ed->resource, name))
			continue;
		if (!f || (f->flags & (FIELD_RO | FIELD_SECRET | FIELD_HIDDEN)))
			unknown(ed->ctx, ed->req, ed->res, path, name);
		else if (is_object(ed, path, f, &body->members[i].value))
			out->members[out->n++] = body->members[i];
	}
	return E_OK;
}

void
manage_unread(struct edit *ed, const char *name)
{
	if (json_get(ed->body, name))
		unknown(ed->ctx, ed->req, ed->res, "", slice_str(name));
}

static const struct json *
ref_member(struct edit *ed, const struct ref *ref)
{
	char with_id[64];
	const struct json *json = json_get(ed->body, ref->name);

	snprintf(with_id, sizeof(with_id), "%s_id", ref->name);
	return json ? json : json_get(ed->body, with_id);
}

static enum err
read_ref(struct edit *ed, const char *path, const struct ref *ref, enum field_mode mode)
{
	const struct json *json = ref_member(ed, ref);
	char *field = arena_printf(ed->ctx->arena, "%s%s", path, ref->name);
	int64_t *at = (int64_t *)(void *)((char *)ed->rec + ref->offset);
	int64_t id = FIELD_NONE;
	enum err e = E_OK;

	if (!json) {
		if (mode == FIELD_CREATE && (ref->flags & REF_REQUIRED))
			fault_add(&ed->ctx->faults, field, E_MISSING_PARAMETERS,
			    "%s is missing", ref->name);
		return E_OK;
	}
	if (json->type == JSON_NULL && !(ref->flags & REF_NULL)) {
		fault_add(&ed->ctx->faults, field, E_VALIDATION, "%s may not be null",
		    ref->name);
		return E_OK;
	}
	if (json->type != JSON_NULL)
		e = ref_read(ed->ctx, field, ref->table, json, &id);
	if (e || (id == FIELD_NONE && json->type != JSON_NULL))
		return e;
	if (mode == FIELD_PATCH && (ref->flags & REF_IMMUTABLE) && id != *at)
		fault_add(&ed->ctx->faults, field, E_IMMUTABLE_FIELD, NULL);
	else
		*at = id;
	return E_OK;
}

enum err
manage_read(struct edit *ed, const char *path, enum field_mode mode)
{
	const struct resource *r = ed->resource;
	const struct field_table *table = model_schema.table[r->table]->fields;
	struct json sifted;
	enum err e = sift(ed, path, &sifted);

	if (e)
		return e;
	field_json_read(
	    &ed->ctx->faults, path, table, mode, &sifted, ed->rec, &ed->given);
	if (ed->body->type != JSON_OBJECT)
		return E_OK;
	for (const struct ref *ref = r->refs; ref && ref->name && !e; ref++)
		e = read_ref(ed, path, ref, mode);
	return e;
}

struct slice
manage_query(const struct manage_req *req, const char *name)
{
	for (size_t i = 0; i < req->n_query; i++)
		if (slice_is(req->query[i].name, name))
			return req->query[i].value;
	return SLICE_NULL;
}

bool
manage_flag(struct action_ctx *ctx, const struct manage_req *req, const char *name)
{
	const struct json *json = json_get(req->body, name);
	struct slice text = manage_query(req, name);
	struct json from_query = { .type = JSON_TEXT, .text = text };
	bool value = false;

	if (!json && text.p)
		json = &from_query;
	if (json && json->type != JSON_NULL && !json_to_bool(json, &value))
		fault_add(
		    &ctx->faults, name, E_VALIDATION, "%s must be true or false", name);
	return value;
}

enum err
manage_faults(const struct action_ctx *ctx)
{
	const struct faults *faults = &ctx->faults;

	for (size_t i = 0; i < faults->n; i++)
		if (err_manage_status(faults->item[i].code) == 400)
			return faults->item[i].code;
	return fault_first(faults);
}
