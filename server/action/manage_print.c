#include "server/action/manage.h"

#include <string.h>

static bool
grow(struct manage_res *res)
{
	size_t cap = res->cap_spans ? res->cap_spans * 2 : 16;
	struct manage_span *grown;

	if (res->n_spans < res->cap_spans)
		return true;
	grown = arena_array(res->body.arena, cap, sizeof(*grown));
	if (!grown) {
		res->body.failed = true;
		return false;
	}
	if (res->n_spans)
		memcpy(grown, res->span, res->n_spans * sizeof(*grown));
	res->span = grown;
	res->cap_spans = cap;
	return true;
}

static void
mark(struct manage_res *res, size_t from, bool secret)
{
	if (grow(res))
		res->span[res->n_spans++] =
		    (struct manage_span){ from, res->body.n, secret };
}

void
manage_secret(struct manage_res *res, const char *name, struct slice value)
{
	size_t from;

	jw_key(&res->w, name);
	from = res->body.n;
	jw_text(&res->w, value);
	if (value.p)
		mark(res, from, true);
}

void
manage_new(struct manage_res *res, const char *name, struct slice text, bool made)
{
	size_t from;

	jw_key(&res->w, name);
	from = res->body.n;
	jw_text(&res->w, text);
	if (made && text.p)
		mark(res, from, false);
}

static bool
made_here(const struct action_ctx *ctx, const char *type, int64_t id)
{
	for (const struct change *c = ctx->changes; c; c = c->next)
		if (c->kind == CHANGE_CREATE && c->id == id && strcmp(c->type, type) == 0)
			return true;
	return false;
}

void
manage_id(struct action_ctx *ctx, struct manage_res *res, const char *name,
    const char *type, int64_t id)
{
	size_t from;

	jw_key(&res->w, name);
	from = res->body.n;
	if (id == FIELD_NONE) {
		jw_null(&res->w);
		return;
	}
	jw_int(&res->w, id);
	if (made_here(ctx, type, id))
		mark(res, from, false);
}

void
manage_made_text(struct action_ctx *ctx, struct manage_res *res, const char *name,
    struct slice text, const char *type, int64_t id)
{
	manage_new(res, name, text, made_here(ctx, type, id));
}

void
manage_give(struct manage_res *res, const char *name, struct slice value)
{
	if (res->n_secrets < ARRAY_LEN(res->secret))
		res->secret[res->n_secrets++] = (struct manage_secret){ name, value };
}

struct slice
manage_masked(struct arena *arena, const struct manage_res *res, bool new_ids)
{
	struct buf out = BUF_INIT(arena);
	size_t at = 0;

	for (size_t i = 0; i < res->n_spans; i++) {
		const struct manage_span *span = &res->span[i];

		if (!span->secret && !new_ids)
			continue;
		buf_add(&out, res->body.p + at, span->from - at);
		buf_str(&out, "null");
		at = span->to;
	}
	if (res->body.n > at)
		buf_add(&out, res->body.p + at, res->body.n - at);
	return buf_ok(&out) ? buf_slice(&out) : SLICE_NULL;
}

static const struct ref *
ref_of_field(const struct resource *r, const struct field *f)
{
	for (const struct ref *ref = r->refs; ref && ref->name; ref++)
		if (ref->offset == f->offset)
			return ref;
	return NULL;
}

static void
print_field(struct action_ctx *ctx, const struct resource *r, struct manage_res *res,
    const struct field *f, const void *rec)
{
	const struct ref *ref = ref_of_field(r, f);
	int64_t id;

	if (slice_is(slice_str(f->name), "id") || ref) {
		const struct table_def *const *tables = model_schema.table;
		enum table t = ref ? ref->table : r->table;

		memcpy(&id, (const char *)rec + f->offset, sizeof(id));
		manage_id(ctx, res, f->name, tables[t]->fields->name, id);
		return;
	}
	jw_key(&res->w, f->name);
	jw_raw(&res->w, SLICE(""));
	field_json_value(&res->body, f, rec);
}

static enum err
print_refs(struct action_ctx *ctx, const struct resource *r, struct manage_res *res,
    const void *rec)
{
	enum err e = E_OK;

	for (const struct ref *ref = r->refs; ref && ref->name && !e; ref++) {
		struct slice code = SLICE_NULL;
		int64_t id;

		if (ref->flags & REF_SILENT)
			continue;
		memcpy(&id, (const char *)rec + ref->offset, sizeof(id));
		e = ref_code(ctx, ref->table, id, &code);
		jw_ktext(&res->w, ref->name, code);
	}
	return e;
}

static void
print_once(const struct resource *r, struct manage_res *res)
{
	for (const char *const *name = r->once; name && *name; name++) {
		struct slice value = SLICE_NULL;

		for (size_t i = 0; i < res->n_secrets; i++)
			if (strcmp(res->secret[i].name, *name) == 0)
				value = res->secret[i].value;
		manage_secret(res, *name, value);
	}
}

static enum err
print_members(struct action_ctx *ctx, const struct resource *r, struct manage_res *res,
    const void *rec, bool single)
{
	const struct field_table *table = model_schema.table[r->table]->fields;
	enum err e;

	for (size_t i = 0; i < table->n; i++)
		if (!(table->fields[i].flags & (FIELD_SECRET | FIELD_HIDDEN)))
			print_field(ctx, r, res, &table->fields[i], rec);
	e = print_refs(ctx, r, res, rec);
	if (!e && r->print)
		e = r->print(ctx, res, rec, single);
	if (!e)
		print_once(r, res);
	return e;
}

enum err
manage_object(struct action_ctx *ctx, const struct resource *r, struct manage_res *res,
    const void *rec, bool single)
{
	enum err e;

	jw_object(&res->w);
	e = print_members(ctx, r, res, rec, single);
	jw_end(&res->w);
	return e ? e : buf_finish(&res->body);
}

enum err
manage_answer(struct action_ctx *ctx, const struct resource *r, struct manage_res *res,
    const void *rec)
{
	const struct field_table *table = model_schema.table[r->table]->fields;
	enum err e;

	jw_object(&res->w);
	e = print_members(ctx, r, res, rec, true);
	if (ctx->message.p)
		jw_ktext(&res->w, "message", ctx->message);
	jw_end(&res->w);
	if (field_find(table, SLICE("revision")))
		ctx->object_revision = ((const struct object *)rec)->revision;
	return e ? e : buf_finish(&res->body);
}
