#include "cli/rows.h"

#include <ctype.h>
#include <stdio.h>

#include "cli/value.h"

#define LABEL_WIDTH 10
#define COLUMN_MAX 48 /* wider cells do not push the others away */

static const struct json none = { .type = JSON_NULL };

static void
pad(struct buf *out, size_t have, size_t want)
{
	for (; have < want; have++)
		buf_char(out, ' ');
}

enum err
out_flush(struct cli *cli)
{
	bool whole = buf_ok(&cli->out);

	if (whole && cli->out.n &&
	    fwrite(cli->out.p, 1, cli->out.n, stdout) != cli->out.n)
		return problem_set(cli, E_IO, "standard output");
	buf_clear(&cli->out);
	return whole ? E_OK : cli_no_memory(cli);
}

enum err
rows_begin(struct rows *r, struct cli *cli, const char *columns)
{
	const char *wanted = cli_option(cli, "columns");
	struct slice rest = slice_str(wanted ? wanted : columns);

	*r = (struct rows){ .cli = cli };
	if (cli->mode == OUT_FIELD)
		rest = slice_str(cli->field);
	while (rest.p && r->n_columns < ROWS_COLUMNS_MAX) {
		struct slice name = slice_trim(slice_cut(&rest, ','));

		if (name.n)
			r->column[r->n_columns++] = name;
	}
	if (r->n_columns == 0 || rest.p)
		return problem_set(
		    cli, E_USAGE, "--columns wants 1 to %d names", ROWS_COLUMNS_MAX);
	return E_OK;
}

static const struct json *
cell(const struct rows *r, const struct json *item, size_t column)
{
	const struct json *v = value_at(item, r->column[column]);

	return v ? v : &none;
}

static enum err
check_columns(struct rows *r, const struct json *item, size_t n)
{
	for (size_t c = 0; c < r->n_columns; c++) {
		size_t i = 0;

		while (i < n && !value_at(&item[i], r->column[c]))
			i++;
		if (i == n)
			return problem_set(r->cli, E_VALIDATION, "no member %.*s",
			    SLICE_ARG(r->column[c]));
	}
	return E_OK;
}

static size_t
cell_width(const struct json *v)
{
	struct buf text = { .arena = NULL };
	size_t width;

	value_human(&text, v);
	width = value_width(buf_slice(&text));
	buf_free(&text);
	return width > COLUMN_MAX ? COLUMN_MAX : width;
}

static void
measure(struct rows *r, const struct json *item, size_t n)
{
	for (size_t c = 0; c < r->n_columns; c++) {
		r->width[c] = value_width(r->column[c]);
		for (size_t i = 0; i < n; i++) {
			size_t width = cell_width(cell(r, &item[i], c));

			if (width > r->width[c])
				r->width[c] = width;
		}
	}
}

static void
print_head(struct rows *r)
{
	struct buf *out = &r->cli->out;

	if (r->cli->color)
		buf_str(out, "\033[1m");
	for (size_t c = 0; c < r->n_columns; c++) {
		for (size_t i = 0; i < r->column[c].n; i++)
			buf_char(out, (char)toupper((unsigned char)r->column[c].p[i]));
		if (c + 1 < r->n_columns)
			pad(out, value_width(r->column[c]), r->width[c] + 2);
	}
	buf_str(out, r->cli->color ? "\033[0m\n" : "\n");
}

static void
print_row(struct rows *r, const struct json *item)
{
	struct buf *out = &r->cli->out;

	for (size_t c = 0; c < r->n_columns; c++) {
		size_t start = out->n;

		value_human(out, cell(r, item, c));
		if (c + 1 == r->n_columns || !buf_ok(out))
			break;
		pad(out, value_width(slice_of(out->p + start, out->n - start)),
		    r->width[c]);
		buf_str(out, "  ");
	}
	buf_char(out, '\n');
}

static void
print_csv_head(struct rows *r)
{
	for (size_t c = 0; c < r->n_columns; c++) {
		struct json name = { .type = JSON_TEXT, .text = r->column[c] };

		buf_str(&r->cli->out, c ? "," : "");
		value_csv(&r->cli->out, &name);
	}
	buf_char(&r->cli->out, '\n');
}

static void
print_csv(struct rows *r, const struct json *item)
{
	for (size_t c = 0; c < r->n_columns; c++) {
		buf_str(&r->cli->out, c ? "," : "");
		value_csv(&r->cli->out, cell(r, item, c));
	}
	buf_char(&r->cli->out, '\n');
}

