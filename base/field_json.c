#include "base/field.h"

#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"

#define NOT_READ (FIELD_RO | FIELD_SECRET | FIELD_HIDDEN)

union value {
	bool boolean;
	int64_t integer;
	int choice;
	struct slice text;
	struct list list;
};

struct reading {
	struct faults *faults;
	const char *path;
	const struct field_table *table;
	enum field_mode mode;
};

static char *
name_of(const struct reading *rd, const struct field *f)
{
	return arena_printf(rd->faults->arena, "%s%s", rd->path, f->name);
}

#define refuse(rd, f, code, ...)                                                         \
	fault_add((rd)->faults, name_of(rd, f), code, __VA_ARGS__)

static bool
no_memory(const struct reading *rd, const struct field *f)
{
	fault_add(rd->faults, f->name, E_NO_MEMORY, NULL);
	return false;
}

static bool
read_null(const struct reading *rd, const struct field *f, union value *out)
{
	if (!(f->flags & FIELD_NULL)) {
		refuse(rd, f, E_VALIDATION, "%s may not be null", f->name);
		return false;
	}
	memset(out, 0, sizeof(*out));
	if (f->type == FIELD_INT || f->type == FIELD_INSTANT)
		out->integer = FIELD_NONE;
	else if (f->type == FIELD_ENUM)
		out->choice = -1;
	return true;
}

static bool
read_bool(
    const struct reading *rd, const struct field *f, const struct json *j, bool *out)
{
	if (json_to_bool(j, out))
		return true;
	refuse(rd, f, E_VALIDATION, "%s must be true or false", f->name);
	return false;
}

static bool
is_safe_int(int64_t v)
{
	return v >= -ID_INT_MAX && v <= ID_INT_MAX;
}

static bool
read_int(
    const struct reading *rd, const struct field *f, const struct json *j, int64_t *out)
{
	int64_t min = f->min, max = f->max;

	if (min == 0 && max == 0) {
		min = -ID_INT_MAX;
		max = ID_INT_MAX;
	}
	if (!json_to_int(j, out)) {
		refuse(rd, f, E_VALIDATION, "%s must be an integer", f->name);
		return false;
	}
	if (*out < min || *out > max || !is_safe_int(*out)) {
		refuse(rd, f, E_VALIDATION, "%s must be from %lld to %lld", f->name,
		    (long long)min, (long long)max);
		return false;
	}
	return true;
}

static bool
read_instant(
    const struct reading *rd, const struct field *f, const struct json *j, int64_t *out)
{
	struct slice text;

	if (json_to_text(j, &text) && clock_parse_iso(text, out))
		return true;
	refuse(rd, f, E_VALIDATION, "%s must be a date or an instant such as %s", f->name,
	    "2026-03-01T12:00:00.000Z");
	return false;
}

static bool
check_length(const struct reading *rd, const struct field *f, size_t n, const char *unit)
{
	if ((int64_t)n < f->min) {
		refuse(rd, f, E_VALIDATION, "%s must have at least %lld %s", f->name,
		    (long long)f->min, unit);
		return false;
	}
	if (f->max && (int64_t)n > f->max) {
		refuse(rd, f, E_VALIDATION, "%s must have at most %lld %s", f->name,
		    (long long)f->max, unit);
		return false;
	}
	return true;
}

static bool
read_text(const struct reading *rd, const struct field *f, const struct json *j,
    struct slice *out)
{
	struct slice text;

	if (!json_to_text(j, &text)) {
		refuse(rd, f, E_VALIDATION, "%s must be a text", f->name);
		return false;
	}
	if ((f->flags & FIELD_IDENT) && !slice_is_plain(text)) {
		refuse(rd, f, E_VALIDATION, "%s holds a control character", f->name);
		return false;
	}
	if ((f->flags & FIELD_CUT) && f->max)
		text = slice_clip(text, (size_t)f->max);
	*out = text;
	return check_length(rd, f, text.n, "bytes");
}

static bool
read_bytes(const struct reading *rd, const struct field *f, const struct json *j,
    struct slice *out)
{
	struct slice text;
	enum err e = E_VALIDATION;

