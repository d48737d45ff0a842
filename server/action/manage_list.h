/* Inside of the list actions: what is asked, what matches, and the page printed. */
#ifndef LICET_SERVER_ACTION_MANAGE_LIST_H
#define LICET_SERVER_ACTION_MANAGE_LIST_H

#include "server/action/manage_filter.h"

#define LIST_READS_MAX 100000
#define LIST_OFFSET_MAX 100000
#define LIST_LIMIT 20
#define LIST_LIMIT_MAX 100

/* One match: its id and what it is ordered by. */
struct hit {
	int64_t id;
	bool null;
	int64_t number;
	struct slice text;
};

struct listing {
	struct action_ctx *ctx;
	const struct manage_req *req;
	const struct resource *resource;
	struct term *term;
	size_t n_terms;
	int64_t limit, offset;
	const struct filter *order; /* NULL: by id */
	bool descending;
	/* The walk: under the prefix of an index, or from first to last of bound. */
	int index;
	struct slice prefix;
	const struct filter *bound;
	int64_t first, last;
	bool window; /* it meets all matches in order: no more than the page is kept */
	struct arena *keep; /* outlives the batches of a scan */
	struct hit *hit;
	size_t n, cap;
	int64_t reads;
	void *rec; /* the record at hand */
};

/* The filter is about the id by which the table is kept. */
bool
list_is_primary(const struct listing *, const struct filter *);
/* limit, offset, order_by, filters. Faults as in 1.3. */
must_check enum err
list_parse(struct listing *, const struct manage_param *fixed, size_t n_fixed);
/* All matches, in order. E_QUERY_TOO_BROAD. */
must_check enum err
list_collect(struct listing *);
/* All matches of a window. */
must_check enum err
list_count(struct listing *, int64_t *n);
/* {"count","next","previous","results":[ up to the results. */
void
list_open(struct listing *, struct manage_res *, int64_t count);
must_check enum err
list_close(struct manage_res *);
/* One row by its id, through the resource's load. */
must_check enum err
list_row(struct listing *, struct manage_res *, int64_t id);

#endif
