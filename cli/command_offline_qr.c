#include "cli/command.h"

#include "cli/offline.h"
#include "cli/offline_code.h"

#define BYTES_MAX 1200

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
add_link(struct cli *cli, struct offline_codes *all, const struct carrier_object *object)
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
	return offline_codes_put(cli, all, &text, 1);
}

static enum err
add_object(struct cli *cli, struct offline_codes *all,
    const struct carrier_object *object, size_t bytes)
{
	if (object->err)
		return problem_set(cli, object->err, "%s", cli_arg(cli, 0));
	return cli_has(cli, "portal") ? add_link(cli, all, object)
	                              : offline_codes_add(cli, all, object, bytes);
}

enum err
command_offline_qr(struct cli *cli)
{
	const char *path = cli_option(cli, "out");
	struct offline_codes all = { .n = 0 };
	struct carrier_list list;
	size_t bytes = CARRIER_PART_BYTES;
	enum err e = read_options(cli, &bytes, &all.level);

	if (!e)
		e = offline_read(cli, cli_arg(cli, 0), &list);
	for (size_t i = 0; !e && i < list.n; i++)
		e = add_object(cli, &all, &list.item[i], bytes);
	if (e)
		return e;
	return path ? offline_codes_write(cli, &all, path, NULL)
	            : offline_codes_print(cli, &all);
}
