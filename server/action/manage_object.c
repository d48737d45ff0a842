#include "server/action/manage.h"

#include <string.h>

struct object_of {
	const struct resource *resource;
	const struct field_table *fields;
	void *before, *after;
};

static enum err
load(struct action_ctx *ctx, const struct resource *r, int64_t id, void *rec)
{
	return r->load ? r->load(ctx, id, rec)
	               : record_get_id(ctx->txn, r->table, id, rec);
}

enum err
manage_load(struct action_ctx *ctx, const struct manage_req *req, void *rec)
{
	enum err e = load(ctx, req->resource, req->id, rec);

	if (e)
		return e;
	ctx->object_revision = ((const struct object *)rec)->revision;
	return change_check_revision(ctx, rec);
}

static enum err
open_object(struct action_ctx *ctx, const struct manage_req *req, struct object_of *o)
{
	enum err e;

	o->resource = req->resource;
	o->fields = model_schema.table[o->resource->table]->fields;
	o->before = arena_alloc(ctx->arena, o->fields->size);
	o->after = arena_alloc(ctx->arena, o->fields->size);
	if (!o->before || !o->after)
		return E_NO_MEMORY;
	e = load(ctx, o->resource, req->id, o->before);
	if (e)
		return e;
	if (field_find(o->fields, SLICE("revision")))
		ctx->object_revision = ((const struct object *)o->before)->revision;
	memcpy(o->after, o->before, o->fields->size);
	return E_OK;
}

static struct edit
edit_of(struct action_ctx *ctx, const struct manage_req *req, struct manage_res *res,
    const struct object_of *o)
{
	return (struct edit){ .ctx = ctx,
		.req = req,
		.res = res,
		.resource = o->resource,
		.body = req->body,
		.before = o->before,
		.rec = o->after };
}

static const char *
audit_name(struct action_ctx *ctx, const struct resource *r, const char *verb)
{
	return arena_printf(ctx->arena, "%s.%s", r->audit, verb);
}

static enum err
store(struct edit *ed, const void *before, void *after, const char *verb)
{
	const struct resource *r = ed->resource;
	const char *action = audit_name(ed->ctx, r, verb);
	int64_t license = FIELD_NONE;
	enum err e;

	if (!action)
		return E_NO_MEMORY;
	if (r->license)
		license = r->license(before ? before : after);
	e = change_record(ed->ctx, r->table, before, after, action, license);
	if (e == E_DUPLICATE && r->unique)
		fault_add(&ed->ctx->faults, r->unique, e, NULL);
	return e;
}

enum err
manage_get(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	struct object_of o;
	enum err e = open_object(ctx, req, &o);

	return e ? e : manage_answer(ctx, o.resource, res, o.before);
}

static enum err
read_new(struct edit *ed)
{
	enum err e = manage_read(ed, "", FIELD_CREATE);

	if (!e && ed->resource->check)
		e = ed->resource->check(ed);
	return e ? e : manage_faults(ed->ctx);
}

static enum err
read_patch(struct edit *ed)
{
	enum err e = manage_read(ed, "", FIELD_PATCH);
	bool stale = change_check_revision(ed->ctx, ed->before) != E_OK;

	if (!e && ed->resource->check)
		e = ed->resource->check(ed);
	if (!e)
		e = manage_faults(ed->ctx);
	if (!stale ||
	    (e && (err_info(e)->kind != ERR_CALL || err_manage_status(e) == 400)))
		return e;
	ed->ctx->faults = (struct faults){ .arena = ed->ctx->arena };
	return E_STALE_OBJECT;
}

enum err
manage_create(struct action_ctx *ctx, const void *req_, void *res_)
{
	const struct manage_req *req = req_;
	struct manage_res *res = res_;
	const struct resource *r = req->resource;
	struct object_of o = { .resource = r,
		.fields = model_schema.table[r->table]->fields };
	struct edit ed;
	enum err e;

	o.after = arena_alloc(ctx->arena, o.fields->size);
	if (!o.after)
		return E_NO_MEMORY;
	field_clear(o.fields, o.after);
	if (r->defaults)
		r->defaults(o.after);
	ed = edit_of(ctx, req, res, &o);
	e = read_new(&ed);
	if (!e)
		e = store(&ed, NULL, o.after, "created");
	if (!e && r->made)
		e = r->made(&ed);
	if (e)
		return e;
	res->created = ((const struct object *)o.after)->id;
	return manage_answer(ctx, r, res, o.after);
}

enum err
manage_patch(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	struct object_of o;
	struct edit ed;
	enum err e = open_object(ctx, req, &o);

	if (e)
		return e;
	ed = edit_of(ctx, req, res, &o);
	e = read_patch(&ed);
	if (!e)
		e = store(&ed, o.before, o.after, "updated");
	return e ? e : manage_answer(ctx, o.resource, res, o.after);
}

enum err
manage_delete(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	struct object_of o;
	struct edit ed;
	enum err e = open_object(ctx, req, &o);

	if (!e)
		e = change_check_revision(ctx, o.before);
	if (e)
		return e;
	ed = edit_of(ctx, req, res, &o);
	e = o.resource->drop ? o.resource->drop(&ed) : E_OK;
	if (!e)
		e = store(&ed, o.before, NULL, "deleted");
	ctx->object_revision = FIELD_NONE;
	return e;
}

static enum err
set_archived(struct action_ctx *ctx, const struct manage_req *req, struct manage_res *res,
    bool archived)
{
	struct object_of o;
	struct edit ed;
	enum err e = open_object(ctx, req, &o);

	if (e)
		return e;
	manage_unknown(ctx, req, res, "", req->body, NULL);
	e = manage_faults(ctx);
	if (!e)
		e = change_check_revision(ctx, o.before);
	if (e)
		return e;
	ed = edit_of(ctx, req, res, &o);
	e = o.resource->archive(&ed, archived);
	if (!e)
		e = store(&ed, o.before, o.after, archived ? "archived" : "updated");
	return e ? e : manage_answer(ctx, o.resource, res, o.after);
}

enum err
manage_archive(struct action_ctx *ctx, const void *req, void *res)
{
	return set_archived(ctx, req, res, true);
}

enum err
manage_unarchive(struct action_ctx *ctx, const void *req, void *res)
{
	return set_archived(ctx, req, res, false);
}
