/* Lists over all pages. */
#ifndef LICET_CLI_PAGES_H
#define LICET_CLI_PAGES_H

#include "cli/call.h"

/*
 * Prints all rows of a list with --columns, --sort, --limit and --filter. query: what the
 * command itself asks for; it is not freed.
 */
must_check enum err
pages_print(struct cli *, const char *path, struct slice query, const char *columns);

#endif
