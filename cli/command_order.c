#include "cli/command.h"

#include "base/file.h"
#include "cli/noun.h"
#include "cli/rows.h"
#include "cli/value.h"

#define ORDER_MAX (1u << 20)

/* The file's members go into a body, so that the reason can join them. */
static enum err
read_order(struct cli *cli, struct body *body)
{
	const char *path = cli_option(cli, "file");
	struct slice text;
	struct json *json;
	enum err e;

	if (!path)
		return problem_set(cli, E_USAGE, "\"order add\" wants --file FILE");
	e = file_read(cli->arena, path, ORDER_MAX, &text);
	if (!e)
		e = json_parse(cli->arena, text, &json);
	if (!e && json->type != JSON_OBJECT)
		e = E_INVALID_JSON;
	if (e)
		return problem_set(cli, e, "order file %s", path);
	for (size_t i = 0; i < json->n; i++)
		body_set(body, arena_str(cli->arena, json->members[i].name),
		    json->members[i].value);
	return body->failed ? cli_no_memory(cli) : E_OK;
}

static enum err
print_licenses(struct cli *cli, const struct json *order)
{
	const struct json *licenses = json_get(order, "licenses");
	struct rows rows;
	enum err e = rows_begin(&rows, cli, noun_license.columns);

	if (!e && licenses && licenses->type == JSON_ARRAY)
		e = rows_page(&rows, licenses->items, licenses->n);
	return e ? e : rows_end(&rows);
}

enum err
command_order_add(struct cli *cli)
{
	struct body body = BODY_INIT(cli->arena);
	struct call call = {
		.method = "POST", .path = "orders/create_order/", .body = &body
	};
	bool done = false;
	enum err e = read_order(cli, &body);

	if (!e)
		e = call_change(cli, &call, &done);
	if (e || done)
		return e;
	e = command_done(cli, &call, "created");
	return e || cli->mode != OUT_TEXT ? e : print_licenses(cli, call.answer);
}

static enum err
print_keys(struct cli *cli, const struct json *keys)
{
	const struct json *list =
	    keys && keys->type == JSON_OBJECT ? json_get(keys, "results") : keys;

	for (size_t i = 0; list && list->type == JSON_ARRAY && i < list->n; i++) {
		value_plain(&cli->out, &list->items[i]);
		buf_char(&cli->out, '\n');
	}
	return out_flush(cli);
}

enum err
command_order_keys(struct cli *cli)
{
	struct buf query = BUF_INIT(cli->arena);
	struct call call = { .method = NULL };
	const char *quantity = cli_option(cli, "quantity");
	enum err e;

	query_add(&query, "product", slice_str(cli_arg(cli, 0)));
	if (quantity)
		query_add(&query, "quantity", slice_str(quantity));
	call.query = buf_slice(&query);
	e = buf_ok(&query) ? call_get(cli, &call, "orders/generate_license/")
	                   : cli_no_memory(cli);
	if (e || (cli->mode == OUT_JSON && object_print(cli, call.raw, call.answer, &e)))
		return e;
	return print_keys(cli, call.answer);
}
