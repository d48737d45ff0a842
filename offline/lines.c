#include "offline/lines.h"

static const char byte_order_mark[] = "\xef\xbb\xbf";

bool
line_next(struct slice *rest, size_t *number, struct slice *line)
{
	struct slice s;

	if (rest->n == 0)
		return false;
	s = slice_cut(rest, '\n');
	++*number;
	if (s.n > 0 && s.p[s.n - 1] == '\r')
		s.n--;
	if (slice_starts(s, slice_str(byte_order_mark)))
		s = slice_from(s, sizeof(byte_order_mark) - 1);
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = slice_from(s, 1);
	*line = s;
	return true;
}
