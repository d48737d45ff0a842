/* Values as people and scripts see them. */
#ifndef LICET_CLI_VALUE_H
#define LICET_CLI_VALUE_H

#include "base/json.h"

/* Control bytes (C0, DEL, and C1 in UTF-8) as \xNN: data never steers the terminal. */
void
value_safe(struct buf *, struct slice text);
/* For people: "-" for null, yes/no, instants as "2026-03-01 12:00 UTC", lists by comma.
 */
void
value_human(struct buf *, const struct json *);
/* For scripts: text without quotes, nothing for null, objects and arrays as JSON. */
void
value_plain(struct buf *, const struct json *);
/* A CSV cell (RFC 4180); a text that a spreadsheet would run gets a leading '. */
void
value_csv(struct buf *, const struct json *);
/* Characters that a terminal shows, good enough for columns. */
size_t
value_width(struct slice text);

/*
 * The member under "a.b"; a number in the path picks from an array. NULL: there is none.
 * Behind a null everything is null.
 */
const struct json *
value_at(const struct json *, struct slice path);
/* Member as text, integer, or fallback. */
struct slice
value_text(const struct json *object, const char *path);
int64_t
value_int(const struct json *object, const char *path, int64_t fallback);
bool
value_true(const struct json *object, const char *path);
/* Number of elements, 0 when it is no array. */
size_t
value_count(const struct json *object, const char *path);

#endif
