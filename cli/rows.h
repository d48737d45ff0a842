/* Rows of objects on standard output: table, CSV, one member, or a JSON array. */
#ifndef LICET_CLI_ROWS_H
#define LICET_CLI_ROWS_H

#include "cli/cli.h"

#define ROWS_COLUMNS_MAX 32

struct rows {
	struct cli *cli;
	struct slice column[ROWS_COLUMNS_MAX]; /* paths, "customer.email" */
	size_t width[ROWS_COLUMNS_MAX];        /* of the first page */
	size_t n_columns;
	size_t n; /* rows so far */
	bool failed;
};

/* columns: "id,short_code", unless --columns says otherwise. */
must_check enum err
rows_begin(struct rows *, struct cli *, const char *columns);
/* A column that no row has is a fault; one that a single row lacks is empty. */
must_check enum err
rows_page(struct rows *, const struct json *item, size_t n);
must_check enum err
rows_end(struct rows *);

/* One object as --json (raw, when there is some) or --field says; false: it is for
 * people. */
bool
object_print(struct cli *, struct slice raw, const struct json *, enum err *);
/* Every member of it on a line of its own. */
void
object_print_members(struct cli *, const struct json *);
/* "label     " in the first column of the answers for people. */
void
label_print(struct cli *, const char *label);

#endif
