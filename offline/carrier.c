#include "offline/carrier.h"

#include "offline/armor.h"
#include "offline/carrier_parts.h"
#include "offline/lines.h"
#include "offline/symbols.h"
#include "offline/typed.h"

/* The longest text of one object: base32, with room for line ends. */
#define TEXT_MAX (OBJECT_BYTES_MAX * 2)

/* How the bytes of our objects begin: tag 18 and an array of 4, or an array of 3 and a
 * text of 12. */
static bool
is_ours(struct slice bytes)
{
	return slice_starts(bytes, SLICE("\xd2\x84")) ||
	       slice_starts(bytes, SLICE("\x83\x6c"));
}

static bool
starts_fold(struct slice s, struct slice prefix)
{
	return slice_equal_fold(slice_head(s, prefix.n), prefix);
}

/* What is behind "https://HOST/O/" (or http:// of a trial); null: no such link. */
static struct slice
link_data(struct slice line)
{
	ptrdiff_t path;

	if (starts_fold(line, SLICE("https://")))
		line = slice_from(line, 8);
	else if (starts_fold(line, SLICE("http://")))
		line = slice_from(line, 7);
	else
		return SLICE_NULL;
	path = slice_find(line, '/');
	line = path > 0 ? slice_from(line, (size_t)path) : SLICE_NULL;
	return starts_fold(line, SLICE("/o/")) ? slice_from(line, 3) : SLICE_NULL;
}

static enum err
read_link(struct carrier_reader *r, size_t number, struct slice line)
{
	struct carrier_object *item;
	struct slice data = link_data(line), bytes = SLICE_NULL;
	enum err err;

	if (!data.p || map_get(r->seen, line))
		return E_OK;
	err = carrier_add(r, number, &item);
	if (!err)
		err = map_set(r->seen, line, r, NULL);
	if (err)
		return err;
	err = base32_decode(r->arena, data, &bytes);
	if (err == E_VALIDATION)
		err = E_CARRIER;
	return carrier_settle(
	    item, err, OBJECT_SEALED_REQUEST, bytes, "the link is cut off or mistyped");
}

/* A line, if it is one, that was a QR code. */
static enum err
read_qr(struct carrier_reader *r, size_t number, struct slice line)
{
	if (starts_fold(line, SLICE("QR-Code:"))) /* zbarimg without --raw */
		line = slice_from(line, 8);
	if (slice_starts(line, SLICE(CARRIER_QR)))
		return carrier_qr_line(r, number, line);
	return read_link(r, number, line);
}

/* The armored object whose first line is the next one; on success *text moves behind. */
static enum err
read_armor(struct carrier_reader *r, struct slice *text, size_t *line)
{
	struct carrier_object *item;
	enum object_kind said;
	struct slice bytes;
	size_t begin = *line + 1;
	enum err err = carrier_add(r, begin, &item), taken;

	if (err)
		return err;
	taken = armor_take(r->arena, text, line, &said, &bytes);
	return carrier_settle(item, taken, said, bytes,
	    said == OBJECT_MAX ? "no such label is known"
			       : "its text or its END line is damaged");
}

/* All armored objects, QR texts and links. */
static enum err
read_lines(struct carrier_reader *r, struct slice text)
{
	struct slice before = text, line;
	size_t number = 0;
	enum err err = E_OK;

	while (!err && line_next(&text, &number, &line)) {
		if (armor_begins(line)) {
			text = before;
			number--;
			err = read_armor(r, &text, &number);
		} else {
			err = read_qr(r, number, line);
		}
		before = text;
	}
	return err ? err : carrier_join_parts(r);
}

/* One object that is the whole input. */
static enum err
read_one(struct carrier_reader *r, struct slice bytes)
{
	struct carrier_object *item;
	enum err err = carrier_add(r, 0, &item);

	return err ? err : carrier_settle(item, E_OK, OBJECT_MAX, bytes, NULL);
}

static enum err
read_typed(struct carrier_reader *r, struct slice text)
{
	struct carrier_object *item;
	struct slice bytes = SLICE_NULL;
	size_t line;
	enum err err = carrier_add(r, 0, &item);

	if (err)
		return err;
	err = typed_decode(r->arena, text, &bytes, &line);
	err = carrier_settle(item, err, OBJECT_MAX, bytes, NULL);
	item->fault.line = item->err == E_TYPED_LINE ? line : 0;
	return err;
}

/* The lines in one; blanks: with those in them. */
static struct slice
join_lines(struct arena *arena, struct slice text, bool blanks)
{
	struct buf b = BUF_INIT(arena);
	struct slice line;
	size_t number = 0;

	while (line_next(&text, &number, &line))
		for (size_t i = 0; i < line.n; i++)
			if (blanks || (line.p[i] != ' ' && line.p[i] != '\t'))
				buf_char(&b, line.p[i]);
	return buf_ok(&b) ? buf_slice(&b) : SLICE_NULL;
}

/* Symbols alone: which they are shows in what comes out. */
static enum err
read_symbols(struct carrier_reader *r, struct slice text)
{
	static enum err (*const decode[])(
	    struct arena *, struct slice, struct slice *) = { base64_decode,
		base64url_decode, base32_decode, base45_decode };

	for (size_t i = 0; i < ARRAY_LEN(decode); i++) {
		bool blank_counts = decode[i] == base45_decode;
		struct slice symbols = join_lines(r->arena, text, blank_counts), bytes;
		enum err err =
		    symbols.p ? decode[i](r->arena, symbols, &bytes) : E_NO_MEMORY;

		if (err == E_NO_MEMORY)
			return err;
		if (!err && is_ours(bytes))
			return read_one(r, bytes);
	}
	return E_CARRIER;
}

static enum err
read_any(struct carrier_reader *r, struct slice input)
{
	enum err err;

	if (is_ours(input))
		return read_one(r, input);
	err = read_lines(r, input);
	if (err || r->list->n > 0)
		return err;
	if (typed_is(input))
		return read_typed(r, input);
	return input.n <= TEXT_MAX ? read_symbols(r, input) : E_CARRIER;
}

enum err
carrier_read(struct arena *arena, struct slice input, size_t max,
    struct carrier_list *list, struct carrier_fault *fault)
{
	struct carrier_reader r = { .arena = arena, .list = list, .max = max };
	enum err err;

	*list = (struct carrier_list){ NULL, 0 };
	*fault = (struct carrier_fault){ 0, NULL };
	r.seen = map_new();
	if (!r.seen)
		return E_NO_MEMORY;
	err = read_any(&r, input);
	map_free(r.seen);
	if (!err && list->n == 1 && list->item[0].err) {
		err = list->item[0].err;
		*fault = list->item[0].fault;
	}
	return err;
}
