#include "base/html.h"

static const char *
reference(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void
html_text(struct buf *b, struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		const char *escaped = reference(text.p[i]);

		if (escaped)
			buf_str(b, escaped);
		else
			buf_char(b, text.p[i]);
	}
}

void
html_fill(struct buf *b, const char *shape, const struct slice *value, size_t n)
{
	struct slice rest = slice_of(shape, strlen(shape));
	size_t filled = 0;
	ptrdiff_t at;

	for (; (at = slice_search(rest, SLICE("{}"))) >= 0 && filled < n; filled++) {
		buf_add(b, rest.p, (size_t)at);
		html_text(b, value[filled]);
		rest = slice_from(rest, (size_t)at + 2);
	}
	buf_slice_add(b, rest);
	b->failed = b->failed || at >= 0 || filled < n;
}
