#include "server/action/issue.h"

#include <string.h>

#include "base/clock.h"
#include "server/action/query.h"

static struct custom_value *
value_of(struct list *values, int64_t field_id)
{
	struct custom_value *v = values->p;

	for (size_t i = 0; i < values->n; i++)
		if (v[i].custom_field_id == field_id)
			return &v[i];
	return NULL;
}

/* The list is copied: it may belong to the record as it was before. */
static enum err
set_value(
    struct action_ctx *ctx, struct list *values, int64_t field_id, struct slice value)
{
	struct custom_value *copy = arena_array(ctx->arena, values->n + 1, sizeof(*copy));
	struct custom_value *at;

	if (!copy)
		return E_NO_MEMORY;
	if (values->n)
		memcpy(copy, values->p, values->n * sizeof(*copy));
	values->p = copy;
	at = value_of(values, field_id);
	if (!at) {
		at = &copy[values->n++];
		at->custom_field_id = field_id;
	}
	at->value = value;
	return E_OK;
}

enum err
custom_defaults(struct action_ctx *ctx, int64_t product_id, struct list *values)
{
	struct txn *txn = ctx->txn;
	struct custom_field field;
	struct record_scan scan;
	enum err e;

	*values = (struct list){ NULL, 0 };
	e = record_scan(txn, T_CUSTOM_FIELD, IX_CUSTOM_FIELD_PRODUCT,
	    record_key_id(txn, product_id), SLICE_NULL, false, &scan);
	while (!e) {
		e = record_next(&scan, &field);
		if (!e && !field.is_archived && values->n < MAX_CUSTOM_FIELDS)
			e = set_value(ctx, values, field.o.id, field.default_value);
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

static enum err
find_field(struct action_ctx *ctx, int64_t product_id, struct slice name,
    struct custom_field *out)
{
	struct txn *txn = ctx->txn;
	struct record_scan scan;
	enum err e;

	e = record_scan(txn, T_CUSTOM_FIELD, IX_CUSTOM_FIELD_PRODUCT,
	    record_key_id(txn, product_id), SLICE_NULL, false, &scan);
	while (!e) {
		e = record_next(&scan, out);
		if (!e && !out->is_archived && slice_equal(out->name, name))
			return E_OK;
	}
	return e;
}

static bool
is_number(struct arena *arena, struct slice text)
{
	struct json *json;

	return !json_parse(arena, text, &json) &&
	       (json->type == JSON_INT || json->type == JSON_REAL);
}

static const char *
wrong_value(struct action_ctx *ctx, const struct custom_field *field, struct slice text)
{
	int64_t t;

	if (text.n > 4096)
		return "A value has 4096 bytes at most";
	if (field->data_type == CT_NUMBER && !is_number(ctx->arena, text))
		return "This custom field takes a number";
	if (field->data_type == CT_DATE_TIME && !clock_parse_iso(text, &t))
		return "This custom field takes a date or an instant";
	return NULL;
}

static enum err
read_value(struct action_ctx *ctx, const char *path, const struct custom_field *field,
    const struct json *json, struct list *values)
{
	struct buf number = BUF_INIT(ctx->arena);
	struct slice text = SLICE_NULL;
	const char *wrong = NULL;

	if (json->type == JSON_INT || json->type == JSON_REAL) {
		json_print(&number, json);
		if (!buf_ok(&number))
			return E_NO_MEMORY;
		text = buf_slice(&number);
	} else if (json->type != JSON_NULL && !json_to_text(json, &text)) {
		wrong = "A value is a text, a number or null";
	}
	if (!wrong && text.p)
		wrong = wrong_value(ctx, field, text);
	if (wrong) {
		fault_add(&ctx->faults, path, E_VALIDATION, "%s", wrong);
		return E_OK;
	}
	return set_value(ctx, values, field->o.id, text);
}

enum err
custom_read(struct action_ctx *ctx, const char *path, int64_t product_id,
    const struct json *json, struct list *values)
{
	struct custom_field field;
	enum err e = E_OK;

	if (json->type != JSON_OBJECT) {
		fault_add(&ctx->faults, query_path(ctx, path, "custom_fields"),
		    E_VALIDATION, "custom_fields is an object of names and values");
		return E_OK;
	}
	for (size_t i = 0; i < json->n && !e; i++) {
		const struct json_member *m = &json->members[i];
		char *at = arena_printf(
		    ctx->arena, "%scustom_fields.%.*s", path, SLICE_ARG(m->name));

		e = find_field(ctx, product_id, m->name, &field);
		if (!e)
			e = read_value(ctx, at, &field, &m->value, values);
		else if (e == E_NOT_FOUND)
			fault_add(&ctx->faults, at, E_VALIDATION,
			    "The product has no custom field of this name");
		if (e == E_NOT_FOUND)
			e = E_OK;
	}
	return e;
}
