#include "cli/command.h"

#include "cli/noun.h"
#include "cli/option_field.h"
#include "cli/outfile.h"
#include "cli/pages.h"
#include "cli/rows.h"
#include "cli/value.h"

enum err
command_license_show(struct cli *cli)
{
	struct call call;
	enum err e = noun_get_arg(cli, &noun_license, 0, &call);

	if (e || object_print(cli, call.raw, call.answer, &e))
		return e;
	return license_print(cli, call.answer);
}

/* POST licenses/{id}/{action} with the body, done is set when there is nothing to show.
 */
static enum err
act(struct cli *cli, const char *action, struct body *body, struct call *call, bool *done)
{
	int64_t id;
	enum err e = noun_find(cli, &noun_license, cli_arg(cli, 0), &id);

	if (e)
		return e;
	*call = (struct call){ .method = "POST", .body = body };
	call->path = call_path(cli, noun_license.path, id, action);
	return call->path ? call_change(cli, call, done) : E_NO_MEMORY;
}

static enum err
act_and_say(struct cli *cli, const char *action, struct body *body)
{
	struct call call;
	bool done;
	enum err e = act(cli, action, body, &call, &done);

	return e || done ? e : command_done(cli, &call, cli->verb->done);
}

enum err
command_license_switch(struct cli *cli)
{
	struct body body = BODY_INIT(cli->arena);

	if (cli_has(cli, "whole-set"))
		body_set(&body, "set", body_bool(true));
	return act_and_say(cli, cli->verb->action, &body);
}

enum err
command_license_reset(struct cli *cli)
{
	struct body body = BODY_INIT(cli->arena);

	if (cli_has(cli, "force"))
		body_set(&body, "force", body_bool(true));
	return act_and_say(cli, "reset/", &body);
}

enum err
command_license_feature(struct cli *cli)
{
	struct body body = BODY_INIT(cli->arena);
	struct body feature = BODY_INIT(cli->arena);
	enum err e = option_feature_read(cli, cli_arg(cli, 1), &feature);

	if (e)
		return e;
	if (cli_has(cli, "remove"))
		body_set(&feature, "remove", body_bool(true));
	body_set(&body, "features", body_one(&body, feature.json));
	return act_and_say(cli, "update_features/", &body);
}

enum err
command_license_assign(struct cli *cli)
{
	static const struct option_field seats[] = {
		{ "seats", OPT_SEATS, "max_activations", "allow_unlimited_activations" },
		{ NULL, OPT_TEXT, NULL, NULL },
	};
	struct body body = BODY_INIT(cli->arena);
	enum err e;

	body_set(&body, "email", body_text(cli_arg(cli, 1)));
	e = option_fields_read(cli, seats, NULL, &body);
	return e ? e : act_and_say(cli, "assign_user/", &body);
}

enum err
command_license_unassign(struct cli *cli)
{
	struct body body = BODY_INIT(cli->arena);

	body_set(&body, "email", body_text(cli_arg(cli, 1)));
	return act_and_say(cli, "unassign_user/", &body);
}

enum err
command_license_transfer(struct cli *cli)
{
	struct body body = BODY_INIT(cli->arena);
	int64_t device;
	enum err e;

	if (!cli_has(cli, "to"))
		return problem_set(cli, E_USAGE, "\"license transfer\" wants --to HW");
	e = device_find(cli, cli_option(cli, "from"), cli_arg(cli, 0), &device);
	if (e)
		return e;
	body_set(&body, "from_device", body_int(device));
	body_set(&body, "to_hardware_id", body_text(cli_option(cli, "to")));
	return act_and_say(cli, "transfer/", &body);
}

enum err
command_license_replace_key(struct cli *cli)
{
	struct call call;
	bool done;
	enum err e = act(cli, "replace_key/", NULL, &call, &done);

	if (e || done || object_print(cli, call.raw, call.answer, &e))
		return e;
	label_print(cli, "replaced");
	value_human(&cli->out, json_get(call.answer, "license_key"));
	buf_char(&cli->out, '\n');
	return out_flush(cli);
}

static enum err
write_key(struct cli *cli, const char *path, struct slice key)
{
	struct buf text = BUF_INIT(cli->arena);

	buf_slice_add(&text, key);
	buf_char(&text, '\n');
	return buf_ok(&text) ? outfile_write(cli, path, buf_slice(&text))
	                     : cli_no_memory(cli);
}

enum err
command_license_reveal(struct cli *cli)
{
	const char *path = cli_option(cli, "out");
	struct call call;
	struct slice key;
	bool done;
	enum err e = path ? outfile_check(cli, path) : E_OK;

	if (!e)
		e = act(cli, "reveal_key/", NULL, &call, &done);
	if (e || done)
		return e;
	key = value_text(call.answer, "license_key");
	if (!key.p)
		return problem_set(cli, E_NOT_FOUND, "the license has no key");
	if (path)
		return write_key(cli, path, key);
	if (object_print(cli, call.raw, call.answer, &e))
		return e;
	return write_key(cli, "-", key);
}

enum err
command_license_history(struct cli *cli)
{
	int64_t id;
	char *path;
	enum err e = noun_find(cli, &noun_license, cli_arg(cli, 0), &id);

	if (e)
		return e;
	path = call_path(cli, noun_license.path, id, "history/");
	return path ? pages_print(cli, path, SLICE_NULL, noun_audit.columns)
	            : E_NO_MEMORY;
}
