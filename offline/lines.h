/* Text by lines, as mail and editors leave it. */
#ifndef LICET_OFFLINE_LINES_H
#define LICET_OFFLINE_LINES_H

#include "base/slice.h"

/*
 * Cuts the next line off *rest and adds 1 to *number: without its end (LF, CR LF), a byte
 * order mark in front, and blanks on both sides. (A blank is a base45 symbol, but never
 * the last one: the last symbol of three is W at most, of two 5.) False: no further line.
 */
bool
line_next(struct slice *rest, size_t *number, struct slice *line);

#endif
