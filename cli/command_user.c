#include "cli/command.h"

#include "base/secret.h"
#include "base/file.h"
#include "cli/noun.h"
#include "cli/option_field.h"
#include "cli/rows.h"
#include "cli/value.h"

/* A generated password is shown once, here. */
static enum err
print_done(struct cli *cli, const struct call *call, const char *word)
{
	struct slice password = value_text(call->answer, "password");
	enum err e = command_done(cli, call, word);

	if (e || cli->mode != OUT_TEXT || !password.n)
		return e;
	label_print(cli, "password");
	value_safe(&cli->out, password);
	buf_char(&cli->out, '\n');
	return out_flush(cli);
}

enum err
command_user_add(struct cli *cli)
{
	struct body body = BODY_INIT(cli->arena);
	struct call call = { .method = "POST", .path = noun_user.path, .body = &body };
	bool done = false;
	enum err e;

	body_set(&body, "email", body_text(cli_arg(cli, 0)));
	e = option_fields_read(cli, fields_user, NULL, &body);
	if (!e)
		e = call_change(cli, &call, &done);
	return e || done ? e : print_done(cli, &call, "created");
}

static enum err
read_password(struct cli *cli, struct body *body)
{
	const char *path = cli_option(cli, "password-file");
	struct secret *secret;
	char *text;
	enum err e;

	if (!path)
		return E_OK;
	e = file_read_secret(path, &secret);
	if (e)
		return problem_set(cli, e, "password file %s", path);
	text = arena_str(cli->arena, secret_slice(secret));
	secret_free(secret);
	if (!text)
		return cli_no_memory(cli);
	body_set(body, "password", body_text(text));
	return E_OK;
}

enum err
command_user_passwd(struct cli *cli)
{
	struct body body = BODY_INIT(cli->arena);
	struct call call = { .method = "POST", .body = &body };
	int64_t id;
	bool done = false;
	enum err e = noun_find(cli, &noun_user, cli_arg(cli, 0), &id);

	if (!e)
		e = read_password(cli, &body);
	if (e)
		return e;
	if (cli_has(cli, "initial"))
		body_set(&body, "is_initial", body_bool(true));
	call.path = call_path(cli, noun_user.path, id, "set_password/");
	e = call.path ? call_change(cli, &call, &done) : E_NO_MEMORY;
	return e || done ? e : print_done(cli, &call, "changed");
}

enum err
command_customer_merge(struct cli *cli)
{
	struct body body = BODY_INIT(cli->arena);
	struct call call = { .method = "POST", .body = &body };
	int64_t from, into;
	bool done = false;
	enum err e = noun_find(cli, &noun_customer, cli_arg(cli, 0), &from);

	if (!e)
		e = noun_find(cli, &noun_customer, cli_arg(cli, 1), &into);
	if (e)
		return e;
	body_set(&body, "into", body_int(into));
	call.path = call_path(cli, noun_customer.path, from, "merge/");
	e = call.path ? call_change(cli, &call, &done) : E_NO_MEMORY;
	return e || done ? e : command_done(cli, &call, "merged");
}
