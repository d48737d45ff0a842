#include "cli/outfile.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

#define MODE 0600

static bool
is_stdout(const char *path)
{
	return strcmp(path, "-") == 0;
}

enum err
outfile_check(struct cli *cli, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *dir = "/";

	if (is_stdout(path))
		return E_OK;
	if (!*path)
		return problem_set(cli, E_USAGE, "the file's name is empty");
	if (file_exists(path) && !cli_has(cli, "force"))
		return problem_set(cli, E_EXISTS, "%s", path);
	if (!slash)
		dir = ".";
	else if (slash != path)
		dir = arena_str(cli->arena, slice_of(path, (size_t)(slash - path)));
	if (!dir)
		return cli_no_memory(cli);
	return access(dir, W_OK | X_OK) == 0
	           ? E_OK
	           : problem_set(cli, err_from_errno(errno), "%s", path);
}

enum err
outfile_write(struct cli *cli, const char *path, struct slice data)
{
	enum err e;

	if (is_stdout(path)) {
		buf_slice_add(&cli->out, data);
		return out_flush(cli);
	}
	if (cli_has(cli, "force"))
		e = file_write(path, data, MODE);
	else
		e = file_create(path, data, MODE);
	return e ? problem_set(cli, e, "%s", path) : E_OK;
}

enum err
outfile_begin(struct cli *cli, const char *path, struct outfile *out)
{
	enum err e = E_OK;

	*out = (struct outfile){ .cli = cli, .path = path, .parts = { .fd = -1 } };
	if (!is_stdout(path))
		e = file_begin(cli->arena, path, MODE, &out->parts);
	return e ? problem_set(cli, e, "%s", path) : E_OK;
}

enum err
outfile_add(struct outfile *out, struct slice data)
{
	if (!is_stdout(out->path))
		return file_add(&out->parts, data);
	buf_slice_add(&out->cli->out, data);
	return out_flush(out->cli);
}

enum err
outfile_end(struct outfile *out)
{
	struct cli *cli = out->cli;
	enum err e = E_OK;

	if (!is_stdout(out->path))
		e = file_end(&out->parts, cli_has(cli, "force"));
	return e ? problem_set(cli, e, "%s", out->path) : E_OK;
}

void
outfile_drop(struct outfile *out)
{
	if (!is_stdout(out->path))
		file_drop(&out->parts);
}
