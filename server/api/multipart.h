/* One part of a form with files (RFC 7578), as browsers and curl -F send it. Pure. */
#ifndef LICET_SERVER_API_MULTIPART_H
#define LICET_SERVER_API_MULTIPART_H

#include "base/slice.h"

/*
 * The content of the first part of this name, inside the body. params: what follows the
 * media type, with boundary=. False: no such part, or the form is not whole.
 */
must_check bool
multipart_part(
    struct slice params, struct slice body, const char *name, struct slice *out);
/* The one behind `at` others of this name: a choice of several files. */
must_check bool
multipart_part_at(struct slice params, struct slice body, const char *name, size_t at,
    struct slice *out);
/* What was sent as a file: part "file" of a form when the media type says that it is one,
 * else the body. False: a form without it. */
must_check bool
multipart_file(struct slice content_type, struct slice body, struct slice *out);

#endif
