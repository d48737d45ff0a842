#include "cli/command.h"

#include "cli/noun.h"
#include "cli/option_field.h"
#include "cli/rows.h"
#include "cli/value.h"

static enum err
get_and_print(struct cli *cli, const char *path)
{
	struct call call = { .method = NULL };
	enum err e = call_get(cli, &call, path);

	if (e || object_print(cli, call.raw, call.answer, &e))
		return e;
	object_print_members(cli, call.answer);
	return out_flush(cli);
}

enum err
command_status(struct cli *cli)
{
	return get_and_print(cli, "status/");
}

enum err
command_stats(struct cli *cli)
{
	return get_and_print(cli, "stats/");
}

enum err
command_vendor_show(struct cli *cli)
{
	return get_and_print(cli, "vendor/");
}

enum err
command_vendor_edit(struct cli *cli)
{
	struct body body = BODY_INIT(cli->arena);
	struct call before = { .method = NULL };
	struct call call = { .method = "PATCH", .path = "vendor/", .body = &body };
	bool done;
	enum err e = call_get(cli, &before, "vendor/");

	if (!e)
		e = option_fields_read(cli, fields_vendor, before.answer, &body);
	if (!e && body.json.n == 0)
		return problem_set(cli, E_USAGE,
		    "nothing to change; any field can be given as --set NAME=VALUE");
	call.if_match = before.etag;
	if (!e)
		e = call_change(cli, &call, &done);
	if (e || done || object_print(cli, call.raw, call.answer, &e) || cli->quiet)
		return e;
	label_print(cli, "changed");
	buf_str(&cli->out, "vendor ");
	value_safe(&cli->out, value_text(call.answer, "name"));
	buf_char(&cli->out, '\n');
	return out_flush(cli);
}

static void
print_problems(struct cli *cli, const struct json *answer)
{
	const struct json *problems = json_get(answer, "problems");

	for (size_t i = 0; i < value_count(answer, "problems"); i++) {
		const struct json *p = &problems->items[i];

		buf_str(&cli->out, "NO  ");
		value_safe(&cli->out, value_text(p, "object"));
		buf_str(&cli->out, ": expected ");
		value_plain(&cli->out, json_get(p, "expected"));
		buf_str(&cli->out, ", found ");
		value_plain(&cli->out, json_get(p, "found"));
		buf_char(&cli->out, '\n');
	}
}

enum err
command_check(struct cli *cli)
{
	struct call call = { .method = NULL };
	const struct json *a;
	enum err e = call_get(cli, &call, "check/");

	if (e)
		return e;
	a = call.answer;
	if (!value_true(a, "ok"))
		cli->exit = err_info(E_VERIFY)->exit;
	if (object_print(cli, call.raw, a, &e))
		return e;
	print_problems(cli, a);
	if (value_true(a, "ok"))
		buf_printf(&cli->out,
		    "ok  ledger %lld rows, %lld licenses, counters equal\n",
		    (long long)value_int(a, "checked.rows", 0),
		    (long long)value_int(a, "checked.licenses", 0));
	return out_flush(cli);
}
