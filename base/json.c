#include "base/json.h"

/* Some of jansson's constants have the names of ours. */
#define JSON_OBJECT JANSSON_OBJECT
#define JSON_ARRAY JANSSON_ARRAY
#define JSON_REAL JANSSON_REAL
#define JSON_NULL JANSSON_NULL
#include <jansson.h>
#undef JSON_OBJECT
#undef JSON_ARRAY
#undef JSON_REAL
#undef JSON_NULL

#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#define SCRATCH_LEAST 65536
#define SCRATCH_PER_BYTE 128 /* jansson takes 80 for {},{},{} */

static pthread_once_t json_once = PTHREAD_ONCE_INIT;

/* What jansson takes while it reads. */
static _Thread_local struct {
	struct arena *arena;
	jmp_buf full;
} scratch;

/* jansson 2.14 does not notice when it cannot grow a token, and then reads past its end:
 * it never sees a failure. */
static void *
json_alloc(size_t n)
{
	void *p = arena_alloc(scratch.arena, n);

	if (!p)
		longjmp(scratch.full, 1);
	return p;
}

static void
json_free(void *p)
{
	(void)p;
}

static void
json_setup(void)
{
	json_set_alloc_funcs(json_alloc, json_free);
	json_object_seed(0);
}

static enum err
parse_error(const json_error_t *error)
{
	switch (json_error_code(error)) {
	case json_error_out_of_memory:
		return E_NO_MEMORY;
	case json_error_numeric_overflow:
	case json_error_invalid_utf8:
	case json_error_null_character:
	case json_error_null_byte_in_key:
		return E_VALIDATION;
	default:
		return E_INVALID_JSON;
	}
}

static enum err
convert(struct arena *arena, json_t *from, struct json *to, int depth);

static enum err
convert_array(struct arena *arena, const json_t *from, struct json *to, int depth)
{
	enum err e = E_OK;

	to->n = json_array_size(from);
	to->items = arena_array(arena, to->n, sizeof(*to->items));
	if (!to->items)
		return E_NO_MEMORY;
	for (size_t i = 0; i < to->n && !e; i++)
		e = convert(arena, json_array_get(from, i), &to->items[i], depth);
	return e;
}

static enum err
convert_object(struct arena *arena, json_t *from, struct json *to, int depth)
{
	struct json_member *m;
	enum err e = E_OK;

	to->n = json_object_size(from);
	to->members = m = arena_array(arena, to->n, sizeof(*m));
	if (!m)
		return E_NO_MEMORY;
	for (void *it = json_object_iter(from); it && !e;
	     it = json_object_iter_next(from, it), m++) {
		m->name = arena_slice(arena, slice_str(json_object_iter_key(it)));
		if (!m->name.p)
			return E_NO_MEMORY;
		e = convert(arena, json_object_iter_value(it), &m->value, depth);
	}
	return e;
}

static enum err
convert_text(struct arena *arena, const json_t *from, struct json *to)
{
	to->text = arena_slice(
	    arena, slice_of(json_string_value(from), json_string_length(from)));
	return to->text.p ? E_OK : E_NO_MEMORY;
}

static enum err
convert(struct arena *arena, json_t *from, struct json *to, int depth)
{
	switch (json_typeof(from)) {
	case JANSSON_OBJECT:
		to->type = JSON_OBJECT;
		return depth < JSON_DEPTH_MAX ? convert_object(arena, from, to, depth + 1)
		                              : E_INVALID_JSON;
	case JANSSON_ARRAY:
		to->type = JSON_ARRAY;
		return depth < JSON_DEPTH_MAX ? convert_array(arena, from, to, depth + 1)
		                              : E_INVALID_JSON;
	case JSON_STRING:
		to->type = JSON_TEXT;
		return convert_text(arena, from, to);
	case JSON_INTEGER:
		to->type = JSON_INT;
		to->integer = json_integer_value(from);
		return E_OK;
	case JANSSON_REAL:
		to->type = JSON_REAL;
		to->real = json_real_value(from);
		return E_OK;
	case JSON_TRUE:
	case JSON_FALSE:
		to->type = JSON_BOOL;
		to->boolean = json_typeof(from) == JSON_TRUE;
		return E_OK;
	case JANSSON_NULL:
		break;
	}
	to->type = JSON_NULL;
	return E_OK;
}

