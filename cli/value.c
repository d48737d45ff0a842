#include "cli/value.h"

#include <string.h>

#include "base/clock.h"

static void
put_hex(struct buf *out, unsigned char c)
{
	buf_printf(out, "\\x%02X", c);
}

static bool
is_c1(struct slice s, size_t i)
{
	return (unsigned char)s.p[i] == 0xc2 && i + 1 < s.n &&
	       (unsigned char)s.p[i + 1] >= 0x80 && (unsigned char)s.p[i + 1] < 0xa0;
}

void
value_safe(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (is_c1(text, i)) {
			put_hex(out, c);
			put_hex(out, (unsigned char)text.p[++i]);
		} else if (c < 0x20 || c == 0x7f) {
			put_hex(out, c);
		} else {
			buf_char(out, (char)c);
		}
	}
}

/* Only the exact form that the API prints: "2025-07-04T10:56:13.412Z". */
static bool
is_instant(struct slice s, int64_t *t)
{
	return s.n == CLOCK_ISO_LEN && s.p[10] == 'T' && s.p[CLOCK_ISO_LEN - 1] == 'Z' &&
	       clock_parse_iso(s, t);
}

static void
put_json(struct buf *out, const struct json *v)
{
	struct buf text = { .arena = NULL };

	json_print(&text, v);
	if (buf_ok(&text))
		value_safe(out, buf_slice(&text));
	else
		out->failed = true;
	buf_free(&text);
}

/* Of an object in a list what people know it by. */
static void
human_item(struct buf *out, const struct json *v)
{
	static const char *const names[] = { "short_code", "code", "email", "id",
		"license" };

	for (size_t i = 0; v->type == JSON_OBJECT && i < ARRAY_LEN(names); i++) {
		const struct json *name = json_get(v, names[i]);

		if (name && (name->type == JSON_TEXT || name->type == JSON_INT)) {
			value_human(out, name);
			return;
		}
	}
	value_human(out, v);
}

static void
human_list(struct buf *out, const struct json *v)
{
	if (v->n == 0)
		buf_char(out, '-');
	for (size_t i = 0; i < v->n; i++) {
		buf_str(out, i ? ", " : "");
		human_item(out, &v->items[i]);
	}
}

static void
human_text(struct buf *out, struct slice s)
{
	char text[21];
	int64_t t;

	if (is_instant(s, &t)) {
		clock_human(t, text);
		buf_str(out, text);
	} else if (s.n == 0) {
		buf_char(out, '-');
	} else {
		value_safe(out, s);
	}
}

void
value_human(struct buf *out, const struct json *v)
{
	switch (v->type) {
	case JSON_NULL:
		buf_char(out, '-');
		break;
	case JSON_BOOL:
		buf_str(out, v->boolean ? "yes" : "no");
		break;
	case JSON_TEXT:
		human_text(out, v->text);
		break;
	case JSON_ARRAY:
		human_list(out, v);
		break;
	case JSON_OBJECT:
		if (v->n == 0)
			buf_char(out, '-');
		else
			put_json(out, v);
		break;
	default:
		put_json(out, v);
	}
}

void
value_plain(struct buf *out, const struct json *v)
{
	if (v->type == JSON_TEXT)
		value_safe(out, v->text);
	else if (v->type != JSON_NULL)
		put_json(out, v);
}

void
value_csv(struct buf *out, const struct json *v)
{
	struct buf text = { .arena = NULL };
	bool quoted;

	if (v->type == JSON_TEXT && v->text.n && strchr("=+-@\t\r", v->text.p[0]))
		buf_char(&text, '\'');
	value_plain(&text, v);
	quoted = memchr(text.n ? text.p : "", '"', text.n) ||
	         memchr(text.n ? text.p : "", ',', text.n);
	if (quoted)
		buf_char(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"')
			buf_char(out, '"');
		buf_char(out, text.p[i]);
	}
	if (quoted)
		buf_char(out, '"');
	if (!buf_ok(&text))
		out->failed = true;
	buf_free(&text);
}

size_t
value_width(struct slice text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
	return n;
}

static const struct json *
member(const struct json *v, struct slice name)
{
	int64_t index;

	if (v->type == JSON_ARRAY) {
		if (!slice_to_int(name, &index) || index < 0 || (size_t)index >= v->n)
			return NULL;
		return &v->items[index];
	}
	for (size_t i = 0; v->type == JSON_OBJECT && i < v->n; i++)
		if (slice_equal(v->members[i].name, name))
			return &v->members[i].value;
	return NULL;
}

const struct json *
value_at(const struct json *v, struct slice path)
{
	while (v && path.p && v->type != JSON_NULL)
		v = member(v, slice_cut(&path, '.'));
	return v;
}

struct slice
value_text(const struct json *object, const char *path)
{
	const struct json *v = value_at(object, slice_str(path));

	return v && v->type == JSON_TEXT ? v->text : SLICE_NULL;
}

int64_t
value_int(const struct json *object, const char *path, int64_t fallback)
{
	const struct json *v = value_at(object, slice_str(path));

	return v && v->type == JSON_INT ? v->integer : fallback;
}

bool
value_true(const struct json *object, const char *path)
{
	const struct json *v = value_at(object, slice_str(path));

	return v && v->type == JSON_BOOL && v->boolean;
}

size_t
value_count(const struct json *object, const char *path)
{
	const struct json *v = value_at(object, slice_str(path));

	return v && v->type == JSON_ARRAY ? v->n : 0;
}
