#include "cli/command.h"

#include <string.h>

#include "base/field.h"
#include "cli/noun.h"
#include "cli/offline.h"
#include "cli/offline_output.h"
#include "cli/offline_server.h"
#include "cli/pages.h"
#include "cli/rows.h"
#include "cli/value.h"

enum err
command_offline_list(struct cli *cli)
{
	static const char *const filters[] = { "license", "state" };
	struct buf query = BUF_INIT(cli->arena);

	for (size_t i = 0; i < ARRAY_LEN(filters); i++)
		if (cli_option(cli, filters[i]))
			query_add(
			    &query, filters[i], slice_str(cli_option(cli, filters[i])));
	return pages_print(
	    cli, noun_offline.path, buf_slice(&query), noun_offline.columns);
}

static enum err
serial_path(struct cli *cli, const char *action, char **path)
{
	int64_t serial;

	if (!slice_to_int(slice_str(cli_arg(cli, 0)), &serial) || serial < 1)
		return problem_set(
		    cli, E_USAGE, "SERIAL is a number, not: %s", cli_arg(cli, 0));
	*path = call_path(cli, noun_offline.path, serial, action);
	return *path ? E_OK : E_NO_MEMORY;
}

enum err
command_offline_file(struct cli *cli)
{
	struct offline_output out;
	struct carrier_list list;
	char *from = NULL;
	enum err e = offline_output_read(cli, &out);

	if (!e)
		e = serial_path(cli, "file/", &from);
	if (!e)
		e = offline_fetch(cli, from, OBJECT_ACTIVATION, &list);
	if (e == E_NOT_FOUND)
		return problem_set(
		    cli, e, "no activation with serial %s", cli_arg(cli, 0));
	return e ? e : offline_output_write(cli, &out, &list);
}

enum err
command_offline_revoke(struct cli *cli)
{
	struct call call = { .method = "POST" };
	char *path = NULL;
	bool done = false;
	enum err e = serial_path(cli, cli->verb->action, &path);

	if (e)
		return e;
	call.path = path;
	e = call_change(cli, &call, &done);
	if (e || done || object_print(cli, call.raw, call.answer, &e) || cli->quiet)
		return e;
	offline_print_device(cli, cli->verb->done, call.answer, true);
	offline_print_counted(cli, json_get(call.answer, "lease_until"),
	    value_int(call.answer, "device", 0));
	return out_flush(cli);
}

static enum err
revocations_json(struct cli *cli, const struct claims_revocations *r, struct body *body)
{
	body_set(body, "sequence", body_int(r->sequence));
	body_set(body, "serials", body_int((int64_t)r->n_serials));
	body_set(body, "devices", body_int((int64_t)r->n_devices));
	body_set(body, "keys", body_int((int64_t)r->n_kids));
	body_set(body, "issued_at", offline_instant(cli, r->issued_at));
	body_set(body, "next_update", offline_instant(cli, r->next_update));
	return body->failed ? cli_no_memory(cli) : E_OK;
}

static void
print_count(struct cli *cli, size_t n, const char *what)
{
	buf_printf(&cli->out, "%zu %s%s, ", n, what, n == 1 ? "" : "s");
}

static enum err
done_revocations(struct cli *cli, const struct claims_revocations *r)
{
	struct body body = BODY_INIT(cli->arena);
	enum err e = revocations_json(cli, r, &body);

	if (e || object_print(cli, SLICE_NULL, &body.json, &e) || cli->quiet)
		return e;
	label_print(cli, "list");
	buf_printf(&cli->out, "%lld, ", (long long)r->sequence);
	print_count(cli, r->n_serials, "serial");
	print_count(cli, r->n_devices, "device");
	print_count(cli, r->n_kids, "key");
	buf_str(&cli->out, "the next one until ");
	value_human(&cli->out, json_get(&body.json, "next_update"));
	buf_char(&cli->out, '\n');
	return E_OK;
}

enum err
command_offline_revocations(struct cli *cli)
{
	struct claims_revocations claims;
	struct offline_output out;
	struct carrier_list list;
	enum err e = offline_output_read(cli, &out);

	if (!e)
		e = offline_fetch_revocations(cli, &list, &claims);
	if (!e)
		e = offline_output_write(cli, &out, &list);
	return e || strcmp(out.path, "-") == 0 ? e : done_revocations(cli, &claims);
}
