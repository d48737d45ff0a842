#include "cli/server.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"

#define DEFAULT_SOCKET "/var/lib/licet/licetd.sock"
#define CONTEXT_MAX 8192

static const char *
env(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

const char *
context_dir(struct cli *cli)
{
	const char *config = env("XDG_CONFIG_HOME");
	const char *home = env("HOME");

	if (config)
		return arena_printf(cli->arena, "%s/licet/contexts", config);
	return home ? arena_printf(cli->arena, "%s/.config/licet/contexts", home) : NULL;
}

bool
context_name_valid(const char *name)
{
	static const char set[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t n = strlen(name);

	return n >= 1 && n <= 64 && name[0] != '.' && slice_only(slice_str(name), set);
}

const char *
context_in_use(struct cli *cli)
{
	const char *dir = context_dir(cli);
	struct slice text;
	char *path = dir ? arena_printf(cli->arena, "%s/../context", dir) : NULL;
	char *name;

	if (!path || file_read(cli->arena, path, CONTEXT_MAX, &text) != E_OK)
		return NULL;
	name = arena_str(cli->arena, slice_trim(text));
	return name && context_name_valid(name) ? name : NULL;
}

static const char *
text_of(struct cli *cli, const struct json *json, const char *name)
{
	const struct json *v = json_get(json, name);

	return v && v->type == JSON_TEXT ? arena_str(cli->arena, v->text) : NULL;
}

enum err
context_load(struct cli *cli, const char *name, struct server *out)
{
	const char *dir = context_dir(cli);
	struct slice text;
	struct json *json;
	char *path;
	enum err e;

	if (!context_name_valid(name) || !dir)
		return problem_set(cli, E_NOT_FOUND, "no context %s", name);
	path = file_path(cli->arena, dir, name);
	if (!path)
		return cli_no_memory(cli);
	e = file_read_private(cli->arena, path, CONTEXT_MAX, &text);
	if (e == E_NOT_FOUND)
		return problem_set(
		    cli, e, "no context %s; see them with: licet context list", name);
	if (!e)
		e = json_parse(cli->arena, text, &json);
	if (e)
		return problem_set(cli, e, "context file %s", path);
	*out = (struct server){ .socket = text_of(cli, json, "socket"),
		.url = text_of(cli, json, "server"),
		.token = text_of(cli, json, "token"),
		.context = name };
	if (!out->socket == !out->url)
		return problem_set(cli, E_VALIDATION,
		    "context file %s names no server, or two of them", path);
	return E_OK;
}

static bool
is_loopback(const char *host)
{
	size_t n = strcspn(host, ":/");

	if (host[0] == '[')
		return strncmp(host, "[::1]", 5) == 0 &&
		       (!host[5] || strchr(":/", host[5]));
	return (n == 9 && strncmp(host, "localhost", n) == 0) ||
	       (strncmp(host, "127.", 4) == 0 &&
		   slice_only(slice_of(host, n), "0123456789."));
}

enum err
server_check_url(struct cli *cli, const char *url)
{
	if (!slice_is_plain(slice_str(url)) || strpbrk(url, " @?#"))
		return problem_set(cli, E_USAGE, "not the URL of a server: %s", url);
	if (strncmp(url, "https://", 8) == 0 && url[8])
		return E_OK;
	if (strncmp(url, "http://", 7) != 0 || !url[7])
		return problem_set(
		    cli, E_USAGE, "the server's URL begins with https://, not: %s", url);
	if (!is_loopback(url + 7))
		return problem_set(cli, E_USAGE,
		    "%s would show the token on the way; use https://", url);
	return E_OK;
}

/* One of the three, from options or from the environment; more than one is a fault. */
static enum err
pick(struct cli *cli, const char *url, const char *socket, const char *context)
{
	if (!!url + !!socket + !!context > 1)
		return problem_set(cli, E_USAGE,
		    "two servers are named: give one of server, socket and context");
	if (context)
		return context_load(cli, context, &cli->server);
	cli->server = (struct server){ .url = url, .socket = socket };
	return E_OK;
}

static enum err
pick_default(struct cli *cli)
{
	const char *data = env("LICET_DATA");
	const char *name;

	if (data) {
		cli->server.socket = file_path(cli->arena, data, "licetd.sock");
		return cli->server.socket ? E_OK : cli_no_memory(cli);
	}
	name = context_in_use(cli);
	if (name)
		return context_load(cli, name, &cli->server);
	cli->server.socket = DEFAULT_SOCKET;
	return E_OK;
}

static enum err
read_token(struct cli *cli)
{
	const char *path = cli_option(cli, "token-file");
	struct secret *text;
	enum err e;

	if (!path)
		path = env("LICET_TOKEN_FILE");
	if (!path)
		return E_OK;
	e = file_read_secret(path, &text);
	if (e)
		return problem_set(cli, e, "token file %s", path);
	cli->server.token = arena_str(cli->arena, slice_trim(secret_slice(text)));
	secret_free(text);
	return cli->server.token ? E_OK : cli_no_memory(cli);
}

static enum err
check(struct cli *cli)
{
	const struct server *s = &cli->server;
	enum err e = s->url ? server_check_url(cli, s->url) : E_OK;

	if (e)
		return e;
	if (s->url && !s->token)
		return problem_set(cli, E_UNAUTHENTICATED,
		    "a server behind a URL wants a token: --token-file FILE");
	if (s->token &&
	    (!*s->token || !slice_is_plain(slice_str(s->token)) || strchr(s->token, ' ')))
		return problem_set(
		    cli, E_UNAUTHENTICATED, "the token file holds no token");
	return E_OK;
}

enum err
server_find(struct cli *cli)
{
	enum err e;

	if (cli->server.found)
		return E_OK;
	e = pick(cli, cli_option(cli, "server"), cli_option(cli, "socket"),
	    cli_option(cli, "context"));
	if (!e && !cli->server.url && !cli->server.socket)
		e = pick(
		    cli, env("LICET_SERVER"), env("LICET_SOCKET"), env("LICET_CONTEXT"));
	if (!e && !cli->server.url && !cli->server.socket)
		e = pick_default(cli);
	if (!e)
		e = read_token(cli);
	if (!e)
		e = check(cli);
	cli->server.found = e == E_OK;
	return e;
}
