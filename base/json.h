/*
 * JSON in: a read-only tree in an arena, made from jansson's (license-api-v4.md 1.2: one
 * value, depth <= 32, no duplicate members). JSON out: writers straight into a buffer
 * that print exactly as license-api-v4.md A.2 says, member order included.
 */
#ifndef LICET_BASE_JSON_H
#define LICET_BASE_JSON_H

#include "base/buf.h"

enum json_type {
	JSON_NULL,
	JSON_BOOL,
	JSON_INT,
	JSON_REAL,
	JSON_TEXT,
	JSON_ARRAY,
	JSON_OBJECT
};

struct json_member;

struct json {
	enum json_type type;
	bool boolean;
	int64_t integer;
	double real;
	struct slice text;           /* TEXT, UTF-8 without NUL */
	struct json *items;          /* ARRAY */
	struct json_member *members; /* OBJECT, in the order of the text */
	size_t n;                    /* items or members */
};

struct json_member {
	struct slice name;
	struct json value;
};

#define JSON_DEPTH_MAX 32

/*
 * E_MISSING_CONTENT: nothing but white space. E_INVALID_JSON. E_VALIDATION: bad UTF-8,
 * NUL, a number that fits neither int64 nor double. E_NO_MEMORY.
 */
must_check enum err
json_parse(struct arena *, struct slice text, struct json **out);
/* NULL when it is no object or has no such member. */
const struct json *
json_get(const struct json *object, const char *name);

/*
 * The reading rules of license-api-v4.md 1.2; false on a value that is not accepted.
 * Integers also come as decimal strings, booleans as 1, 0, "true", "false", "1", "0".
 */
must_check bool
json_to_int(const struct json *, int64_t *out);
must_check bool
json_to_bool(const struct json *, bool *out);
must_check bool
json_to_text(const struct json *, struct slice *out);

/* A.2: array-index names first and ascending, shortest reals, whole reals as integers. */
void
json_print(struct buf *, const struct json *);
/* One text with quotes and escapes; null slice prints "". */
void
json_text(struct buf *, struct slice s);
void
json_print_real(struct buf *, double d); /* LC_NUMERIC must be "C" */
/* True for a name that JavaScript takes for an array index: "0" to "4294967294". */
bool
json_index_name(struct slice name, uint32_t *out);
/* True when every integer that the tree prints is below 2^53 in size (vendor metadata,
 * A.2), so that what is printed can be read again. */
bool
json_is_safe(const struct json *);
/* 0 for a plain value, 1 for [] and {}. */
int
json_depth(const struct json *);

/*
 * Writer for replies: puts commas, nothing else. Depth at most 32.
 *   jw_object(&w); jw_key(&w, "id"); jw_int(&w, 7); jw_end(&w);
 */
struct json_writer {
	struct buf *out;
	uint32_t first;  /* bit per level: next element is the first */
	uint32_t object; /* bit per level: closes with } */
	int depth;
	bool after_key;
};

void
jw_init(struct json_writer *, struct buf *out);
void
jw_object(struct json_writer *);
void
jw_array(struct json_writer *);
void
jw_end(struct json_writer *); /* closes the innermost */
void
jw_key_slice(struct json_writer *, struct slice name);
void
jw_null(struct json_writer *);
void
jw_bool(struct json_writer *, bool v);
void
jw_int(struct json_writer *, int64_t v);
void
jw_text(struct json_writer *, struct slice s); /* a null slice prints null */
void
jw_str(struct json_writer *, const char *s);
void
jw_raw(struct json_writer *, struct slice json); /* printed JSON as it is */
/* Names of the program's own, printed as they are; with a value in the same call.
 * FIELD_NONE prints null. */
void
jw_name(struct json_writer *, struct slice name);
void
jw_name_int(struct json_writer *, struct slice name, int64_t v);
void
jw_name_bool(struct json_writer *, struct slice name, bool v);
void
jw_name_text(struct json_writer *, struct slice name, struct slice v);
void
jw_name_instant(struct json_writer *, struct slice name, int64_t us);

/* The same for names in quotes, whose length the compiler knows. */
static inline void
jw_key(struct json_writer *w, const char *name)
{
	jw_name(w, slice_str(name));
}
static inline void
jw_kint(struct json_writer *w, const char *name, int64_t v)
{
	jw_name_int(w, slice_str(name), v);
}
static inline void
jw_kbool(struct json_writer *w, const char *name, bool v)
{
	jw_name_bool(w, slice_str(name), v);
}
static inline void
jw_ktext(struct json_writer *w, const char *name, struct slice v)
{
	jw_name_text(w, slice_str(name), v);
}
static inline void
jw_kinstant(struct json_writer *w, const char *name, int64_t us)
{
	jw_name_instant(w, slice_str(name), us);
}

#endif
