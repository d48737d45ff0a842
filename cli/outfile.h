/* --out FILE and its like: whole or not at all, mode 0600, over nothing without --force.
 */
#ifndef LICET_CLI_OUTFILE_H
#define LICET_CLI_OUTFILE_H

#include "cli/cli.h"

/* Before anything is changed: could the file be written? path may be "-". */
must_check enum err
outfile_check(struct cli *, const char *path);
must_check enum err
outfile_write(struct cli *, const char *path, struct slice data);

#endif
