/* Parts of a form with files (RFC 7578), as browsers and curl -F send it. Pure. */
#ifndef LICET_SERVER_API_MULTIPART_H
#define LICET_SERVER_API_MULTIPART_H

#include "base/slice.h"

#define MULTIPART_BOUNDARY_MAX 70

/* On the way through a body, once. Private. */
struct multipart {
	struct slice rest;
	size_t n;
	char mark[MULTIPART_BOUNDARY_MAX + 4];
};

/* params: what follows the media type, with boundary=. False: none, or no such form. */
must_check bool
multipart_begin(struct multipart *, struct slice params, struct slice body);
/* The content of the next part of this name, inside the body; others are passed over.
 * False: no further one, or the form is not whole. */
must_check bool
multipart_next(struct multipart *, const char *name, struct slice *out);
/* The first one of a whole body. */
must_check bool
multipart_part(
    struct slice params, struct slice body, const char *name, struct slice *out);
/* What was sent as a file: part "file" of a form when the media type says that it is one,
 * else the body. False: a form without it. */
must_check bool
multipart_file(struct slice content_type, struct slice body, struct slice *out);

#endif
