#include "server/action/change.h"

#include "base/id.h"
#include "base/json.h"

/* No secrets; the head changes with every write and says nothing. */
static bool
shown(const struct field *f)
{
	return !(f->flags & (FIELD_SECRET | FIELD_HIDDEN)) &&
	       f->offset >= sizeof(struct object);
}

/* Texts by which a stranger could use a license or sign calls: last group only. */
static bool
is_key(const struct field *f)
{
	struct slice name = slice_str(f->name);

	return f->type == FIELD_TEXT &&
	       (slice_is(name, "license_key") || slice_is(name, "api_key"));
}

static bool
value_print(struct action_ctx *ctx, struct buf *b, const struct field *f, const void *rec)
{
	const struct slice *text = (const void *)((const char *)rec + f->offset);
	char *masked;

	if (!is_key(f) || !text->p) {
		field_json_value(b, f, rec);
		return true;
	}
	masked = id_key_mask(ctx->arena, *text);
	if (masked)
		json_text(b, slice_str(masked));
	return masked != NULL;
}

/* {"name":[from,to]}; a side without record prints null. */
static enum err
difference(struct action_ctx *ctx, const struct field_table *table, const void *before,
    const void *after, struct slice *out)
{
	struct buf b = BUF_INIT(ctx->arena);
	void *blank = arena_alloc(ctx->arena, table->size);
	bool ok = blank != NULL;

	if (!ok)
		return E_NO_MEMORY;
	field_clear(table, blank);
	buf_char(&b, '{');
	for (size_t i = 0; ok && i < table->n; i++) {
		const struct field *f = &table->fields[i];

		if (!shown(f) ||
		    field_equal(f, before ? before : blank, after ? after : blank))
			continue;
		if (b.n > 1)
			buf_char(&b, ',');
		json_text(&b, slice_str(f->name));
		buf_str(&b, ":[");
		if (before)
			ok = value_print(ctx, &b, f, before);
		else
			buf_str(&b, "null");
		buf_char(&b, ',');
		if (after)
			ok = ok && value_print(ctx, &b, f, after);
		else
			buf_str(&b, "null");
		buf_char(&b, ']');
	}
	buf_char(&b, '}');
	*out = buf_slice(&b);
	return ok ? buf_finish(&b) : E_NO_MEMORY;
}

static bool
differs(const struct field_table *table, const void *before, const void *after)
{
	for (size_t i = 0; i < table->n; i++) {
		const struct field *f = &table->fields[i];

		if (f->offset >= sizeof(struct object) && !field_equal(f, before, after))
			return true;
	}
	return false;
}

static enum err
change_store(
    struct action_ctx *ctx, enum table table, const void *before, struct object *after)
{
	if (!after)
		return record_del(ctx->txn, table, before);
	after->updated_at = ctx->now;
	if (before) {
		after->revision = ((const struct object *)before)->revision + 1;
		return record_put(ctx->txn, table, after);
	}
	after->revision = 1;
	if (!after->created_at)
		after->created_at = ctx->now;
	return after->id ? record_insert(ctx->txn, table, after)
	                 : record_add(ctx->txn, table, after);
}

enum err
change_note(struct action_ctx *ctx, const struct change *change)
{
	struct change *copy = arena_alloc(ctx->arena, sizeof(*copy));

	if (!copy)
		return E_NO_MEMORY;
	*copy = *change;
	copy->next = ctx->changes;
	ctx->changes = copy;
	return E_OK;
}

enum err
change_record(struct action_ctx *ctx, enum table table, const void *before, void *after,
    const char *action, int64_t license_id)
{
	const struct field_table *fields = ctx->txn->store->schema->table[table]->fields;
	struct change change = { .type = fields->name };
	struct buf id = BUF_INIT(ctx->arena);
	struct slice detail;
	enum err err;

	if (!before && !after)
		return E_INTERNAL;
	if (before && after && !differs(fields, before, after))
		return E_OK;
	change.kind = !before ? CHANGE_CREATE : after ? CHANGE_UPDATE : CHANGE_DELETE;
	err = change_store(ctx, table, before, after);
	if (err)
		return err;
	change.id = ((const struct object *)(after ? after : before))->id;
	err = difference(ctx, fields, before, after, &change.fields);
	if (!err)
		err = change_note(ctx, &change);
	if (err || !action)
		return err;
	detail = change.fields.n > 2 ? change.fields : SLICE_NULL;
	buf_int(&id, change.id);
	if (!buf_ok(&id))
		return E_NO_MEMORY;
	return audit_append(
	    ctx, action, fields->name, buf_slice(&id), license_id, detail);
}

enum err
change_check_revision(const struct action_ctx *ctx, const struct object *object)
{
	return ctx->has_revision && ctx->revision != object->revision ? E_STALE_OBJECT
	                                                              : E_OK;
}
