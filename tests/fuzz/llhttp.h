/* llhttp behind one call: the whole of one request, or why not. */
#ifndef LICET_TESTS_FUZZ_LLHTTP_H
#define LICET_TESTS_FUZZ_LLHTTP_H

#include "base/buf.h"

struct llhttp_view {
	bool done;
	const char *why;
	size_t used;
	bool keep_alive;
	struct buf text; /* "METHOD TARGET\nname:value\n…", values trimmed */
	struct buf body;
};

bool
llhttp_knows(struct slice method);
/* Up to the end of the first request in `in`. */
void
llhttp_read(struct arena *, struct slice in, struct llhttp_view *out);

#endif
