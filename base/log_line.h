/* One line of the log: pairs, escaped, logfmt or JSON, never longer than LOG_LINE_MAX. */
#ifndef LICET_BASE_LOG_LINE_H
#define LICET_BASE_LOG_LINE_H

#include <stdarg.h>

#include "base/slice.h"

#define LOG_LINE_MAX 4096 /* PIPE_BUF: one write of a line is not torn */

struct log_line {
	char p[LOG_LINE_MAX];
	size_t n;
	bool json;
};

void
log_line_start(struct log_line *, bool json);
/* A pair that does not fit is left out, a value that does not fit is cut. */
void
log_line_pair(struct log_line *, struct slice key, struct slice value);
void
log_line_number(struct log_line *, struct slice key, struct slice digits);
/*
 * The pairs of "key=%s other=%d": a blank of fmt starts the next pair, so the blanks of a
 * value stay in it. A word without '=' is left out.
 */
void
log_line_args(struct log_line *, const char *fmt, va_list ap);
/* Closes the line with its newline. */
void
log_line_end(struct log_line *);

#endif
