#include "cli/command.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/body.h"
#include "cli/rows.h"
#include "cli/server.h"
#include "cli/value.h"

#define NAMES_MAX 1000

static const char *
make_dir(struct cli *cli)
{
	const char *dir = context_dir(cli);
	char *path;

	if (!dir || !(path = arena_str(cli->arena, slice_str(dir))))
		return NULL;
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		enum err e = E_OK;

		*slash = '\0';
		if (!file_exists(path))
			e = file_make_dir(path, 0700);
		*slash = '/';
		if (e)
			return NULL;
	}
	return file_exists(path) || file_make_dir(path, 0700) == E_OK ? path : NULL;
}

static char *
path_of(struct cli *cli, const char *name)
{
	const char *dir = context_dir(cli);

	return dir && context_name_valid(name) ? file_path(cli->arena, dir, name) : NULL;
}

static enum err
read_token(struct cli *cli, struct body *body)
{
	const char *path = cli_option(cli, "token-file");
	struct secret *secret;
	char *token;
	enum err e;

	if (!path)
		return cli_has(cli, "server")
		           ? problem_set(cli, E_USAGE,
				 "a server behind a URL wants --token-file FILE")
		           : E_OK;
	e = file_read_secret(path, &secret);
	if (e)
		return problem_set(cli, e, "token file %s", path);
	token = arena_str(cli->arena, slice_trim(secret_slice(secret)));
	secret_free(secret);
	if (!token)
		return cli_no_memory(cli);
	body_set(body, "token", body_text(token));
	return E_OK;
}

static enum err
make_context(struct cli *cli, struct body *body)
{
	const char *url = cli_option(cli, "server");
	const char *socket = cli_option(cli, "socket");
	enum err e;

	if (!url == !socket)
		return problem_set(
		    cli, E_USAGE, "\"context add\" wants --server URL or --socket PATH");
	e = url ? server_check_url(cli, url) : E_OK;
	if (e)
		return e;
	if (url)
		body_set(body, "server", body_text(url));
	else
		body_set(body, "socket", body_text(socket));
	return read_token(cli, body);
}

enum err
command_context_add(struct cli *cli)
{
	const char *name = cli_arg(cli, 0);
	struct body body = BODY_INIT(cli->arena);
	struct buf text = BUF_INIT(cli->arena);
	const char *dir;
	char *path;
	enum err e;

	if (!context_name_valid(name))
		return problem_set(cli, E_VALIDATION,
		    "a context's name has 1 to 64 of A-Z a-z 0-9 . _ -, not: %s", name);
	e = make_context(cli, &body);
	if (e)
		return e;
	json_print(&text, &body.json);
	buf_char(&text, '\n');
	if (body.failed || !buf_ok(&text))
		return cli_no_memory(cli);
	dir = make_dir(cli);
	if (!dir)
		return problem_set(cli, E_IO, "the directory of contexts");
	path = file_path(cli->arena, dir, name);
	if (!path)
		return cli_no_memory(cli);
	e = cli_has(cli, "force") ? file_write(path, buf_slice(&text), 0600)
	                          : file_create(path, buf_slice(&text), 0600);
	return e ? problem_set(cli, e, "context %s", name) : E_OK;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum err
read_names(struct cli *cli, char **name, size_t *n)
{
	const char *path = context_dir(cli);
	DIR *dir = path ? opendir(path) : NULL;
	struct dirent *entry;

	*n = 0;
	if (!dir)
		return E_OK;
	while (*n < NAMES_MAX && (entry = readdir(dir)) != NULL)
		if (context_name_valid(entry->d_name))
			name[(*n)++] = arena_str(cli->arena, slice_str(entry->d_name));
	closedir(dir);
	if (*n && !name[*n - 1])
		return cli_no_memory(cli);
	qsort(name, *n, sizeof(*name), compare);
	return E_OK;
}

static struct json
context_json(struct cli *cli, const char *name, const struct server *s)
{
	struct body row = BODY_INIT(cli->arena);
	const char *used = context_in_use(cli);
	static const struct json none = { .type = JSON_NULL };

	body_set(&row, "name", body_text(name));
	body_set(&row, "server", s->url ? body_text(s->url) : none);
	body_set(&row, "socket", s->socket ? body_text(s->socket) : none);
	body_set(&row, "token", body_bool(s->token != NULL));
	body_set(&row, "in_use", body_bool(used && slice_is(slice_str(name), used)));
	return row.json;
}

enum err
command_context_list(struct cli *cli)
{
	char **name = arena_array(cli->arena, NAMES_MAX, sizeof(*name));
	struct json *row = arena_array(cli->arena, NAMES_MAX, sizeof(*row));
	struct rows rows;
	size_t n;
	enum err e = rows_begin(&rows, cli, "name,server,socket,in_use");

	if (!name || !row)
		return cli_no_memory(cli);
	if (!e)
		e = read_names(cli, name, &n);
	for (size_t i = 0; !e && i < n; i++) {
		struct server s;

		e = context_load(cli, name[i], &s);
		if (!e)
			row[i] = context_json(cli, name[i], &s);
	}
	if (!e)
		e = rows_page(&rows, row, n);
	return e ? e : rows_end(&rows);
}

enum err
command_context_show(struct cli *cli)
{
	const char *name = cli_arg(cli, 0) ? cli_arg(cli, 0) : context_in_use(cli);
	struct server s;
	struct json json;
	enum err e;

	if (!name)
		return problem_set(cli, E_NOT_FOUND, "no context is in use");
	e = context_load(cli, name, &s);
	if (e)
		return e;
	json = context_json(cli, name, &s);
	if (object_print(cli, SLICE_NULL, &json, &e))
		return e;
	object_print_members(cli, &json);
	return out_flush(cli);
}

enum err
command_context_use(struct cli *cli)
{
	struct server s;
	char *path;
	enum err e = context_load(cli, cli_arg(cli, 0), &s);

	if (e)
		return e;
	path = arena_printf(cli->arena, "%s/../context", context_dir(cli));
	if (!path)
		return cli_no_memory(cli);
	e = file_write(path, slice_str(cli_arg(cli, 0)), 0600);
	return e ? problem_set(cli, e, "%s", path) : E_OK;
}

enum err
command_context_remove(struct cli *cli)
{
	const char *used = context_in_use(cli);
	const char *path = path_of(cli, cli_arg(cli, 0));
	char *pointer;

	if (!path || unlink(path) != 0)
		return problem_set(cli, path ? err_from_errno(errno) : E_NOT_FOUND,
		    "no context %s", cli_arg(cli, 0));
	if (!used || strcmp(used, cli_arg(cli, 0)) != 0)
		return E_OK;
	pointer = arena_printf(cli->arena, "%s/../context", context_dir(cli));
	if (!pointer || (unlink(pointer) != 0 && errno != ENOENT))
		return problem_set(cli, E_IO, "the mark of the context in use");
	return E_OK;
}
