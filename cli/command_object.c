#include "cli/command.h"

#include "cli/noun.h"
#include "cli/option_field.h"
#include "cli/pages.h"
#include "cli/rows.h"
#include "cli/value.h"

enum err
command_list(struct cli *cli)
{
	const struct noun *noun = cli->verb->noun;

	const char *within = noun->within ? cli_option(cli, noun->within) : NULL;
	struct buf query = BUF_INIT(cli->arena);

	if (noun->fixed)
		buf_str(&query, noun->fixed);
	if (within)
		query_add(&query, noun->within, slice_str(within));
	return pages_print(cli, noun->path, buf_slice(&query), noun->columns);
}

enum err
command_show(struct cli *cli)
{
	struct call call;
	enum err e = noun_get_arg(cli, cli->verb->noun, 0, &call);

	if (e || object_print(cli, call.raw, call.answer, &e))
		return e;
	object_print_members(cli, call.answer);
	return out_flush(cli);
}

/* Path of an object that was read. */
static char *
path_of(struct cli *cli, const struct call *object)
{
	return call_path(
	    cli, cli->verb->noun->path, value_int(object->answer, "id", 0), NULL);
}

enum err
command_done(struct cli *cli, const struct call *call, const char *word)
{
	enum err e;

	if (call->answer->type == JSON_OBJECT &&
	    object_print(cli, call->raw, call->answer, &e))
		return e;
	if (cli->quiet)
		return E_OK;
	label_print(cli, word);
	noun_print_name(&cli->out, cli->verb->noun, call->answer);
	buf_char(&cli->out, '\n');
	return out_flush(cli);
}

static enum err
add_body(struct cli *cli, struct body *body)
{
	const struct noun *noun = cli->verb->noun;

	if (noun->fixed)
		(void)body_set_pair(body, noun->fixed);
	for (int i = 0; i < 2 && noun->argument[i] && cli_arg(cli, i); i++)
		body_set(body, noun->argument[i], body_text(cli_arg(cli, i)));
	return option_fields_read(cli, cli->verb->fields, NULL, body);
}

enum err
command_add(struct cli *cli)
{
	struct body body = BODY_INIT(cli->arena);
	struct call call = {
		.method = "POST", .path = cli->verb->noun->path, .body = &body
	};
	bool done = false;
	enum err e = add_body(cli, &body);

	if (!e)
		e = call_change(cli, &call, &done);
	return e || done ? e : command_done(cli, &call, "created");
}

enum err
command_edit(struct cli *cli)
{
	struct body body = BODY_INIT(cli->arena);
	struct call before, call = { .method = "PATCH", .body = &body };
	bool done = false;
	enum err e = noun_get_arg(cli, cli->verb->noun, 0, &before);

	if (!e)
		e = option_fields_read(cli, cli->verb->fields, before.answer, &body);
	if (!e && body.json.n == 0)
		return problem_set(cli, E_USAGE,
		    "nothing to change; any field can be given as --set NAME=VALUE");
	if (e)
		return e;
	call.path = path_of(cli, &before);
	call.if_match = before.etag;
	e = call.path ? call_change(cli, &call, &done) : E_NO_MEMORY;
	return e || done ? e : command_done(cli, &call, "changed");
}

/* The answer is empty, so that the object as it was is named. */
enum err
command_remove(struct cli *cli)
{
	struct call before, call = { .method = "DELETE" };
	bool done = false;
	enum err e = noun_get_arg(cli, cli->verb->noun, 0, &before);

	if (e)
		return e;
	call.path = path_of(cli, &before);
	call.if_match = before.etag;
	e = call.path ? call_change(cli, &call, &done) : E_NO_MEMORY;
	return e || done ? e : command_done(cli, &before, cli->verb->done);
}

enum err
command_act(struct cli *cli)
{
	struct call call = { .method = "POST" };
	int64_t id;
	bool done = false;
	enum err e = noun_find(cli, cli->verb->noun, cli_arg(cli, 0), &id);

	if (e)
		return e;
	call.path = call_path(cli, cli->verb->noun->path, id, cli->verb->action);
	e = call.path ? call_change(cli, &call, &done) : E_NO_MEMORY;
	return e || done ? e : command_done(cli, &call, cli->verb->done);
}
