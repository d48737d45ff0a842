#include "offline/armor.h"

#include "offline/lines.h"

#define COLUMNS 64
#define BASE64_MAX ((OBJECT_BYTES_MAX + 2) / 3 * 4)

static const char begin[] = "-----BEGIN LICET ";
static const char end[] = "-----END LICET ";
static const char dashes[] = "-----";

void
armor_put(struct buf *b, enum object_kind kind, struct slice bytes)
{
	struct buf text = { .max = b->max };
	const char *label = object_info(kind)->label;

	buf_base64(&text, bytes.p, bytes.n);
	buf_printf(b, "%s%s%s\n", begin, label, dashes);
	for (struct slice s = buf_slice(&text); s.n > 0; s = slice_from(s, COLUMNS)) {
		buf_slice_add(b, slice_head(s, COLUMNS));
		buf_char(b, '\n');
	}
	buf_printf(b, "%s%s%s\n", end, label, dashes);
	b->failed |= text.failed;
	buf_free(&text);
}

bool
armor_begins(struct slice line)
{
	return slice_starts(line, slice_str(begin));
}

/* Moves *text behind the next line that begins an object. */
static bool
find_begin(struct slice *text, size_t *number, struct slice *line)
{
	while (line_next(text, number, line))
		if (armor_begins(*line))
			return true;
	return false;
}

/* What stands between `head` and the dashes at the line's end; null: the line has
 * another form. */
static struct slice
label_of(struct slice line, const char *head)
{
	size_t n = strlen(head);

	if (!slice_starts(line, slice_str(head)) ||
	    !slice_ends(line, slice_str(dashes)) || line.n < n + sizeof(dashes) - 1)
		return SLICE_NULL;
	return slice_of(line.p + n, line.n - n - (sizeof(dashes) - 1));
}

/* Base64 up to the end line of the label, without blanks. */
static enum err
take_body(struct slice *text, size_t *number, struct slice label, struct buf *body)
{
	struct slice line;

	while (line_next(text, number, &line)) {
		if (slice_starts(line, slice_str(dashes)))
			return label.n > 0 && slice_equal(label_of(line, end), label)
			           ? E_OK
			           : E_ARMOR;
		buf_slice_add(body, line);
		if (body->n > BASE64_MAX)
			return E_ARMOR;
		if (!buf_ok(body))
			return E_NO_MEMORY;
	}
	return E_ARMOR;
}

enum err
armor_take(struct arena *arena, struct slice *text, size_t *line, enum object_kind *kind,
    struct slice *bytes)
{
	struct buf body = BUF_INIT(arena);
	struct slice begins, label, rest;
	size_t number;
	enum err err;

	*kind = OBJECT_MAX;
	*bytes = SLICE_NULL;
	if (!find_begin(text, line, &begins))
		return E_NOT_FOUND;
	label = label_of(begins, begin);
	*kind = object_by_label(label);
	if (*kind == OBJECT_MAX)
		return E_ARMOR;
	rest = *text;
	number = *line;
	err = take_body(&rest, &number, label, &body);
	if (!err && body.n == 0)
		err = E_ARMOR;
	if (!err)
		err = base64_decode(arena, buf_slice(&body), bytes);
	if (!err) {
		*text = rest;
		*line = number;
	}
	return err == E_VALIDATION ? E_ARMOR : err;
}