static enum err
load(struct slice text, json_t **root)
{
	json_error_t error;

	if (setjmp(scratch.full))
		return E_NO_MEMORY;
	*root =
	    json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	return *root ? E_OK : parse_error(&error);
}

static enum err
read_tree(struct arena *arena, struct slice text, struct json *tree)
{
	json_t *root;
	enum err e;

	if (text.n > SIZE_MAX / SCRATCH_PER_BYTE - SCRATCH_LEAST)
		return E_NO_MEMORY;
	scratch.arena = arena_new(SCRATCH_LEAST + text.n * SCRATCH_PER_BYTE);
	if (!scratch.arena)
		return E_NO_MEMORY;
	e = load(text, &root);
	if (!e)
		e = convert(arena, root, tree, 0);
	arena_free(scratch.arena);
	scratch.arena = NULL;
	return e;
}

enum err
json_parse(struct arena *arena, struct slice text, struct json **out)
{
	struct json *tree;
	enum err e;

	*out = NULL;
	if (slice_trim(text).n == 0)
		return E_MISSING_CONTENT;
	pthread_once(&json_once, json_setup);
	tree = arena_alloc(arena, sizeof(*tree));
	if (!tree)
		return E_NO_MEMORY;
	e = read_tree(arena, text, tree);
	if (!e)
		*out = tree;
	return e;
}

const struct json *
json_get(const struct json *object, const char *name)
{
	struct slice want = slice_str(name);

	if (!object || object->type != JSON_OBJECT)
		return NULL;
	for (size_t i = 0; i < object->n; i++)
		if (slice_equal(object->members[i].name, want))
			return &object->members[i].value;
	return NULL;
}

bool
json_to_int(const struct json *j, int64_t *out)
{
	if (j->type == JSON_TEXT)
		return slice_to_int(j->text, out);
	if (j->type != JSON_INT)
		return false;
	*out = j->integer;
	return true;
}

bool
json_to_bool(const struct json *j, bool *out)
{
	switch (j->type) {
	case JSON_BOOL:
		*out = j->boolean;
		return true;
	case JSON_INT:
		*out = j->integer == 1;
		return j->integer == 0 || j->integer == 1;
	case JSON_TEXT:
		*out = slice_is(j->text, "true") || slice_is(j->text, "1");
		return *out || slice_is(j->text, "false") || slice_is(j->text, "0");
	default:
		return false;
	}
}

bool
json_to_text(const struct json *j, struct slice *out)
{
	if (j->type != JSON_TEXT)
		return false;
	*out = j->text;
	return true;
}

/* From 2^53 on a double is whole; below 1e21 it prints without exponent. */
static bool
prints_large_integer(double d)
{
	double size = d < 0 ? -d : d;

	return size >= 9007199254740992.0 && size < 1e21;
}

bool
json_is_safe(const struct json *j)
{
	const int64_t limit = INT64_C(1) << 53;

	if (j->type == JSON_INT)
		return j->integer > -limit && j->integer < limit;
	if (j->type == JSON_REAL)
		return !prints_large_integer(j->real);
	for (size_t i = 0; i < j->n; i++) {
		const struct json *child =
		    j->type == JSON_OBJECT ? &j->members[i].value : &j->items[i];

		if (!json_is_safe(child))
			return false;
	}
	return true;
}

int
json_depth(const struct json *j)
{
	int deepest = 0;

	if (j->type != JSON_ARRAY && j->type != JSON_OBJECT)
		return 0;
	for (size_t i = 0; i < j->n; i++) {
		int d = json_depth(
		    j->type == JSON_OBJECT ? &j->members[i].value : &j->items[i]);

		deepest = d > deepest ? d : deepest;
	}
	return deepest + 1;
}
