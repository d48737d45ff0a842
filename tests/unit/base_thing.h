/* A record with a field of every type, for the tests of the field codecs. Included after
 * cmocka.h. */
#ifndef LICET_TESTS_UNIT_BASE_THING_H
#define LICET_TESTS_UNIT_BASE_THING_H

static const char *const color_names[] = { "red", "green", "blue" };
static const struct names colors = { color_names, 3 };

struct part {
	int64_t number;
	struct slice label;
	int color;
};

static const struct field part_fields[] = {
	FIELD(1, INT, part, number, FIELD_REQUIRED, 1, 100),
	FIELD(2, TEXT, part, label, 0, 0, 10),
	FIELD_OF_ENUM(3, part, color, 0, colors),
};
static const struct field_table part_table = FIELD_TABLE("part", part, part_fields);

struct thing {
	bool on;
	int64_t count, limit, at, until;
	struct slice name, code, note, raw, extra, secret;
	int color, shade;
	struct list parts, numbers, maybe;
	int64_t id;
};

static const struct field thing_fields[] = {
	FIELD(0, INT, thing, id, FIELD_RO, 0, 0),
	FIELD(1, BOOL, thing, on, 0, 0, 0),
	FIELD(2, INT, thing, count, 0, -5, 1000),
	FIELD(3, INT, thing, limit, FIELD_NULL, 0, 0),
	FIELD(4, INSTANT, thing, at, 0, 0, 0),
	FIELD(5, INSTANT, thing, until, FIELD_NULL, 0, 0),
	FIELD_NAMED(6, TEXT, thing, name, "full_name", FIELD_REQUIRED, 1, 20),
	FIELD(300, TEXT, thing, code, FIELD_IMMUTABLE | FIELD_IDENT, 0, 8),
	FIELD(8, TEXT, thing, note, FIELD_NULL | FIELD_CUT, 0, 5),
	FIELD(9, BYTES, thing, raw, FIELD_NULL, 0, 4),
	FIELD(10, JSON, thing, extra, 0, 0, 400),
	FIELD(11, TEXT, thing, secret, FIELD_SECRET, 0, 0),
	FIELD_OF_ENUM(12, thing, color, 0, colors),
	FIELD_OF_ENUM(13, thing, shade, FIELD_NULL, colors),
	FIELD_OF_LIST(14, thing, parts, 0, 3, part_table),
	FIELD(15, INTS, thing, numbers, 0, 0, 200),
	FIELD(16, INTS, thing, maybe, FIELD_NULL, 0, 4),
};
static const struct field_table things = FIELD_TABLE("thing", thing, thing_fields);

static struct arena *arena;
static char long_text[300];
static int64_t many[150];
static struct part two_parts[2];

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(0);
	memset(long_text, 'x', sizeof(long_text));
	for (size_t i = 0; i < ARRAY_LEN(many); i++)
		many[i] = (int64_t)i * 1000 - 7000;
	two_parts[0] = (struct part){ 1, SLICE("one"), 2 };
	two_parts[1] = (struct part){ 2, slice_of(long_text, sizeof(long_text)), 0 };
	return arena ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	arena_fail_after(SIZE_MAX);
	arena_free(arena);
	return 0;
}

static struct thing
full_thing(void)
{
	struct thing t;

	field_clear(&things, &t);
	t.on = true;
	t.count = -5;
	t.limit = 0;
	t.at = INT64_C(1751626573412000);
	t.until = INT64_MAX;
	t.name = SLICE("\xc4\x8c"
		       "akovec");
	t.code = SLICE("c-1");
	t.note = SLICE("");
	t.raw = slice_of("\0\xff", 2);
	t.extra = SLICE("{\"a\":[1]}");
	t.secret = SLICE("hidden");
	t.color = 1;
	t.shade = 0;
	t.parts = (struct list){ two_parts, 2 };
	t.numbers = (struct list){ many, ARRAY_LEN(many) };
	t.maybe = (struct list){ many, 0 };
	return t;
}

static void
assert_same(const struct thing *a, const struct thing *b)
{
	for (size_t i = 1; i < things.n; i++)
		if (!field_equal(&things.fields[i], a, b))
			fail_msg("%s differs", things.fields[i].name);
}

#endif
