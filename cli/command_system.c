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

/* One figure over time, a row for each step. */
static enum err
print_series(struct cli *cli, const char *metric)
{
	static const char *const options[] = { "since", "by" };
	static const char *const names[] = { "from", "by" };
	struct buf query = BUF_INIT(cli->arena);
	struct call call = { .method = NULL };
	const struct json *results;
	struct rows rows;
	enum err e;

	query_add(&query, "metric", slice_str(metric));
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (cli_option(cli, options[i]))
			query_add(
			    &query, names[i], slice_str(cli_option(cli, options[i])));
	call.query = buf_slice(&query);
	e = buf_ok(&query) ? call_get(cli, &call, "stats/series/") : cli_no_memory(cli);
	if (!e)
		e = rows_begin(&rows, cli, "at,label,count");
	if (e)
		return e;
	results = json_get(call.answer, "results");
	if (results && results->type == JSON_ARRAY)
		e = rows_page(&rows, results->items, results->n);
	return e ? e : rows_end(&rows);
}

enum err
command_stats(struct cli *cli)
{
	const char *metric = cli_option(cli, "series");

	if (metric)
		return print_series(cli, metric);
	if (cli_has(cli, "since") || cli_has(cli, "by") || cli->mode == OUT_CSV)
		return problem_set(
		    cli, E_USAGE, "--since, --by and --csv go with --series METRIC");
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
	bool done = false;
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
		    (long long)value_int(a, "rows", 0),
		    (long long)value_int(a, "checked", 0));
	return out_flush(cli);
}
