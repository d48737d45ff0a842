#include "cli/command.h"

#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "cli/key_sign.h"
#include "cli/noun.h"
#include "cli/option_field.h"
#include "cli/outfile.h"
#include "cli/value.h"

#define KEY_FILE_MAX 4096

/* A secret that is shown once must have a place to go to before it is made. */
static enum err
check_out(struct cli *cli, const char **path)
{
	*path = cli_option(cli, "out");
	if (!*path)
		return problem_set(
		    cli, E_USAGE, "\"%s\" wants --out FILE", cli->usage->command->name);
	return outfile_check(cli, *path);
}

static enum err
add(struct cli *cli, struct call *call, bool *done)
{
	struct body body = BODY_INIT(cli->arena);
	enum err e;

	body_set(&body, "name", body_text(cli_arg(cli, 0)));
	e = option_fields_read(cli, cli->verb->fields, NULL, &body);
	*call = (struct call){
		.method = "POST", .path = cli->verb->noun->path, .body = &body
	};
	if (!e)
		e = call_change(cli, call, done);
	call->body = NULL;
	return e;
}

/* The file first: were it to fail after the answer is printed, nobody would know. */
static enum err
finish(struct cli *cli, const struct call *call, const char *path, const struct buf *text,
    bool whole)
{
	enum err e;

	if (!whole)
		return problem_set(cli, E_IO,
		    "the connection was lost and the secret with it; revoke id %lld and "
		    "make another",
		    (long long)value_int(call->answer, "id", 0));
	if (!buf_ok(text))
		return cli_no_memory(cli);
	e = outfile_write(cli, path, buf_slice(text));
	if (e || strcmp(path, "-") == 0)
		return e;
	return command_done(cli, call, "created");
}

enum err
command_key_add(struct cli *cli)
{
	struct buf text = BUF_INIT(cli->arena);
	struct slice api_key, shared_key;
	struct call call;
	const char *path;
	bool done = false;
	enum err e = check_out(cli, &path);

	if (!e)
		e = add(cli, &call, &done);
	if (e || done)
		return e;
	api_key = value_text(call.answer, "api_key");
	shared_key = value_text(call.answer, "shared_key");
	buf_printf(&text, "API_KEY=%.*s\nSHARED_KEY=%.*s\n", SLICE_ARG(api_key),
	    SLICE_ARG(shared_key));
	return finish(cli, &call, path, &text, api_key.n && shared_key.n);
}

enum err
command_token_add(struct cli *cli)
{
	struct buf text = BUF_INIT(cli->arena);
	struct slice token;
	struct call call;
	const char *path;
	bool done = false;
	enum err e = check_out(cli, &path);

	if (!e)
		e = add(cli, &call, &done);
	if (e || done)
		return e;
	token = value_text(call.answer, "token");
	buf_printf(&text, "%.*s\n", SLICE_ARG(token));
	return finish(cli, &call, path, &text, token.n > 0);
}

static enum err
read_key_file(struct cli *cli, const char *path, struct slice *out)
{
	enum err e = strcmp(path, "-") == 0
	                 ? file_read(cli->arena, path, KEY_FILE_MAX, out)
	                 : file_read_private(cli->arena, path, KEY_FILE_MAX, out);

	return e ? problem_set(cli, e, "key file %s", path) : E_OK;
}

enum err
command_key_sign(struct cli *cli)
{
	char date[CLOCK_HTTP_LEN + 1];
	struct slice file, api_key, shared_key;
	enum err e = read_key_file(cli, cli_arg(cli, 0), &file);

	if (e)
		return e;
	api_key = key_line(file, "API_KEY");
	shared_key = key_line(file, "SHARED_KEY");
	if (!api_key.n || !shared_key.n)
		return problem_set(cli, E_VALIDATION,
		    "%s has no lines API_KEY=… and SHARED_KEY=…", cli_arg(cli, 0));
	clock_http(clock_now(), date);
	key_sign(&cli->out, api_key, shared_key, slice_str(date));
	return out_flush(cli);
}