	if (json_to_text(j, &text))
		e = base64url_decode(rd->faults->arena, text, out);
	if (e == E_NO_MEMORY)
		return no_memory(rd, f);
	if (e) {
		refuse(
		    rd, f, E_VALIDATION, "%s must be base64url without padding", f->name);
		return false;
	}
	return check_length(rd, f, out->n, "bytes");
}

static bool
read_enum(const struct reading *rd, const struct field *f, const struct json *j, int *out)
{
	struct buf known = BUF_INIT(rd->faults->arena);
	struct slice text;

	*out = json_to_text(j, &text) ? names_find(f->names, text) : -1;
	if (*out >= 0)
		return true;
	for (int i = 0; i < f->names->n; i++) {
		const char *name = names_get(f->names, i);

		if (!name || !*name)
			continue;
		buf_str(&known, known.n ? ", " : "");
		buf_str(&known, name);
	}
	refuse(rd, f, E_VALIDATION, "%s must be one of: %.*s", f->name,
	    SLICE_ARG(buf_slice(&known)));
	return false;
}

static bool
read_json(const struct reading *rd, const struct field *f, const struct json *j,
    struct slice *out)
{
	struct buf text = BUF_INIT(rd->faults->arena);

	if (json_depth(j) > FIELD_JSON_DEPTH_MAX) {
		refuse(rd, f, E_VALIDATION, "%s is more than %d levels deep", f->name,
		    FIELD_JSON_DEPTH_MAX);
		return false;
	}
	if (!json_is_safe(j)) {
		refuse(
		    rd, f, E_VALIDATION, "%s holds an integer of 2^53 or more", f->name);
		return false;
	}
	json_print(&text, j);
	if (!buf_ok(&text))
		return no_memory(rd, f);
	*out = buf_slice(&text);
	return check_length(rd, f, text.n, "bytes");
}

static bool
open_list(const struct reading *rd, const struct field *f, const struct json *j,
    struct list *out)
{
	size_t size = f->type == FIELD_INTS ? sizeof(int64_t) : f->sub->size;

	if (j->type != JSON_ARRAY) {
		refuse(rd, f, E_VALIDATION, "%s must be an array", f->name);
		return false;
	}
	if (!check_length(rd, f, j->n, "elements"))
		return false;
	out->n = j->n;
	out->p = arena_array(rd->faults->arena, j->n, size);
	return out->p ? true : no_memory(rd, f);
}

static bool
read_ints(const struct reading *rd, const struct field *f, const struct json *j,
    struct list *out)
{
	if (!open_list(rd, f, j, out))
		return false;
	for (size_t i = 0; i < j->n; i++) {
		int64_t *v = (int64_t *)out->p + i;

		if (json_to_int(&j->items[i], v) && is_safe_int(*v))
			continue;
		refuse(rd, f, E_VALIDATION, "%s[%zu] must be an integer", f->name, i);
		return false;
	}
	return true;
}

static bool
read_list(const struct reading *rd, const struct field *f, const struct json *j,
    struct list *out)
{
	size_t before = rd->faults->total;

	if (!open_list(rd, f, j, out))
		return false;
	for (size_t i = 0; i < j->n; i++) {
		struct field_set given = { { 0 } };
		void *rec = (char *)out->p + i * f->sub->size;
		char *path =
		    arena_printf(rd->faults->arena, "%s%s[%zu].", rd->path, f->name, i);

		if (!path)
			return no_memory(rd, f);
		field_clear(f->sub, rec);
		field_json_read(
		    rd->faults, path, f->sub, FIELD_CREATE, &j->items[i], rec, &given);
	}
	return rd->faults->total == before;
}

