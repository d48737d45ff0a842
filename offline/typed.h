/*
 * Objects for people to type (offline-activation.md 4): lines of
 *
 *   NUMBER  5 groups of 5 base32 symbols  2 symbols of check
 *
 * The check of a line is the number that its number and symbols make in base 32, modulo
 * 1021 (a prime), so that any one wrong symbol and any two changed places are found on
 * their own line. The last line may be shorter.
 */
#ifndef LICET_OFFLINE_TYPED_H
#define LICET_OFFLINE_TYPED_H

#include "base/buf.h"

void
typed_put(struct buf *, struct slice bytes);
/* The text looks like such lines, be they right or wrong: the first one that is not empty
 * is a number and at most a few letters and digits more than a line has. */
bool
typed_is(struct slice text);
/*
 * Lines in any order, repeated, blank ones and blanks anywhere but in the number; either
 * case, o for 0, i and l for 1. E_TYPED_LINE: *line is the number of the first line that
 * is missing, doubled with other content, or whose check fails; else of one that ends too
 * early. A line without a number counts as the one behind the line before it.
 * E_NO_MEMORY.
 */
must_check enum err
typed_decode(struct arena *, struct slice text, struct slice *bytes, size_t *line);

#endif