static enum err
print_field(struct rows *r, const struct json *item)
{
	const struct json *v = value_at(item, slice_str(r->cli->field));

	if (!v)
		return problem_set(r->cli, E_VALIDATION, "no member %s", r->cli->field);
	value_plain(&r->cli->out, v);
	buf_char(&r->cli->out, '\n');
	return E_OK;
}

static enum err
print_one(struct rows *r, const struct json *item)
{
	switch (r->cli->mode) {
	case OUT_JSON:
		buf_str(&r->cli->out, r->n ? ",\n " : "");
		json_print(&r->cli->out, item);
		return E_OK;
	case OUT_FIELD:
		return print_field(r, item);
	case OUT_CSV:
		print_csv(r, item);
		return E_OK;
	default:
		print_row(r, item);
		return E_OK;
	}
}

static enum err
print_first(struct rows *r, const struct json *item, size_t n)
{
	enum output_mode mode = r->cli->mode;
	enum err e = E_OK;

	if (mode == OUT_JSON)
		buf_char(&r->cli->out, '[');
	if ((mode == OUT_TEXT || mode == OUT_CSV) && n)
		e = check_columns(r, item, n);
	if (e)
		return e;
	if (mode == OUT_TEXT && n) {
		measure(r, item, n);
		print_head(r);
	}
	if (mode == OUT_CSV)
		print_csv_head(r);
	return E_OK;
}

enum err
rows_page(struct rows *r, const struct json *item, size_t n)
{
	enum err e = r->n == 0 ? print_first(r, item, n) : E_OK;

	for (size_t i = 0; i < n && !e; i++) {
		e = print_one(r, &item[i]);
		r->n++;
	}
	return e;
}

enum err
rows_end(struct rows *r)
{
	if (r->cli->mode == OUT_JSON)
		buf_str(&r->cli->out, "]\n");
	return out_flush(r->cli);
}

bool
object_print(struct cli *cli, struct slice raw, const struct json *json, enum err *e)
{
	struct rows r = { .cli = cli };

	*e = E_OK;
	if (cli->mode == OUT_JSON) {
		if (raw.n)
			buf_slice_add(&cli->out, raw);
		else
			json_print(&cli->out, json);
		buf_char(&cli->out, '\n');
	} else if (cli->mode == OUT_FIELD) {
		*e = print_field(&r, json);
	} else {
		return false;
	}
	if (!*e)
		*e = out_flush(cli);
	return true;
}

/* Members of members have dotted names; a plain value has its path as name. */
static void
each_member(const struct json *v, struct buf *path,
    void (*fn)(void *, struct slice, const struct json *), void *arg)
{
	size_t n = path->n;

	if (v->type != JSON_OBJECT || (v->n == 0 && n)) {
		fn(arg, buf_slice(path), v);
		return;
	}
	for (size_t i = 0; i < v->n && buf_ok(path); i++) {
		if (n)
			buf_char(path, '.');
		buf_slice_add(path, v->members[i].name);
		each_member(&v->members[i].value, path, fn, arg);
		path->n = n;
	}
}

static void
widen(void *arg, struct slice path, const struct json *v)
{
	size_t *width = arg;

	(void)v;
	if (value_width(path) > *width)
		*width = value_width(path);
}

struct member_print {
	struct buf *out;
	size_t width;
};

static void
print_member(void *arg, struct slice path, const struct json *v)
{
	struct member_print *p = arg;

	value_safe(p->out, path);
	pad(p->out, value_width(path), p->width + 2);
	value_human(p->out, v);
	buf_char(p->out, '\n');
}

void
object_print_members(struct cli *cli, const struct json *json)
{
	struct member_print p = { .out = &cli->out, .width = LABEL_WIDTH - 2 };
	struct buf path = BUF_INIT(cli->arena);

	each_member(json, &path, widen, &p.width);
	buf_clear(&path);
	each_member(json, &path, print_member, &p);
	if (!buf_ok(&path))
		cli->out.failed = true;
}

void
label_print(struct cli *cli, const char *label)
{
	struct slice text = slice_str(label);

	buf_slice_add(&cli->out, text);
	pad(&cli->out, text.n, text.n < LABEL_WIDTH ? LABEL_WIDTH : text.n + 1);
}
