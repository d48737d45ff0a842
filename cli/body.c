#include "cli/body.h"

#include <string.h>

static struct json_member *
find(const struct body *b, struct slice name)
{
	for (size_t i = 0; i < b->json.n; i++)
		if (slice_equal(b->json.members[i].name, name))
			return &b->json.members[i];
	return NULL;
}

static bool
grow(struct body *b)
{
	size_t cap = b->cap ? b->cap * 2 : 16;
	struct json_member *m = arena_array(b->arena, cap, sizeof(*m));

	if (!m) {
		b->failed = true;
		return false;
	}
	if (b->json.n)
		memcpy(m, b->json.members, b->json.n * sizeof(*m));
	b->json.members = m;
	b->cap = cap;
	return true;
}

void
body_set(struct body *b, const char *name, struct json value)
{
	struct json_member *m = find(b, slice_str(name));

	if (!m) {
		if (b->json.n == b->cap && !grow(b))
			return;
		m = &b->json.members[b->json.n++];
		m->name = slice_str(name);
	}
	m->value = value;
}

bool
body_has(const struct body *b, const char *name)
{
	return find(b, slice_str(name)) != NULL;
}

struct json
body_array(struct body *b, size_t n)
{
	struct json array = { .type = JSON_ARRAY, .n = n };

	array.items = arena_array(b->arena, n, sizeof(*array.items));
	if (!array.items) {
		b->failed = true;
		array.n = 0;
	}
	return array;
}

struct json
body_one(struct body *b, struct json value)
{
	struct json array = body_array(b, 1);

	if (array.n)
		array.items[0] = value;
	return array;
}

bool
body_set_pair(struct body *b, const char *pair)
{
	const char *equals = strchr(pair, '=');
	struct json *value;
	char *name;

	if (!equals || equals == pair)
		return false;
	name = arena_str(b->arena, slice_of(pair, (size_t)(equals - pair)));
	if (!name) {
		b->failed = true;
		return true;
	}
	if (json_parse(b->arena, slice_str(equals + 1), &value) == E_OK)
		body_set(b, name, *value);
	else
		body_set(b, name, body_text(equals + 1));
	return true;
}

static bool
is_plain(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || (c && strchr("-._~", c));
}

static void
encode(struct buf *out, struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (is_plain(c))
			buf_char(out, (char)c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

void
query_add(struct buf *query, const char *name, struct slice value)
{
	if (query->n)
		buf_char(query, '&');
	encode(query, slice_str(name));
	buf_char(query, '=');
	encode(query, value);
}

void
query_add_int(struct buf *query, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	query_add(query, name, slice_str(text));
}
