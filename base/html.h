/* Text in HTML and SVG. Nothing that is not a literal of ours gets there otherwise. */
#ifndef LICET_BASE_HTML_H
#define LICET_BASE_HTML_H

#include "base/buf.h"

/* & < > " ' as references, so that it may stand between tags and in quoted attributes. */
void
html_text(struct buf *, struct slice);
/* The shape, each {} in it replaced by the next value, escaped. Too many or too few
 * values are a failure that sticks to the buffer. */
void
html_fill(struct buf *, const char *shape, const struct slice *value, size_t n);
/* HTML(b, "<p class=\"{}\">{}</p>", SLICE("note"), text) */
#define HTML(b, shape, ...)                                                              \
	html_fill(b, shape, (const struct slice[]){ __VA_ARGS__ },                       \
	    sizeof((const struct slice[]){ __VA_ARGS__ }) / sizeof(struct slice))

#endif
