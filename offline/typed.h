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
/* The text looks like such lines: the first one that is not empty is led by a 1 and its
 * symbols are of the alphabet. */
bool
typed_is(struct slice text);
/*
 * Lines in any order, blank ones and blanks anywhere. E_TYPED_LINE: *line is the number
 * of the first line that is missing, doubled with other content, or whose check fails.
 * E_NO_MEMORY.
 */
must_check enum err
typed_decode(struct arena *, struct slice text, struct slice *bytes, size_t *line);

#endif
