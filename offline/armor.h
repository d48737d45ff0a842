/*
 * Objects as text files (RFC 7468, strict form; offline-activation.md 4):
 *
 *   -----BEGIN LICET REQUEST-----
 *   base64 in lines of 64
 *   -----END LICET REQUEST-----
 *
 * Reading forgives what mail and editors do to white space: CR LF, blanks around lines,
 * empty lines, lines of other lengths, text before, between and after the objects.
 */
#ifndef LICET_OFFLINE_ARMOR_H
#define LICET_OFFLINE_ARMOR_H

#include "base/buf.h"
#include "offline/object.h"

void
armor_put(struct buf *, enum object_kind, struct slice bytes);
/* The line, as line_next cuts it off, begins an armored object. */
bool
armor_begins(struct slice line);
/*
 * Takes the next object off the front of *text. E_NOT_FOUND: no further one. E_ARMOR: an
 * unknown label, no end, another label at the end, not base64, or too large; *text then
 * stands behind the bad one's first line. *line: lines of the text passed over so far are
 * added, for messages. E_NO_MEMORY.
 */
must_check enum err
armor_take(struct arena *, struct slice *text, size_t *line, enum object_kind *,
    struct slice *bytes);

#endif
