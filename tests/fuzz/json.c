/*
 * JSON and the records behind it: printing is stable, and what a field table reads it
 * prints in a form that reads as the same record. The first byte picks the table.
 */
#include "tests/fuzz/target.h"

#include <string.h>

#include "base/json.h"
#include "server/model/schema.h"

struct reading {
	void *rec;
	struct faults faults;
	struct field_set given;
};

static void
read_record(struct arena *arena, const struct field_table *table, enum field_mode mode,
    const struct json *object, struct reading *out)
{
	*out = (struct reading){ .faults.arena = arena };
	out->rec = arena_alloc(arena, table->size);
	FUZZ_CHECK(out->rec != NULL);
	field_clear(table, out->rec);
	field_json_read(&out->faults, "", table, mode, object, out->rec, &out->given);
	FUZZ_CHECK(out->faults.n <= FAULT_MAX && out->faults.n <= out->faults.total);
	FUZZ_CHECK((out->faults.total > 0) == (fault_first(&out->faults) != E_OK));
}

static struct slice
print_record(struct arena *arena, const struct field_table *table, const void *rec)
{
	struct buf text = BUF_INIT(arena);

	buf_char(&text, '{');
	field_json_members(&text, table, rec);
	buf_char(&text, '}');
	FUZZ_CHECK(buf_ok(&text));
	return buf_slice(&text);
}

/* Elements of lists start without the defaults that an action gives them; they are left.
 */
static void
check_same(struct arena *arena, const struct field_table *table, const struct reading *a,
    const struct reading *b)
{
	for (size_t i = 0; i < table->n; i++) {
		const struct field *f = &table->fields[i];
		struct buf first = BUF_INIT(arena), second = BUF_INIT(arena);

		if (f->type == FIELD_LIST || !field_set_has(&a->given, i))
			continue;
		field_json_value(&first, f, a->rec);
		field_json_value(&second, f, b->rec);
		FUZZ_CHECK(buf_ok(&first) && buf_ok(&second));
		FUZZ_CHECK(field_set_has(&b->given, i));
		FUZZ_CHECK(slice_equal(buf_slice(&first), buf_slice(&second)));
	}
}

static void
check_record(struct arena *arena, const struct field_table *table, enum field_mode mode,
    const struct json *object)
{
	struct reading first, second;
	struct slice *unknown;
	struct json *again;
	size_t n;

	read_record(arena, table, mode, object, &first);
	FUZZ_CHECK(field_json_unknown(arena, table, NULL, object, &unknown, &n) == E_OK);
	if (object->type != JSON_OBJECT)
		return;
	FUZZ_CHECK(n <= object->n);
	FUZZ_CHECK(
	    json_parse(arena, print_record(arena, table, first.rec), &again) == E_OK);
	read_record(arena, table, FIELD_CREATE, again, &second);
	check_same(arena, table, &first, &second);
}

static void
check_value(struct arena *arena, const struct json *j, int depth)
{
	struct slice text;
	int64_t n;
	bool b;

	FUZZ_CHECK(depth <= JSON_DEPTH_MAX);
	if (json_to_int(j, &n))
		FUZZ_CHECK(
		    j->type == JSON_INT || j->type == JSON_REAL || j->type == JSON_TEXT);
	if (json_to_bool(j, &b) && j->type == JSON_BOOL)
		FUZZ_CHECK(b == j->boolean);
	if (json_to_text(j, &text))
		FUZZ_CHECK(slice_is_utf8(text) && slice_find(text, '\0') < 0);
	for (size_t i = 0; i < j->n && j->type == JSON_ARRAY; i++)
		check_value(arena, &j->items[i], depth + 1);
	for (size_t i = 0; i < j->n && j->type == JSON_OBJECT; i++)
		check_value(arena, &j->members[i].value, depth + 1);
}

static struct slice
print(struct arena *arena, const struct json *j)
{
	struct buf text = BUF_INIT(arena);

	json_print(&text, j);
	FUZZ_CHECK(buf_ok(&text));
	return buf_slice(&text);
}

/* A real of 2^63 and more may print as an integer that is refused: such are not safe. */
static void
check_printed(struct arena *arena, const struct json *value)
{
	struct slice text = print(arena, value);
	struct json *again;
	enum err err = json_parse(arena, text, &again);

	FUZZ_CHECK(err == E_OK || (err == E_VALIDATION && !json_is_safe(value)));
	if (err)
		return;
	FUZZ_CHECK(slice_equal(text, print(arena, again)));
	FUZZ_CHECK(json_depth(value) == json_depth(again));
	FUZZ_CHECK(json_is_safe(value) == json_is_safe(again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct slice in = fuzz_slice(data, size);
	const struct field_table *table =
	    model_schema.table[fuzz_pick(&in) % model_schema.n]->fields;
	struct json *value;

	if (json_parse(arena, in, &value) == E_OK) {
		check_value(arena, value, 0);
		check_printed(arena, value);
		check_record(arena, table, FIELD_CREATE, value);
		check_record(arena, table, FIELD_PATCH, value);
	}
	arena_free(arena);
	return 0;
}
