/* What --dry-run shows: the table TYPE ID ACTION FIELD FROM TO. */
#ifndef LICET_CLI_CHANGES_H
#define LICET_CLI_CHANGES_H

#include "cli/call.h"

must_check enum err
changes_print(struct cli *, const struct call *);

#endif
