#include "server/action/manage_filter.h"

#include <string.h>

#include "base/clock.h"

static const struct filter builtin[] = {
	{ .name = "id", .key = KEY_ID, .index = -1 },
	{ .name = "created_at" },
	{ .name = "updated_at" },
	{ .name = NULL },
};

static const struct op_name {
	const char *suffix;
	enum filter_op op;
} op_names[] = {
	{ "__icontains", OP_ICONTAINS },
	{ "__in", OP_IN },
	{ "__gte", OP_GTE },
	{ "__gt", OP_GT },
	{ "__lte", OP_LTE },
	{ "__lt", OP_LT },
	{ "__isnull", OP_ISNULL },
};

const struct field *
filter_field(const struct resource *r, const struct filter *f)
{
	const char *name = f->field ? f->field : f->name;

	return f->get ? NULL
	              : field_find(model_schema.table[r->table]->fields, slice_str(name));
}

static const struct filter *
in_list(const struct filter *f, struct slice name)
{
	for (; f && f->name; f++)
		if (slice_is(name, f->name))
			return f;
	return NULL;
}

const struct filter *
filter_named(const struct resource *r, struct slice name)
{
	const struct filter *f = in_list(r->filters, name);

	if (!f)
		f = in_list(builtin, name);
	if (!f && slice_ends(name, SLICE("_id")))
		f = in_list(r->filters, slice_head(name, name.n - 3));
	if (f && !f->get && !f->find && !filter_field(r, f))
		return NULL;
	return f;
}

static void
refuse_unknown(
    struct action_ctx *ctx, const struct resource *r, const struct manage_param *param)
{
	struct buf known = BUF_INIT(ctx->arena);

	for (const struct filter *f = r->filters; f && f->name; f++)
		buf_printf(&known, "%s, ", f->name);
	buf_str(&known, "id, created_at, updated_at, limit, offset, order_by");
	fault_add(&ctx->faults, arena_str(ctx->arena, param->name), E_UNKNOWN_FILTER,
	    "Known: %.*s", SLICE_ARG(buf_slice(&known)));
}

static void
refuse_value(struct action_ctx *ctx, const struct term *t, const char *what)
{
	fault_add(&ctx->faults, t->filter->name, E_VALIDATION, "%s takes %s",
	    t->filter->name, what);
}

static bool
to_bool(struct slice text, int64_t *out)
{
	struct json json = { .type = JSON_TEXT, .text = text };
	bool value;

	if (!json_to_bool(&json, &value))
		return false;
	*out = value;
	return true;
}

static bool
to_number(enum field_type type, const struct names *names, struct operand *v)
{
	switch (type) {
	case FIELD_BOOL:
		return to_bool(v->text, &v->number);
	case FIELD_INT:
		return slice_to_int(v->text, &v->number);
	case FIELD_INSTANT:
		return clock_parse_iso(v->text, &v->number);
	case FIELD_ENUM:
		v->number = names_find(names, v->text);
		return v->number >= 0;
	default:
		return true;
	}
}

static void
parse_numbers(struct action_ctx *ctx, struct term *t, enum field_type type,
    const struct names *names)
{
	static const char *const what[] = { [FIELD_BOOL] = "true or false",
		[FIELD_INT] = "an integer",
		[FIELD_INSTANT] = "a date or an instant",
		[FIELD_ENUM] = "one of the values that the field can have" };

	t->parsed = true;
	for (size_t i = 0; i < t->n; i++)
		if (!to_number(type, names, &t->value[i])) {
			refuse_value(ctx, t, what[type]);
			return;
		}
}

static enum err
parse_refs(struct action_ctx *ctx, struct term *t)
{
	enum err e = E_OK;

	t->parsed = true;
	for (size_t i = 0; i < t->n && !e; i++)
		e = ref_find(ctx, t->filter->ref, t->value[i].text, &t->value[i].number);
	return e;
}

static bool
op_fits(const struct term *t)
{
	bool ref = t->filter->ref != FILTER_NO_REF;
	enum field_type type = t->field ? (enum field_type)t->field->type : FIELD_TEXT;
	bool number = !ref && (type == FIELD_INT || type == FIELD_INSTANT);

	if (!t->field && t->filter->get)
		return t->op < OP_GT || t->op == OP_ISNULL;
	if (!t->field)
		return t->op == OP_EQ || t->op == OP_IN;
	if (t->op == OP_ICONTAINS)
		return type == FIELD_TEXT;
	if (t->op >= OP_GT && t->op <= OP_LTE)
		return number;
	return type != FIELD_LIST && type != FIELD_INTS;
}

static struct slice
cut_op(const struct resource *r, struct slice name, struct term *t)
{
	t->filter = filter_named(r, name);
	for (size_t i = 0; i < ARRAY_LEN(op_names) && !t->filter; i++) {
		struct slice suffix = slice_str(op_names[i].suffix);

		if (!slice_ends(name, suffix))
			continue;
		name = slice_head(name, name.n - suffix.n);
		t->op = op_names[i].op;
		t->filter = filter_named(r, name);
		break;
	}
	return name;
}

