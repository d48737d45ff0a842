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
	if (slice_starts(s, slice_str(byte_order_mark)))
		s = slice_from(s, sizeof(byte_order_mark) - 1);
	*line = slice_trim(s);
	return true;
}
