#include "base/json.h"

#include <string.h>

#include "base/clock.h"
#include "base/field.h"

void
jw_init(struct json_writer *w, struct buf *out)
{
	*w = (struct json_writer){ .out = out };
}

/* Before what comes next. */
static bool
comma_due(struct json_writer *w)
{
	uint32_t level;
	bool due;

	if (w->after_key || w->depth == 0) {
		w->after_key = false;
		return false;
	}
	level = UINT32_C(1) << (w->depth - 1);
	due = !(w->first & level);
	w->first &= ~level;
	return due;
}

static void
separate(struct json_writer *w)
{
	if (comma_due(w))
		buf_char(w->out, ',');
}

static void
open_level(struct json_writer *w, bool object)
{
	uint32_t level;

	if (w->depth >= JSON_DEPTH_MAX) {
		w->out->failed = true;
		return;
	}
	separate(w);
	level = UINT32_C(1) << w->depth++;
	w->first |= level;
	w->object = object ? w->object | level : w->object & ~level;
	buf_char(w->out, object ? '{' : '[');
}

void
jw_object(struct json_writer *w)
{
	open_level(w, true);
}

void
jw_array(struct json_writer *w)
{
	open_level(w, false);
}

void
jw_end(struct json_writer *w)
{
	if (w->depth == 0) {
		w->out->failed = true;
		return;
	}
	w->depth--;
	buf_char(w->out, w->object >> w->depth & 1 ? '}' : ']');
}

void
jw_key_slice(struct json_writer *w, struct slice name)
{
	separate(w);
	json_text(w->out, name);
	buf_char(w->out, ':');
	w->after_key = true;
}

void
jw_name(struct json_writer *w, struct slice name)
{
	bool comma = comma_due(w);
	char *room = buf_room(w->out, name.n + 3 + comma);

	w->after_key = true;
	if (!room)
		return;
	if (comma)
		*room++ = ',';
	room[0] = '"';
	memcpy(room + 1, name.p, name.n);
	memcpy(room + 1 + name.n, "\":", 2);
}

void
jw_raw(struct json_writer *w, struct slice json)
{
	separate(w);
	buf_slice_add(w->out, json);
}

void
jw_null(struct json_writer *w)
{
	jw_raw(w, SLICE("null"));
}

void
jw_bool(struct json_writer *w, bool v)
{
	jw_raw(w, v ? SLICE("true") : SLICE("false"));
}

void
jw_int(struct json_writer *w, int64_t v)
{
	separate(w);
	buf_int(w->out, v);
}

void
jw_text(struct json_writer *w, struct slice s)
{
	if (!s.p) {
		jw_null(w);
		return;
	}
	separate(w);
	json_text(w->out, s);
}

void
jw_str(struct json_writer *w, const char *s)
{
	jw_text(w, slice_str(s));
}

void
jw_name_int(struct json_writer *w, struct slice name, int64_t v)
{
	jw_name(w, name);
	if (v == FIELD_NONE)
		jw_null(w);
	else
		jw_int(w, v);
}

void
jw_name_bool(struct json_writer *w, struct slice name, bool v)
{
	jw_name(w, name);
	jw_bool(w, v);
}

void
jw_name_text(struct json_writer *w, struct slice name, struct slice v)
{
	jw_name(w, name);
	jw_text(w, v);
}

void
jw_name_instant(struct json_writer *w, struct slice name, int64_t us)
{
	char text[CLOCK_ISO_LEN + 1];

	jw_name(w, name);
	if (us == FIELD_NONE) {
		jw_null(w);
		return;
	}
	clock_iso(us, text);
	jw_text(w, slice_of(text, CLOCK_ISO_LEN));
}