static enum err
split_values(struct action_ctx *ctx, const struct manage_param *param, struct term *t)
{
	bool fold = t->filter->key == KEY_FOLDED;
	struct slice rest = param->value;
	size_t cap = 1;

	for (size_t i = 0; i < rest.n && t->op == OP_IN; i++)
		cap += rest.p[i] == ',';
	t->value = arena_array(ctx->arena, cap, sizeof(*t->value));
	if (!t->value)
		return E_NO_MEMORY;
	while (t->n < cap) {
		struct slice v = t->op == OP_IN ? slice_cut(&rest, ',') : rest;

		if (fold)
			v = arena_fold(ctx->arena, slice_trim(v));
		if (!v.p && v.n)
			return E_NO_MEMORY;
		t->value[t->n++].text = v.p ? v : SLICE("");
	}
	return E_OK;
}

static int
compare_ids(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static enum err
find_ids(struct action_ctx *ctx, struct term *t)
{
	enum err e = E_OK;

	t->by_ids = true;
	t->ids.arena = ctx->arena;
	for (size_t i = 0; i < t->n && !e; i++)
		e = t->filter->find(ctx, t->value[i].text, &t->ids);
	if (t->ids.n)
		qsort(t->ids.id, t->ids.n, sizeof(int64_t), compare_ids);
	return e;
}

enum err
filter_term(struct action_ctx *ctx, const struct resource *r,
    const struct manage_param *param, struct term *t)
{
	enum err e;

	*t = (struct term){ .op = OP_EQ };
	cut_op(r, param->name, t);
	if (t->filter)
		t->field = filter_field(r, t->filter);
	if (!t->filter || !op_fits(t)) {
		refuse_unknown(ctx, r, param);
		return E_OK;
	}
	e = split_values(ctx, param, t);
	if (e)
		return e;
	if (t->op == OP_ISNULL)
		parse_numbers(ctx, t, FIELD_BOOL, NULL);
	else if (t->filter->ref != FILTER_NO_REF)
		return parse_refs(ctx, t);
	else if (t->field)
		parse_numbers(ctx, t, t->field->type, t->field->names);
	else if (!t->filter->get)
		return find_ids(ctx, t);
	return E_OK;
}

enum err
filter_value_of(struct action_ctx *ctx, const struct resource *r, const struct filter *f,
    const void *rec, struct filter_value *v)
{
	const struct field *field = filter_field(r, f);
	const void *at;

	*v = (struct filter_value){ .type = FIELD_TEXT, .null = true };
	if (!field)
		return f->get ? f->get(ctx, rec, v) : E_OK;
	at = (const char *)rec + field->offset;
	v->type = field->type;
	v->names = field->names;
	v->null = false;
	switch (v->type) {
	case FIELD_BOOL:
		v->number = *(const bool *)at;
		break;
	case FIELD_INT:
	case FIELD_INSTANT:
		v->number = *(const int64_t *)at;
		v->null = v->number == FIELD_NONE;
		break;
	case FIELD_ENUM:
		v->number = *(const int *)at;
		v->null = v->number < 0;
		break;
	default:
		v->text = *(const struct slice *)at;
		v->null = !v->text.p;
	}
	return E_OK;
}

static bool
contains(struct slice text, struct slice sub)
{
	for (size_t i = 0; i + sub.n <= text.n; i++)
		if (slice_equal_fold(slice_of(text.p + i, sub.n), sub))
			return true;
	return false;
}

static bool
is_equal(const struct term *t, const struct filter_value *v, const struct operand *o)
{
	if (t->filter->ref != FILTER_NO_REF)
		return o->number != FIELD_NONE && v->number == o->number;
	if (v->type != FIELD_TEXT)
		return v->number == o->number;
	return t->filter->key == KEY_FOLDED ? slice_equal_fold(v->text, o->text)
	                                    : slice_equal(v->text, o->text);
}

static bool
holds(const struct term *t, const struct filter_value *v)
{
	if (t->op == OP_ISNULL)
		return v->null == (t->value[0].number != 0);
	if (v->null)
		return false;
	switch (t->op) {
	case OP_ICONTAINS:
		return v->type == FIELD_TEXT && contains(v->text, t->value[0].text);
	case OP_GT:
		return v->number > t->value[0].number;
	case OP_GTE:
		return v->number >= t->value[0].number;
	case OP_LT:
		return v->number < t->value[0].number;
	case OP_LTE:
		return v->number <= t->value[0].number;
	default:
		break;
	}
	for (size_t i = 0; i < t->n; i++)
		if (is_equal(t, v, &t->value[i]))
			return true;
	return false;
}

int64_t
filter_id(const struct resource *r, const void *rec)
{
	size_t offset = model_schema.table[r->table]->id_offset;
	int64_t id = FIELD_NONE;

	if (offset != SIZE_MAX)
		memcpy(&id, (const char *)rec + offset, sizeof(id));
	return id;
}

static enum err
match_one(struct action_ctx *ctx, const struct resource *r, struct term *t,
    const void *rec, bool *out)
{
	int64_t id = filter_id(r, rec);
	struct filter_value v;
	enum err e;

	if (t->by_ids) {
		*out = t->ids.n &&
		       bsearch(&id, t->ids.id, t->ids.n, sizeof(id), compare_ids);
		return E_OK;
	}
	e = filter_value_of(ctx, r, t->filter, rec, &v);
	if (e)
		return e;
	if (!t->parsed)
		parse_numbers(ctx, t, v.type, v.names);
	*out = holds(t, &v);
	return E_OK;
}

enum err
filter_match(struct action_ctx *ctx, const struct resource *r, struct term *t, size_t n,
    const void *rec, bool *out)
{
	enum err e = E_OK;

	*out = true;
	for (size_t i = 0; i < n && *out && !e; i++)
		e = match_one(ctx, r, &t[i], rec, out);
	return e;
}
