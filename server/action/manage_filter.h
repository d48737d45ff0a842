/* Filters of management lists (management-api.md 1.3): parameters to terms, terms against
 * records. */
#ifndef LICET_SERVER_ACTION_MANAGE_FILTER_H
#define LICET_SERVER_ACTION_MANAGE_FILTER_H

#include "server/action/manage.h"

enum filter_op { OP_EQ, OP_IN, OP_ICONTAINS, OP_GT, OP_GTE, OP_LT, OP_LTE, OP_ISNULL };

struct operand {
	struct slice text;
	int64_t number; /* of references: the id, FIELD_NONE when nothing has that name */
};

struct term {
	const struct filter *filter;
	const struct field *field; /* NULL: get, or find alone */
	enum filter_op op;
	struct operand *value;
	size_t n;
	bool parsed;        /* numbers are filled */
	bool by_ids;        /* find alone decides */
	struct id_list ids; /* sorted, with by_ids */
};

/* NULL when the resource has none of that name. */
const struct filter *
filter_named(const struct resource *, struct slice name);
/* The table's field behind a filter, or NULL. */
const struct field *
filter_field(const struct resource *, const struct filter *);
/* A parameter into a term. Faults: E_UNKNOWN_FILTER, E_VALIDATION. */
must_check enum err
filter_term(struct action_ctx *, const struct resource *, const struct manage_param *,
    struct term *);
must_check enum err
filter_value_of(struct action_ctx *, const struct resource *, const struct filter *,
    const void *rec, struct filter_value *);
/* All terms hold for the record. */
must_check enum err
filter_match(struct action_ctx *, const struct resource *, struct term *, size_t n,
    const void *rec, bool *out);
/* Id of a record by its table's id member. */
int64_t
filter_id(const struct resource *, const void *rec);

#endif
