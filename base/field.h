/*
 * One description of a struct that every codec shares: JSON in and out, store bytes,
 * PATCH, command-line columns, documentation. A table has at most FIELD_SET_MAX fields.
 *
 * C types: BOOL bool · INT, INSTANT int64_t · TEXT, BYTES, JSON struct slice ·
 * ENUM int (index into names) · LIST struct list of structs of the sub table ·
 * INTS struct list of int64_t.
 * Null (only with FIELD_NULL): INT and INSTANT FIELD_NONE, ENUM -1, others p == NULL.
 */
#ifndef LICET_BASE_FIELD_H
#define LICET_BASE_FIELD_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#define FIELD_NONE INT64_MIN
#define FIELD_SET_MAX 128
#define FIELD_JSON_DEPTH_MAX 8 /* of a FIELD_JSON value, license-api-v4.md 1.3 */

enum field_type {
	FIELD_BOOL,
	FIELD_INT,
	FIELD_INSTANT, /* microseconds since 1970 UTC; JSON: license-api-v4.md 1.1 */
	FIELD_TEXT,
	FIELD_BYTES, /* JSON: base64url without padding */
	FIELD_ENUM,  /* JSON: the name */
	FIELD_JSON,  /* printed JSON, kept as text; JSON: the value, empty: {} */
	FIELD_LIST,  /* JSON: array of objects */
	FIELD_INTS   /* JSON: array of integers */
};

enum field_flag {
	FIELD_NULL = 1 << 0,      /* may be null */
	FIELD_RO = 1 << 1,        /* never read from JSON */
	FIELD_IMMUTABLE = 1 << 2, /* read from JSON at creation only */
	FIELD_SECRET = 1 << 3,    /* never in JSON, log or audit */
	FIELD_HIDDEN = 1 << 4,    /* stored, not shown in JSON */
	FIELD_REQUIRED = 1 << 5,  /* must be given at creation */
	FIELD_IDENT = 1 << 6,     /* identifier: no control bytes */
	FIELD_POLICY = 1 << 7,    /* P of license-api-v4.md 5.4: copied from the policy */
	FIELD_CUT = 1 << 8,       /* over-long text is cut at a character boundary */
	FIELD_ORIGIN = 1 << 9 /* INSTANT, set once: the record's later ones are stored as
	                         their distance from it */
};

struct names {
	const char *const *name;
	int n;
};

struct list {
	void *p;
	size_t n;
};

struct field_table;

struct field {
	uint16_t tag; /* in store bytes; never reused, 0 = not stored */
	uint8_t type;
	uint32_t flags;
	uint32_t offset;
	const char *name;
	int64_t min, max; /* INT value; TEXT, BYTES, JSON length; LIST, INTS count */
	const struct names *names;
	const struct field_table *sub;
};

struct field_table {
	const char *name; /* "license": object type in audit and documentation */
	size_t size;      /* sizeof the struct */
	const struct field *fields;
	size_t n;
};

#define FIELD(tag, type, strct, member, flags, min, max)                                 \
	{                                                                                \
		(tag), FIELD_##type, (flags), offsetof(struct strct, member), #member,   \
		    (min), (max), NULL, NULL                                             \
	}
#define FIELD_NAMED(tag, type, strct, member, wire, flags, min, max)                     \
	{                                                                                \
		(tag), FIELD_##type, (flags), offsetof(struct strct, member), (wire),    \
		    (min), (max), NULL, NULL                                             \
	}
#define FIELD_OF_ENUM(tag, strct, member, flags, names_)                                 \
	{                                                                                \
		(tag), FIELD_ENUM, (flags), offsetof(struct strct, member), #member, 0,  \
		    0, &(names_), NULL                                                   \
	}
#define FIELD_OF_LIST(tag, strct, member, flags, max, sub_)                              \
	{                                                                                \
		(tag), FIELD_LIST, (flags), offsetof(struct strct, member), #member, 0,  \
		    (max), NULL, &(sub_)                                                 \
	}
#define FIELD_TABLE(name_, strct, fields_)                                               \
	{                                                                                \
		(name_), sizeof(struct strct), (fields_),                                \
		    sizeof(fields_) / sizeof((fields_)[0])                               \
	}

/* Which fields of a table were given (bit = index in the table). */
struct field_set {
	uint64_t bits[FIELD_SET_MAX / 64];
};

