#include "base/field.h"

#include "base/clock.h"
#include "base/json.h"

#define NOT_SHOWN (FIELD_SECRET | FIELD_HIDDEN)

static void
print_instant(struct buf *b, int64_t t)
{
	char text[CLOCK_ISO_LEN + 1];

	clock_iso(t, text);
	buf_char(b, '"');
	buf_add(b, text, CLOCK_ISO_LEN);
	buf_char(b, '"');
}

static void
print_slice(struct buf *b, const struct field *f, struct slice s)
{
	if (f->type == FIELD_TEXT) {
		json_text(b, s);
	} else if (f->type == FIELD_JSON) {
		buf_slice_add(b, s.n ? s : SLICE("{}"));
	} else {
		buf_char(b, '"');
		buf_base64url(b, s.p, s.n);
		buf_char(b, '"');
	}
}

static void
print_list(struct buf *b, const struct field *f, const struct list *list)
{
	buf_char(b, '[');
	for (size_t i = 0; i < list->n && buf_ok(b); i++) {
		if (i)
			buf_char(b, ',');
		if (f->type == FIELD_INTS) {
			buf_int(b, ((const int64_t *)list->p)[i]);
			continue;
		}
		buf_char(b, '{');
		field_json_members(b, f->sub, (const char *)list->p + i * f->sub->size);
		buf_char(b, '}');
	}
	buf_char(b, ']');
}

static bool
is_null(const struct field *f, const void *at)
{
	switch ((enum field_type)f->type) {
	case FIELD_BOOL:
		return false;
	case FIELD_INT:
	case FIELD_INSTANT:
		return *(const int64_t *)at == FIELD_NONE;
	case FIELD_ENUM:
		return !names_get(f->names, *(const int *)at);
	case FIELD_LIST:
	case FIELD_INTS:
		return (f->flags & FIELD_NULL) && !((const struct list *)at)->p;
	case FIELD_TEXT:
	case FIELD_BYTES:
	case FIELD_JSON:
		break;
	}
	return (f->flags & FIELD_NULL) && !((const struct slice *)at)->p;
}

void
field_json_value(struct buf *b, const struct field *f, const void *rec)
{
	const void *at = (const char *)rec + f->offset;

	if (is_null(f, at)) {
		buf_str(b, "null");
		return;
	}
	switch ((enum field_type)f->type) {
	case FIELD_BOOL:
		buf_str(b, *(const bool *)at ? "true" : "false");
		break;
	case FIELD_INT:
		buf_int(b, *(const int64_t *)at);
		break;
	case FIELD_INSTANT:
		print_instant(b, *(const int64_t *)at);
		break;
	case FIELD_ENUM:
		json_text(b, slice_str(names_get(f->names, *(const int *)at)));
		break;
	case FIELD_TEXT:
	case FIELD_BYTES:
	case FIELD_JSON:
		print_slice(b, f, *(const struct slice *)at);
		break;
	case FIELD_LIST:
	case FIELD_INTS:
		print_list(b, f, at);
		break;
	}
}

void
field_json_members(struct buf *b, const struct field_table *table, const void *rec)
{
	bool first = true;

	for (size_t i = 0; i < table->n; i++) {
		const struct field *f = &table->fields[i];

		if (f->flags & NOT_SHOWN)
			continue;
		if (!first)
			buf_char(b, ',');
		first = false;
		json_text(b, slice_str(f->name));
		buf_char(b, ':');
		field_json_value(b, f, rec);
	}
}
