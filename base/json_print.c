#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#define INDEX_MAX 4294967294u

bool
json_index_name(struct slice name, uint32_t *out)
{
	int64_t v;

	if (name.n == 0 || name.n > 10 || name.p[0] < '0' || name.p[0] > '9' ||
	    (name.p[0] == '0' && name.n > 1))
		return false;
	if (!slice_to_int(name, &v) || v > INDEX_MAX)
		return false;
	*out = (uint32_t)v;
	return true;
}

struct ranked {
	const struct json_member *member;
	uint32_t index;
};

static int
compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

static void
print_member(struct buf *b, const struct json_member *m, bool *first)
{
	if (!*first)
		buf_char(b, ',');
	*first = false;
	json_text(b, m->name);
	buf_char(b, ':');
	json_print(b, &m->value);
}

static void
print_indexed(struct buf *b, const struct json *object, size_t n, bool *first)
{
	struct ranked *ranked = arena_may_alloc() ? malloc(n * sizeof(*ranked)) : NULL;
	size_t at = 0;

	if (!ranked) {
		b->failed = true;
		return;
	}
	for (size_t i = 0; i < object->n; i++)
		if (json_index_name(object->members[i].name, &ranked[at].index))
			ranked[at++].member = &object->members[i];
	qsort(ranked, n, sizeof(*ranked), compare_ranked);
	for (size_t i = 0; i < n; i++)
		print_member(b, ranked[i].member, first);
	free(ranked);
}

static void
print_object(struct buf *b, const struct json *object)
{
	bool first = true;
	size_t indexed = 0;
	uint32_t index;

	for (size_t i = 0; i < object->n; i++)
		indexed += json_index_name(object->members[i].name, &index);
	buf_char(b, '{');
	if (indexed)
		print_indexed(b, object, indexed, &first);
	for (size_t i = 0; i < object->n; i++)
		if (!indexed || !json_index_name(object->members[i].name, &index))
			print_member(b, &object->members[i], &first);
	buf_char(b, '}');
}

static void
print_array(struct buf *b, const struct json *array)
{
	buf_char(b, '[');
	for (size_t i = 0; i < array->n; i++) {
		if (i)
			buf_char(b, ',');
		json_print(b, &array->items[i]);
	}
	buf_char(b, ']');
}

void
json_print(struct buf *b, const struct json *j)
{
	switch (j->type) {
	case JSON_NULL:
		buf_str(b, "null");
		break;
	case JSON_BOOL:
		buf_str(b, j->boolean ? "true" : "false");
		break;
	case JSON_INT:
		buf_int(b, j->integer);
		break;
	case JSON_REAL:
		json_print_real(b, j->real);
		break;
	case JSON_TEXT:
		json_text(b, j->text);
		break;
	case JSON_ARRAY:
		print_array(b, j);
		break;
	case JSON_OBJECT:
		print_object(b, j);
		break;
	}
}

static void
print_escape(struct buf *b, unsigned char c)
{
	static const char short_form[] = {
		['\b'] = 'b',
		['\f'] = 'f',
		['\n'] = 'n',
		['\r'] = 'r',
		['\t'] = 't',
		['"'] = '"',
		['\\'] = '\\',
	};

	if (short_form[c]) {
		buf_char(b, '\\');
		buf_char(b, short_form[c]);
	} else {
		buf_str(b, "\\u00");
		buf_hex(b, &c, 1);
	}
}

static size_t
plain_length(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 || c == '"' || c == '\\')
			return i;
	}
	return s.n;
}

static void
text_inside(struct buf *b, struct slice s, size_t plain)
{
	while (plain < s.n) {
		buf_add(b, s.p, plain);
		print_escape(b, (unsigned char)s.p[plain]);
		s = slice_from(s, plain + 1);
		plain = plain_length(s);
	}
	buf_slice_add(b, s);
}

void
json_text(struct buf *b, struct slice s)
{
	size_t plain = plain_length(s);
	char *room;

	if (plain < s.n) {
		buf_char(b, '"');
		text_inside(b, s, plain);
		buf_char(b, '"');
		return;
	}
	room = buf_room(b, s.n + 2);
	if (!room)
		return;
	room[0] = room[s.n + 1] = '"';
	if (s.n)
		memcpy(room + 1, s.p, s.n);
}
