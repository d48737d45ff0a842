#include "server/http/parse.h"

#include <string.h>

#define SIZE_LINE_MAX 256
#define SIZE_DIGITS_MAX 16
#define TRAILER_MAX 4096

enum { PHASE_SIZE, PHASE_DATA, PHASE_DATA_END, PHASE_TRAILER };

static enum parse_state
refuse(struct parse_chunk *chunk, enum err err)
{
	chunk->err = err;
	return PARSE_REFUSE;
}

/* The line at the start of `in` without its CRLF. */
static enum parse_state
take_line(struct slice in, size_t max, struct parse_chunk *chunk, struct slice *line)
{
	struct slice seen = slice_head(in, max);
	ptrdiff_t end = slice_find(seen, '\n');

	if (end < 0)
		return in.n >= max ? refuse(chunk, E_BAD_REQUEST) : PARSE_MORE;
	if (end == 0 || !seen.p || seen.p[end - 1] != '\r')
		return refuse(chunk, E_BAD_REQUEST);
	*line = slice_head(seen, (size_t)end - 1);
	for (size_t i = 0; i < line->n; i++) {
		unsigned char c = (unsigned char)line->p[i];
		if ((c < ' ' && c != '\t') || c == 0x7f)
			return refuse(chunk, E_BAD_REQUEST);
	}
	return PARSE_DONE;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool
take_token(struct slice *rest)
{
	size_t n = slice_token(*rest);

	*rest = slice_from(*rest, n);
	return n > 0;
}

static bool
take_char(struct slice *rest, char c)
{
	if (rest->n == 0 || rest->p[0] != c)
		return false;
	*rest = slice_from(*rest, 1);
	return true;
}

/* Behind the opening quote: printable ASCII without escapes, and the closing one. */
static bool
take_quoted(struct slice *rest)
{
	size_t n = 0;

	while (n < rest->n && rest->p[n] >= ' ' && rest->p[n] < 0x7f &&
	       rest->p[n] != '"' && rest->p[n] != '\\')
		n++;
	*rest = slice_from(*rest, n);
	return take_char(rest, '"');
}

/* *( ";" token [ "=" ( token / quoted-string ) ] ), without white space. */
static bool
are_extensions(struct slice rest)
{
	while (rest.n > 0) {
		if (!take_char(&rest, ';') || !take_token(&rest))
			return false;
		if (!take_char(&rest, '='))
			continue;
		if (!(take_char(&rest, '"') ? take_quoted(&rest) : take_token(&rest)))
			return false;
	}
	return true;
}

static enum parse_state
read_size(struct slice line, struct parse_chunk *chunk, const struct buf *body)
{
	uint64_t n = 0;
	size_t i = 0;

	for (; i < line.n && hex_value(line.p[i]) >= 0; i++) {
		if (i == SIZE_DIGITS_MAX)
			return refuse(chunk, E_BAD_REQUEST);
		n = n << 4 | (uint64_t)hex_value(line.p[i]);
	}
	if (i == 0 || !are_extensions(slice_from(line, i)))
		return refuse(chunk, E_BAD_REQUEST);
	if (n > SIZE_MAX - body->n || (body->max > 0 && body->n + n > body->max))
		return refuse(chunk, E_PAYLOAD_TOO_LARGE);
	chunk->left = n;
	chunk->phase = n > 0 ? PHASE_DATA : PHASE_TRAILER;
	return PARSE_DONE;
}

static enum parse_state
eat_size(struct slice in, struct parse_chunk *chunk, const struct buf *body)
{
	struct slice line;
	enum parse_state state = take_line(in, SIZE_LINE_MAX, chunk, &line);

	if (state != PARSE_DONE)
		return state;
	chunk->used += line.n + 2;
	return read_size(line, chunk, body);
}

static enum parse_state
eat_data(struct slice in, struct parse_chunk *chunk, struct buf *body)
{
	size_t n = chunk->left < in.n ? (size_t)chunk->left : in.n;

	buf_add(body, in.p, n);
	if (!buf_ok(body))
		return refuse(chunk, E_NO_MEMORY);
	chunk->used += n;
	chunk->left -= n;
	if (chunk->left > 0)
		return PARSE_MORE;
	chunk->phase = PHASE_DATA_END;
	return PARSE_DONE;
}

static enum parse_state
eat_data_end(struct slice in, struct parse_chunk *chunk)
{
	if ((in.n > 0 && in.p[0] != '\r') || (in.n > 1 && in.p[1] != '\n'))
		return refuse(chunk, E_BAD_REQUEST);
	if (in.n < 2)
		return PARSE_MORE;
	chunk->used += 2;
	chunk->phase = PHASE_SIZE;
	return PARSE_DONE;
}

/* A header line that does not bear on framing. */
static bool
is_trailer(struct slice line)
{
	struct slice name = slice_cut(&line, ':'), rest = name;

	return line.p != NULL && take_token(&rest) && rest.n == 0 &&
	       !slice_equal_fold(name, SLICE("Content-Length")) &&
	       !slice_equal_fold(name, SLICE("Transfer-Encoding"));
}

/* In this phase `left` counts the bytes of trailers so far. */
static enum parse_state
eat_trailer(struct slice in, struct parse_chunk *chunk, bool *end)
{
	struct slice line;
	enum parse_state state =
	    take_line(in, TRAILER_MAX - (size_t)chunk->left, chunk, &line);

	if (state != PARSE_DONE)
		return state;
	if (line.n > 0 && !is_trailer(line))
		return refuse(chunk, E_BAD_REQUEST);
	chunk->used += line.n + 2;
	chunk->left += line.n + 2;
	*end = line.n == 0;
	return PARSE_DONE;
}

enum parse_state
parse_chunked(struct slice in, struct parse_chunk *chunk, struct buf *body)
{
	enum parse_state state = PARSE_DONE;
	bool end = false;

	chunk->used = 0;
	chunk->err = E_OK;
	while (state == PARSE_DONE && !end) {
		struct slice rest = slice_from(in, chunk->used);
		if (chunk->phase == PHASE_SIZE)
			state = eat_size(rest, chunk, body);
		else if (chunk->phase == PHASE_DATA)
			state = eat_data(rest, chunk, body);
		else if (chunk->phase == PHASE_DATA_END)
			state = eat_data_end(rest, chunk);
		else
			state = eat_trailer(rest, chunk, &end);
	}
	return state;
}
