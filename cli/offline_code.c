#include "cli/offline_code.h"

#include <stdio.h>
#include <string.h>

#include "cli/outfile.h"
#include "cli/rows.h"
#include "cli/value.h"

#define SCALE 8 /* pixels a module */

enum err
offline_codes_put(
    struct cli *cli, struct offline_codes *all, const struct slice *more, size_t n)
{
	size_t size = sizeof(*all->text);

	all->text = arena_grow(cli->arena, all->text, all->n * size, (all->n + n) * size);
	if (!all->text)
		return cli_no_memory(cli);
	memcpy(all->text + all->n, more, n * size);
	all->n += n;
	return E_OK;
}

enum err
offline_codes_add(struct cli *cli, struct offline_codes *all,
    const struct carrier_object *object, size_t bytes)
{
	struct slice *parts;
	size_t n;
	enum err e =
	    carrier_qr_texts(cli->arena, object->kind, object->bytes, bytes, &parts, &n);

	if (e == E_VALIDATION)
		return problem_set(cli, E_OBJECT_TYPE, "a %s is not carried as a QR code",
		    object_info(object->kind)->words);
	if (e)
		return problem_set(cli, e, "it needs more than %d codes of %zu bytes",
		    CARRIER_PARTS_MAX, bytes);
	return offline_codes_put(cli, all, parts, n);
}

static enum err
make(struct cli *cli, const struct offline_codes *all, size_t i, struct qr *qr)
{
	enum err e = qr_make(cli->arena, all->text[i], all->level, qr);

	return e ? problem_set(cli, e,
		       "%zu bytes do not fit into one code; lower --bytes",
		       all->text[i].n)
	         : E_OK;
}

enum err
offline_codes_print(struct cli *cli, const struct offline_codes *all)
{
	for (size_t i = 0; i < all->n; i++) {
		struct qr qr;
		enum err e = make(cli, all, i, &qr);

		if (e)
			return e;
		qr_term(&cli->out, &qr, false);
		if (all->n > 1)
			buf_printf(&cli->out, "%zu of %zu\n", i + 1, all->n);
	}
	return E_OK;
}

/* FILE.png of one, FILE-1.png and so on of several. */
static char *
name_of(struct cli *cli, struct slice path, const struct offline_codes *all, size_t i)
{
	size_t stem = path.n - strlen(".png");

	if (all->n == 1)
		return arena_str(cli->arena, path);
	return arena_printf(cli->arena, "%.*s-%zu%.*s", (int)stem, path.p, i + 1,
	    SLICE_ARG(slice_from(path, stem)));
}

static enum err
draw(struct cli *cli, const struct offline_codes *all, size_t i, bool svg,
    struct buf *picture)
{
	char title[64];
	struct qr qr;
	enum err e = make(cli, all, i, &qr);

	if (e)
		return e;
	snprintf(title, sizeof(title), "QR code %zu of %zu", i + 1, all->n);
	if (svg)
		qr_svg(picture, &qr, slice_str(title));
	else
		qr_png(picture, &qr, SCALE);
	return buf_ok(picture) ? E_OK : cli_no_memory(cli);
}

static enum err
write_code(struct cli *cli, const struct offline_codes *all, size_t i, const char *path,
    const char *label)
{
	struct buf picture = BUF_INIT(cli->arena);
	bool svg = slice_ends(slice_str(path), SLICE(".svg"));
	char *name = name_of(cli, slice_str(path), all, i);
	enum err e = draw(cli, all, i, svg, &picture);

	if (e)
		return e;
	if (!name)
		return cli_no_memory(cli);
	e = outfile_write(cli, name, buf_slice(&picture));
	if (!e && !cli->quiet && cli->mode == OUT_TEXT) {
		if (label)
			label_print(cli, label);
		value_safe(&cli->out, slice_str(name));
		buf_char(&cli->out, '\n');
	}
	return e;
}

enum err
offline_codes_write(
    struct cli *cli, const struct offline_codes *all, const char *path, const char *label)
{
	struct slice name = slice_str(path);
	enum err e = E_OK;

	if (!slice_ends(name, SLICE(".png")) && !slice_ends(name, SLICE(".svg")))
		return problem_set(cli, E_USAGE, "--out wants FILE.png or FILE.svg");
	for (size_t i = 0; !e && i < all->n; i++) {
		char *one = name_of(cli, slice_str(path), all, i);

		e = one ? outfile_check(cli, one) : cli_no_memory(cli);
	}
	for (size_t i = 0; !e && i < all->n; i++)
		e = write_code(cli, all, i, path, label);
	return e;
}
