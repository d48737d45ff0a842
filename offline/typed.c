#include "offline/typed.h"

#include "offline/lines.h"
#include "offline/object.h"
#include "offline/symbols.h"

#define GROUP 5
#define LINE_SYMBOLS 25
#define CHECK_SYMBOLS 2
#define CHECK_PRIME 1021
#define LINES_MAX ((OBJECT_BYTES_MAX * 8 / 5 + LINE_SYMBOLS) / LINE_SYMBOLS)
/* A line that is none of ours, however wrong: for typed_is. */
#define LOOKS_MAX (LINE_SYMBOLS + CHECK_SYMBOLS + GROUP)

/* A line as it was read. */
struct typed_line {
	unsigned char value[LINE_SYMBOLS];
	unsigned char n;
	bool seen;
	bool wrong;
};

struct typed_text {
	struct typed_line *line; /* [0] is line 1 */
	size_t n;                /* highest number seen */
};

static unsigned
line_check(size_t number, const unsigned char *value, size_t n)
{
	unsigned check = (unsigned)(number % CHECK_PRIME);

	for (size_t i = 0; i < n; i++)
		check = (check * 32 + value[i]) % CHECK_PRIME;
	return check;
}

static void
put_line(struct buf *b, size_t number, int width, struct slice symbols)
{
	unsigned char value[LINE_SYMBOLS];
	unsigned check;

	buf_printf(b, "%*zu ", width, number);
	for (size_t i = 0; i < symbols.n; i++) {
		value[i] = (unsigned char)base32_value(symbols.p[i]);
		if (i % GROUP == 0)
			buf_char(b, ' ');
		buf_char(b, symbols.p[i]);
	}
	check = line_check(number, value, symbols.n);
	buf_str(b, "  ");
	buf_char(b, base32_symbol(check / 32));
	buf_char(b, base32_symbol(check));
	buf_char(b, '\n');
}

void
typed_put(struct buf *b, struct slice bytes)
{
	struct buf text = { .max = b->max };
	size_t lines, number = 0;
	struct slice rest;
	int width = 1;

	base32_put(&text, bytes);
	rest = buf_slice(&text);
	lines = (rest.n + LINE_SYMBOLS - 1) / LINE_SYMBOLS;
	for (size_t n = lines; n > 9; n /= 10)
		width++;
	for (; rest.n > 0; rest = slice_from(rest, LINE_SYMBOLS))
		put_line(b, ++number, width, slice_head(rest, LINE_SYMBOLS));
	b->failed |= text.failed;
	buf_free(&text);
}

/* The line's number, cut off; letters that look like digits count. False: none. */
static bool
take_number(struct slice *line, size_t *number)
{
	size_t n = 0;

	*number = 0;
	for (; n < line->n && n < 5; n++) {
		int v = base32_value(line->p[n]);

		if (v < 0 || v > 9)
			break;
		*number = *number * 10 + (size_t)v;
	}
	if (n == 0 || n == line->n || (line->p[n] != ' ' && line->p[n] != '\t'))
		return false;
	*line = slice_from(*line, n);
	return true;
}

bool
typed_is(struct slice text)
{
	struct slice line = SLICE_NULL;
	size_t number = 0, symbols = 0;

	while (line_next(&text, &number, &line) && line.n == 0)
		;
	if (!take_number(&line, &number))
		return false;
	for (size_t i = 0; i < line.n; i++)
		symbols += line.p[i] != ' ' && line.p[i] != '\t' && line.p[i] != '-';
	return symbols > CHECK_SYMBOLS && symbols <= LOOKS_MAX &&
	       slice_only(line, " \t-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				"abcdefghijklmnopqrstuvwxyz");
}

/* Symbols of a line and its check into *out. */
static bool
read_symbols(size_t number, struct slice text, struct typed_line *out)
{
	unsigned char value[LINE_SYMBOLS + CHECK_SYMBOLS];
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		int v = base32_value(text.p[i]);

		if (slice_only(slice_of(text.p + i, 1), " \t-"))
			continue;
		if (v < 0 || n == sizeof(value))
			return false;
		value[n++] = (unsigned char)v;
	}
	if (n <= CHECK_SYMBOLS)
		return false;
	n -= CHECK_SYMBOLS;
	memcpy(out->value, value, n);
	out->n = (unsigned char)n;
	return line_check(number, value, n) == value[n] * 32u + value[n + 1];
}

static void
read_line(struct typed_text *t, struct slice text, size_t *last)
{
	struct typed_line line = { .seen = true }, *to;
	size_t number;

	/* Without a number it is most likely the one behind the line before. */
	if (!take_number(&text, &number) || number == 0 || number > LINES_MAX) {
		number = *last < LINES_MAX ? *last + 1 : LINES_MAX;
		line.wrong = true;
	}
	*last = number;
	to = &t->line[number - 1];
	if (!line.wrong)
		line.wrong = !read_symbols(number, text, &line);
	if (to->seen && (to->n != line.n || memcmp(to->value, line.value, line.n) != 0))
		line.wrong = true;
	line.wrong |= to->wrong;
	*to = line;
	if (number > t->n)
		t->n = number;
}

/* Number of the first line that is not as it must be, 0: none. A line that ends too early
 * counts last, since a text behind the end makes one. */
static size_t
first_wrong(const struct typed_text *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (!t->line[i].seen || t->line[i].wrong)
			return i + 1;
	for (size_t i = 0; i + 1 < t->n; i++)
		if (t->line[i].n != LINE_SYMBOLS)
			return i + 1;
	return t->n > 0 ? 0 : 1;
}

static enum err
join(struct arena *arena, const struct typed_text *t, struct slice *bytes)
{
	struct buf text = BUF_INIT(arena);

	for (size_t i = 0; i < t->n; i++)
		for (size_t k = 0; k < t->line[i].n; k++)
			buf_char(&text, base32_symbol(t->line[i].value[k]));
	if (!buf_ok(&text))
		return E_NO_MEMORY;
	return base32_decode(arena, buf_slice(&text), bytes);
}

enum err
typed_decode(struct arena *arena, struct slice text, struct slice *bytes, size_t *line)
{
	struct typed_text t = { .n = 0 };
	struct slice s;
	size_t passed = 0, last = 0;
	enum err err;

	*line = 0;
	t.line = arena_array(arena, LINES_MAX, sizeof(*t.line));
	if (!t.line)
		return E_NO_MEMORY;
	while (line_next(&text, &passed, &s))
		if (s.n > 0)
			read_line(&t, s, &last);
	*line = first_wrong(&t);
	if (*line > 0)
		return E_TYPED_LINE;
	err = join(arena, &t, bytes);
	if (err != E_VALIDATION)
		return err;
	/* Each line is right and the end is not: lines are missing there. */
	*line = t.line[t.n - 1].n == LINE_SYMBOLS ? t.n + 1 : t.n;
	return E_TYPED_LINE;
}