static bool
read_value(const struct reading *rd, const struct field *f, const struct json *j,
    union value *out)
{
	if (j->type == JSON_NULL)
		return read_null(rd, f, out);
	switch ((enum field_type)f->type) {
	case FIELD_BOOL:
		return read_bool(rd, f, j, &out->boolean);
	case FIELD_INT:
		return read_int(rd, f, j, &out->integer);
	case FIELD_INSTANT:
		return read_instant(rd, f, j, &out->integer);
	case FIELD_TEXT:
		return read_text(rd, f, j, &out->text);
	case FIELD_BYTES:
		return read_bytes(rd, f, j, &out->text);
	case FIELD_ENUM:
		return read_enum(rd, f, j, &out->choice);
	case FIELD_JSON:
		return read_json(rd, f, j, &out->text);
	case FIELD_LIST:
		return read_list(rd, f, j, &out->list);
	case FIELD_INTS:
		return read_ints(rd, f, j, &out->list);
	}
	return false;
}

static void
store_value(const struct field *f, const union value *v, void *rec)
{
	void *at = (char *)rec + f->offset;

	switch ((enum field_type)f->type) {
	case FIELD_BOOL:
		*(bool *)at = v->boolean;
		break;
	case FIELD_INT:
	case FIELD_INSTANT:
		*(int64_t *)at = v->integer;
		break;
	case FIELD_ENUM:
		*(int *)at = v->choice;
		break;
	case FIELD_TEXT:
	case FIELD_BYTES:
	case FIELD_JSON:
		*(struct slice *)at = v->text;
		break;
	case FIELD_LIST:
	case FIELD_INTS:
		*(struct list *)at = v->list;
		break;
	}
}

static bool
would_change(const struct reading *rd, const struct field *f, const union value *v,
    const void *rec)
{
	void *other = arena_alloc(rd->faults->arena, rd->table->size);

	if (!other)
		return !no_memory(rd, f);
	store_value(f, v, other);
	if (field_equal(f, rec, other))
		return false;
	refuse(rd, f, E_IMMUTABLE_FIELD, NULL);
	return true;
}

static bool
read_member(
    const struct reading *rd, const struct field *f, const struct json *j, void *rec)
{
	union value v;

	if (!read_value(rd, f, j, &v))
		return false;
	if (rd->mode == FIELD_PATCH && (f->flags & FIELD_IMMUTABLE) &&
	    would_change(rd, f, &v, rec))
		return false;
	store_value(f, &v, rec);
	return true;
}

void
field_json_read(struct faults *faults, const char *path, const struct field_table *table,
    enum field_mode mode, const struct json *object, void *rec, struct field_set *given)
{
	struct reading rd = { faults, path, table, mode };

	if (object->type != JSON_OBJECT) {
		size_t n = strlen(path);

		fault_add(faults, arena_str(faults->arena, slice_of(path, n ? n - 1 : 0)),
		    E_VALIDATION, "An object is needed here");
		return;
	}
	for (size_t i = 0; mode == FIELD_CREATE && i < table->n; i++) {
		const struct field *f = &table->fields[i];

		if ((f->flags & FIELD_REQUIRED) && !json_get(object, f->name))
			refuse(&rd, f, E_MISSING_PARAMETERS, "%s is missing", f->name);
	}
	for (size_t i = 0; i < object->n; i++) {
		const struct field *f = field_find(table, object->members[i].name);

		if (f && !(f->flags & NOT_READ) &&
		    read_member(&rd, f, &object->members[i].value, rec))
			field_set_add(given, (size_t)(f - table->fields));
	}
}

static bool
is_listed(const char *const *list, struct slice name)
{
	for (; list && *list; list++)
		if (slice_is(name, *list))
			return true;
	return false;
}

enum err
field_json_unknown(struct arena *arena, const struct field_table *table,
    const char *const *also, const struct json *object, struct slice **out, size_t *n)
{
	size_t members = object->type == JSON_OBJECT ? object->n : 0;

	*n = 0;
	*out = arena_array(arena, members, sizeof(**out));
	if (!*out)
		return E_NO_MEMORY;
	for (size_t i = 0; i < members; i++) {
		struct slice name = object->members[i].name;
		const struct field *f = field_find(table, name);

		if ((!f || (f->flags & NOT_READ)) && !is_listed(also, name))
			(*out)[(*n)++] = name;
	}
	return E_OK;
}
