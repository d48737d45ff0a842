#include "server/api/multipart.h"

#include <string.h>

/* The value of a parameter "name=value" or name="value" in a list by semicolons. */
static struct slice
param(struct slice list, const char *name)
{
	while (list.p) {
		struct slice value = slice_cut(&list, ';');
		struct slice key = slice_trim(slice_cut(&value, '='));

		value = slice_trim(value);
		if (!value.p || !slice_equal_fold(key, slice_str(name)))
			continue;
		if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
			value = slice_of(value.p + 1, value.n - 2);
		return value;
	}
	return SLICE_NULL;
}

/* The header lines of a part say that it has this name. */
static bool
has_name(struct slice head, const char *name)
{
	while (head.p) {
		struct slice line = slice_cut(&head, '\n');
		struct slice key = slice_trim(slice_cut(&line, ':'));

		if (line.p && slice_equal_fold(key, SLICE("Content-Disposition")))
			return slice_is(param(line, "name"), name);
	}
	return false;
}

/* Takes what stands before the mark off *rest, which then begins behind it. */
static bool
take_until(struct slice *rest, struct slice mark, struct slice *before)
{
	ptrdiff_t at = slice_search(*rest, mark);

	if (at < 0)
		return false;
	*before = slice_head(*rest, (size_t)at);
	*rest = slice_from(*rest, (size_t)at + mark.n);
	return true;
}

bool
multipart_begin(struct multipart *m, struct slice params, struct slice body)
{
	struct slice boundary = param(params, "boundary"), before, mark;

	if (boundary.n == 0 || boundary.n > MULTIPART_BOUNDARY_MAX)
		return false;
	memcpy(m->mark, "\r\n--", 4);
	memcpy(m->mark + 4, boundary.p, boundary.n);
	m->n = boundary.n + 4;
	m->rest = body;
	mark = slice_of(m->mark, m->n);
	/* The first boundary may stand at the very beginning. */
	if (!slice_starts(body, slice_from(mark, 2)))
		return take_until(&m->rest, mark, &before);
	m->rest = slice_from(body, mark.n - 2);
	return true;
}

bool
multipart_next(struct multipart *m, const char *name, struct slice *out)
{
	struct slice head, content;

	while (!slice_starts(m->rest, SLICE("--"))) {
		if (!take_until(&m->rest, SLICE("\r\n\r\n"), &head) ||
		    !take_until(&m->rest, slice_of(m->mark, m->n), &content))
			return false;
		if (has_name(head, name)) {
			*out = content;
			return true;
		}
	}
	return false;
}

bool
multipart_part(
    struct slice params, struct slice body, const char *name, struct slice *out)
{
	struct multipart m;

	return multipart_begin(&m, params, body) && multipart_next(&m, name, out);
}

bool
multipart_file(struct slice content_type, struct slice body, struct slice *out)
{
	struct slice media = slice_trim(slice_cut(&content_type, ';'));

	*out = body;
	return !slice_equal_fold(media, SLICE("multipart/form-data")) ||
	       multipart_part(content_type, body, "file", out);
}
