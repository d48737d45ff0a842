#include "cli/command.h"

#include "base/field.h"
#include "cli/noun.h"
#include "cli/offline_server.h"
#include "cli/pages.h"
#include "cli/rows.h"
#include "cli/value.h"

enum err
command_device_list(struct cli *cli)
{
	static const char *const filters[] = { "license", "hardware-id", "customer" };
	static const char *const names[] = { "license", "hardware_id", "customer" };
	struct buf query = BUF_INIT(cli->arena);

	for (size_t i = 0; i < ARRAY_LEN(filters); i++)
		if (cli_option(cli, filters[i]))
			query_add(
			    &query, names[i], slice_str(cli_option(cli, filters[i])));
	return pages_print(cli, noun_device.path, buf_slice(&query), noun_device.columns);
}

static enum err
find_by_hardware(
    struct cli *cli, const char *license, const char *hardware_id, int64_t *id)
{
	struct buf query = BUF_INIT(cli->arena);
	struct call call = { .method = NULL };
	enum err e;

	query_add(&query, "license", slice_str(license));
	query_add(&query, "hardware_id", slice_str(hardware_id));
	call.query = buf_slice(&query);
	e = buf_ok(&query) ? call_get(cli, &call, noun_device.path) : cli_no_memory(cli);
	if (e)
		return e;
	*id = value_int(call.answer, "results.0.id", FIELD_NONE);
	return *id != FIELD_NONE
	           ? E_OK
	           : problem_set(cli, E_NOT_FOUND, "license %s has no device %s", license,
			 hardware_id);
}

enum err
device_find(struct cli *cli, const char *device, const char *license, int64_t *id)
{
	const char *hardware_id = cli_option(cli, "hardware-id");

	if (device)
		return noun_find(cli, &noun_device, device, id);
	if (!license || !hardware_id)
		return problem_set(cli, E_USAGE,
		    "name the device: its id, or --license LICENSE --hardware-id HW");
	return find_by_hardware(cli, license, hardware_id, id);
}

static enum err
find_arg(struct cli *cli, int64_t *id)
{
	return device_find(cli, cli_arg(cli, 0), cli_option(cli, "license"), id);
}

enum err
command_device_show(struct cli *cli)
{
	struct call call = { .method = NULL };
	int64_t id = FIELD_NONE;
	enum err e = find_arg(cli, &id);

	if (!e)
		e = call_get(cli, &call, call_path(cli, noun_device.path, id, NULL));
	if (e || object_print(cli, call.raw, call.answer, &e))
		return e;
	object_print_members(cli, call.answer);
	return out_flush(cli);
}

/* What the license has left after a seat fell free, or when it will. */
static enum err
print_seats(struct cli *cli, const struct json *device)
{
	struct call license = { .method = NULL };
	enum err e;

	if (value_true(device, "active")) {
		offline_print_counted(
		    cli, json_get(device, "frees_at"), value_int(device, "id", 0));
		return out_flush(cli);
	}
	e = call_get(cli, &license,
	    call_path(cli, noun_license.path, value_int(device, "license", 0), NULL));
	if (e)
		return e;
	label_print(cli, "seats");
	license_print_seats(&cli->out, license.answer);
	buf_char(&cli->out, '\n');
	return out_flush(cli);
}

static enum err
act(struct cli *cli, struct body *body, bool revoked)
{
	struct call call = { .method = "POST", .body = body };
	int64_t id = FIELD_NONE;
	bool done = false;
	enum err e = find_arg(cli, &id);

	if (e)
		return e;
	call.path = call_path(cli, noun_device.path, id, cli->verb->action);
	e = call.path ? call_change(cli, &call, &done) : E_NO_MEMORY;
	if (e || done || object_print(cli, call.raw, call.answer, &e))
		return e;
	if (cli->quiet)
		return E_OK;
	offline_print_device(cli, cli->verb->done, call.answer, revoked);
	return print_seats(cli, call.answer);
}

enum err
command_device_release(struct cli *cli)
{
	struct body body = BODY_INIT(cli->arena);

	if (cli_has(cli, "force"))
		body_set(&body, "force", body_bool(true));
	return act(cli, &body, false);
}

enum err
command_device_revoke(struct cli *cli)
{
	struct body body = BODY_INIT(cli->arena);

	if (cli_has(cli, "blacklist"))
		body_set(&body, "blacklist", body_text(cli_option(cli, "blacklist")));
	return act(cli, &body, true);
}
