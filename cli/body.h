/* A JSON object being built, and the query of a URL. */
#ifndef LICET_CLI_BODY_H
#define LICET_CLI_BODY_H

#include "base/json.h"

struct body {
	struct arena *arena;
	struct json json; /* an object */
	size_t cap;
	bool failed; /* out of memory, sticky */
};

#define BODY_INIT(a) ((struct body){ .arena = (a), .json = { .type = JSON_OBJECT } })

static inline struct json
body_text(const char *s)
{
	return (struct json){ .type = JSON_TEXT, .text = slice_str(s) };
}

static inline struct json
body_slice(struct slice s)
{
	return (struct json){ .type = JSON_TEXT, .text = s };
}

static inline struct json
body_int(int64_t n)
{
	return (struct json){ .type = JSON_INT, .integer = n };
}

static inline struct json
body_bool(bool b)
{
	return (struct json){ .type = JSON_BOOL, .boolean = b };
}

/* Sets or replaces. */
void
body_set(struct body *, const char *name, struct json value);
bool
body_has(const struct body *, const char *name);
/* Array of n nulls to fill; failed when out of memory. */
struct json
body_array(struct body *, size_t n);
/* The array [value]. */
struct json
body_one(struct body *, struct json value);
/* "NAME=VALUE": VALUE as JSON when it is some, else as text. False: there is no '='. */
bool
body_set_pair(struct body *, const char *pair);

/* name=value, percent-encoded, with '&' before all but the first. */
void
query_add(struct buf *, const char *name, struct slice value);
void
query_add_int(struct buf *, const char *name, int64_t value);

#endif
