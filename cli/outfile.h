/* --out FILE and its like: whole or not at all, mode 0600, over nothing without --force.
 */
#ifndef LICET_CLI_OUTFILE_H
#define LICET_CLI_OUTFILE_H

#include "base/file.h"
#include "cli/cli.h"

/* Before anything is changed: could the file be written? path may be "-". */
must_check enum err
outfile_check(struct cli *, const char *path);
must_check enum err
outfile_write(struct cli *, const char *path, struct slice data);

/* The same in parts: outfile_check, outfile_begin, then outfile_add and outfile_end, or
 * outfile_drop when there was a problem. */
struct outfile {
	struct cli *cli;
	const char *path;
	struct file_parts parts;
};
must_check enum err
outfile_begin(struct cli *, const char *path, struct outfile *);
/* Sets no problem. */
must_check enum err
outfile_add(struct outfile *, struct slice);
must_check enum err
outfile_end(struct outfile *);
void
outfile_drop(struct outfile *);

#endif
