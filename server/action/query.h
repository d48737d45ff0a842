/* Query parameters of management calls that are no lists (management-api.md 1.3). */
#ifndef LICET_SERVER_ACTION_QUERY_H
#define LICET_SERVER_ACTION_QUERY_H

#include "server/action/manage.h"

/* A fault E_UNKNOWN_FILTER for every parameter not in known (ends with NULL). */
void
query_only(struct action_ctx *, const struct manage_req *, const char *const *known);
/* An instant or a date; fallback when absent, a fault when it is none. */
int64_t
query_instant(
    struct action_ctx *, const struct manage_req *, const char *name, int64_t fallback);

struct query_range {
	int64_t fallback, min, max;
};
/* An integer in the range; the fallback when absent or, with a fault, out of it. */
int64_t
query_int(
    struct action_ctx *, const struct manage_req *, const char *name, struct query_range);

/* "items[0].key" and such in the arena; with name "" the path without its last dot. ""
 * when out of memory. */
const char *
query_path(struct action_ctx *, const char *path, const char *name);

#endif
