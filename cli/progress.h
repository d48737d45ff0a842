/* Progress of work over two seconds, on standard error (cli.md 1). */
#ifndef LICET_CLI_PROGRESS_H
#define LICET_CLI_PROGRESS_H

#include "base/buf.h"

struct progress {
	int64_t start, last; /* monotonic microseconds */
	bool terminal, quiet, shown;
};

void
progress_start(struct progress *, bool quiet);
/* A bar with rate and rest on a terminal, else a line every 10 s. */
void
progress_show(struct progress *, int64_t done, int64_t total);
/* Takes the bar away, so that rows can be printed. */
void
progress_clear(struct progress *);
/* The text of it. */
void
progress_text(struct buf *, bool terminal, int64_t done, int64_t total, int64_t elapsed);

#endif
