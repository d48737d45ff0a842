#include "cli/command.h"

#include <stdlib.h>
#include <string.h>

#include "cli/offline.h"
#include "cli/outfile.h"
#include "cli/value.h"
#include "offline/qr.h"

#define BYTES_MAX 1200
#define SCALE 8 /* pixels a module */

/* What the codes hold. */
struct texts {
	struct slice *item;
	size_t n;
	enum qr_level level;
};

static enum err
read_options(struct cli *cli, size_t *bytes, enum qr_level *level)
{
	const char *text = cli_option(cli, "bytes"), *name = cli_option(cli, "level");
	int64_t n = CARRIER_PART_BYTES;
	int found = QR_LEVEL_M;

	if (text && (!slice_to_int(slice_str(text), &n) || n < CARRIER_PART_BYTES_MIN ||
			n > BYTES_MAX))
		return problem_set(cli, E_USAGE, "--bytes wants %d to %d",
		    CARRIER_PART_BYTES_MIN, BYTES_MAX);
	if (name && (found = names_find(&qr_levels, slice_str(name))) < 0)
		return problem_set(cli, E_USAGE, "--level wants L, M, Q or H");
	*bytes = (size_t)n;
	*level = (enum qr_level)found;
	return E_OK;
}

static enum err
add_texts(struct cli *cli, struct texts *all, const struct slice *more, size_t n)
{
	size_t size = sizeof(*all->item);

	all->item = arena_grow(cli->arena, all->item, all->n * size, (all->n + n) * size);
	if (!all->item)
		return cli_no_memory(cli);
	memcpy(all->item + all->n, more, n * size);
	all->n += n;
	return E_OK;
}

static enum err
add_link(struct cli *cli, struct texts *all, const struct carrier_object *object)
{
	struct buf link = BUF_INIT(cli->arena);
	struct slice text;

	if (object->kind != OBJECT_SEALED_REQUEST)
		return problem_set(cli, E_OBJECT_TYPE,
		    "--portal takes sealed requests only: the link is seen by others");
	carrier_portal_link(&link, slice_str(cli_option(cli, "portal")), object->bytes);
	if (!buf_ok(&link))
		return cli_no_memory(cli);
	text = buf_slice(&link);
	return add_texts(cli, all, &text, 1);
}

static enum err
add_object(
    struct cli *cli, struct texts *all, const struct carrier_object *object, size_t bytes)
{
	struct slice *parts;
	size_t n;
	enum err e = object->err;

	if (e)
		return problem_set(cli, e, "%s", cli_arg(cli, 0));
	if (cli_has(cli, "portal"))
		return add_link(cli, all, object);
	e = carrier_qr_texts(cli->arena, object->kind, object->bytes, bytes, &parts, &n);
	if (e == E_VALIDATION)
		return problem_set(cli, E_OBJECT_TYPE, "a %s is not carried as a QR code",
		    object_info(object->kind)->words);
	if (e)
		return problem_set(cli, e, "it needs more than %d codes of %zu bytes",
		    CARRIER_PARTS_MAX, bytes);
	return add_texts(cli, all, parts, n);
}

static enum err
make(struct cli *cli, const struct texts *all, size_t i, struct qr *qr)
{
	enum err e = qr_make(cli->arena, all->item[i], all->level, qr);

	return e ? problem_set(cli, e,
		       "%zu bytes do not fit into one code; lower --bytes",
		       all->item[i].n)
	         : E_OK;
}

static enum err
print_codes(struct cli *cli, const struct texts *all)
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
name_of(struct cli *cli, const char *path, const struct texts *all, size_t i)
{
	size_t stem = strlen(path) - strlen(".png");

	return all->n == 1 ? arena_str(cli->arena, slice_str(path))
	                   : arena_printf(cli->arena, "%.*s-%zu%s", (int)stem, path,
				 i + 1, path + stem);
}

static enum err
draw(struct cli *cli, const struct texts *all, size_t i, bool svg, struct buf *picture)
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
write_code(struct cli *cli, const struct texts *all, size_t i, const char *path)
{
	struct buf picture = BUF_INIT(cli->arena);
	bool svg = slice_ends(slice_str(path), SLICE(".svg"));
	char *name = name_of(cli, path, all, i);
	enum err e = draw(cli, all, i, svg, &picture);

	if (e)
		return e;
	if (!name)
		return cli_no_memory(cli);
	e = outfile_write(cli, name, buf_slice(&picture));
	if (!e && !cli->quiet) {
		value_safe(&cli->out, slice_str(name));
		buf_char(&cli->out, '\n');
	}
	return e;
}

static enum err
write_codes(struct cli *cli, const struct texts *all, const char *path)
{
	struct slice name = slice_str(path);
	enum err e = E_OK;

	if (!slice_ends(name, SLICE(".png")) && !slice_ends(name, SLICE(".svg")))
		return problem_set(cli, E_USAGE, "--out wants FILE.png or FILE.svg");
	for (size_t i = 0; !e && i < all->n; i++) {
		char *one = name_of(cli, path, all, i);

		e = one ? outfile_check(cli, one) : cli_no_memory(cli);
	}
	for (size_t i = 0; !e && i < all->n; i++)
		e = write_code(cli, all, i, path);
	return e;
}

enum err
offline_write_codes(
    struct cli *cli, const struct carrier_object *object, size_t n, const char *path)
{
	struct texts all = { .level = QR_LEVEL_M };
	enum err e = E_OK;

	for (size_t i = 0; !e && i < n; i++)
		e = add_object(cli, &all, &object[i], CARRIER_PART_BYTES);
	return e ? e : write_codes(cli, &all, path);
}

enum err
command_offline_qr(struct cli *cli)
{
	const char *path = cli_option(cli, "out");
	struct texts all = { .n = 0 };
	struct carrier_list list;
	size_t bytes = CARRIER_PART_BYTES;
	enum err e = read_options(cli, &bytes, &all.level);

	if (!e)
		e = offline_read(cli, cli_arg(cli, 0), &list);
	for (size_t i = 0; !e && i < list.n; i++)
		e = add_object(cli, &all, &list.item[i], bytes);
	if (e)
		return e;
	return path ? write_codes(cli, &all, path) : print_codes(cli, &all);
}