static inline void
field_set_add(struct field_set *set, size_t index)
{
	if (index < FIELD_SET_MAX)
		set->bits[index / 64] |= UINT64_C(1) << (index % 64);
}
static inline bool
field_set_has(const struct field_set *set, size_t index)
{
	return index < FIELD_SET_MAX && (set->bits[index / 64] >> (index % 64) & 1);
}
bool
field_set_empty(const struct field_set *);
/* True when the named field is in the set; an unknown name is false. */
bool
field_given(const struct field_table *, const struct field_set *, const char *name);

const struct field *
field_find(const struct field_table *, struct slice name);
/* Same value in both structs; LIST and INTS element by element. */
bool
field_equal(const struct field *, const void *a, const void *b);
/* Copies the members of the set from src to dst (shallow: slices are shared). */
void
field_copy(
    const struct field_table *, const struct field_set *, void *dst, const void *src);
/* Index of the name in an enum's names, -1 when unknown. */
int
names_find(const struct names *, struct slice name);
/* NULL for -1 and values out of range. */
const char *
names_get(const struct names *, int value);

/*
 * Everything wrong with an input at once, for management-api.md 1.5. At most FAULT_MAX
 * are kept, the count goes on. Lives in the arena.
 */
#define FAULT_MAX 100

struct fault {
	const char *field; /* path such as items[0].licenses[1].key */
	enum err code;
	const char *message; /* NULL: the message of the code */
};

struct faults {
	struct arena *arena;
	struct fault *item;
	size_t n, cap;
	size_t total;
};

/* field NULL counts as out of memory; fmt may be NULL. */
void
fault_add(struct faults *, const char *field, enum err code, const char *fmt, ...)
    printf_like(4, 5);
/* The first fault's code, E_OK when there is none. */
enum err
fault_first(const struct faults *);

/* --- store bytes (field_wire.c) -------------------------------------------------- */

struct buf;
/*
 * For each stored field that is not at its zero or null value: a varint of 2 * tag, plus
 * 1 for a number (BOOL, INT, INSTANT, ENUM), then the number as a varint (zigzag, but for
 * BOOL), else length and bytes.
 * `unknown` (may be null) is appended as it is: the tags that field_wire_read did not
 * know.
 */
void
field_wire_write(
    struct buf *, const struct field_table *, const void *rec, struct slice unknown);
/*
 * Fills rec (absent fields: null where FIELD_NULL, else zero; TEXT "" ), copying all
 * bytes into the arena. *unknown gets the tags not in the table. E_DAMAGED, E_NO_MEMORY.
 */
must_check enum err
field_wire_read(struct arena *, const struct field_table *, struct slice bytes, void *rec,
    struct slice *unknown);
/* rec as field_wire_read leaves it for empty bytes. */
void
field_clear(const struct field_table *, void *rec);

/* --- JSON (field_json.c, field_print.c) ------------------------------------------ */

struct json;
enum field_mode {
	FIELD_CREATE, /* REQUIRED must be there; IMMUTABLE allowed */
	FIELD_PATCH   /* IMMUTABLE that would change: E_IMMUTABLE_FIELD */
};

/*
 * Members of the object into rec by license-api-v4.md 1.2 as management-api.md 1.1
 * changes it: null clears FIELD_NULL fields, "" is an empty text. All faults are
 * collected under `path` ("" or "items[0]."). given gets the fields read. Members that
 * the table does not name are left for the caller: see field_json_unknown. JSON values
 * are kept in rec as text printed by json_print. Values point into the arena.
 */
void
field_json_read(struct faults *, const char *path, const struct field_table *,
    enum field_mode, const struct json *object, void *rec, struct field_set *given);
/*
 * Names of the members of object that neither the table nor `also` (NULL-terminated, may
 * be NULL) names, or that are FIELD_RO, SECRET or HIDDEN; n of them into out (arena
 * array).
 */
must_check enum err
field_json_unknown(struct arena *, const struct field_table *, const char *const *also,
    const struct json *object, struct slice **out, size_t *n);
/* One field's value as JSON. */
void
field_json_value(struct buf *, const struct field *, const void *rec);
/* "name":value,… for every shown field, comma-separated, without braces. */
void
field_json_members(struct buf *, const struct field_table *, const void *rec);

#endif
