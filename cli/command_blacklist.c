#include "cli/command.h"

#include "base/field.h"
#include "cli/noun.h"
#include "cli/option_field.h"
#include "cli/value.h"

/* --id of the scope: a customer also by e-mail. */
static enum err
read_scope_id(struct cli *cli, int64_t *id)
{
	const char *scope = cli_option(cli, "scope");
	const char *text = cli_option(cli, "id");

	*id = FIELD_NONE;
	if (!text)
		return E_OK;
	if (scope && slice_is(slice_str(scope), "customer"))
		return noun_find(cli, &noun_customer, text, id);
	return noun_find(cli, &noun_license, text, id);
}

enum err
command_blacklist_add(struct cli *cli)
{
	struct body body = BODY_INIT(cli->arena);
	struct call call = {
		.method = "POST", .path = noun_blacklist.path, .body = &body
	};
	int64_t scope_id;
	bool done;
	enum err e;

	if (!cli_has(cli, "scope"))
		return problem_set(cli, E_USAGE,
		    "\"device blacklist\" wants --scope vendor, customer or license");
	e = read_scope_id(cli, &scope_id);
	if (e)
		return e;
	body_set(&body, "hardware_id", body_text(cli_arg(cli, 0)));
	body_set(&body, "scope", body_text(cli_option(cli, "scope")));
	if (scope_id != FIELD_NONE)
		body_set(&body, "scope_id", body_int(scope_id));
	if (cli_has(cli, "release"))
		body_set(&body, "release", body_bool(true));
	e = call_change(cli, &call, &done);
	return e || done ? e : command_done(cli, &call, "barred");
}

/* The one entry that is meant. */
static enum err
find_entry(struct cli *cli, struct call *list)
{
	struct buf query = BUF_INIT(cli->arena);
	const char *hardware_id = cli_arg(cli, 0);
	int64_t scope_id;
	size_t n;
	enum err e = read_scope_id(cli, &scope_id);

	if (e)
		return e;
	query_add(&query, "hardware_id", slice_str(hardware_id));
	if (cli_has(cli, "scope"))
		query_add(&query, "scope", slice_str(cli_option(cli, "scope")));
	if (scope_id != FIELD_NONE)
		query_add_int(&query, "scope_id", scope_id);
	*list = (struct call){ .query = buf_slice(&query) };
	e = buf_ok(&query) ? call_get(cli, list, noun_blacklist.path)
	                   : cli_no_memory(cli);
	if (e)
		return e;
	n = value_count(list->answer, "results");
	if (n == 0)
		return problem_set(
		    cli, E_NOT_FOUND, "%s is on no such blacklist", hardware_id);
	if (n > 1)
		return problem_set(cli, E_USAGE,
		    "%s is on %zu blacklists; name one with --scope and --id",
		    hardware_id, n);
	return E_OK;
}

enum err
command_blacklist_remove(struct cli *cli)
{
	struct call list, call = { .method = "DELETE" };
	struct call entry = { .raw = SLICE_NULL };
	bool done;
	enum err e = find_entry(cli, &list);

	if (e)
		return e;
	call.path = call_path(
	    cli, noun_blacklist.path, value_int(list.answer, "results.0.id", 0), NULL);
	e = call.path ? call_change(cli, &call, &done) : E_NO_MEMORY;
	if (e || done)
		return e;
	entry.answer = &json_get(list.answer, "results")->items[0];
	return command_done(cli, &entry, "allowed");
}
