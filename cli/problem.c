#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>

#include "cli/value.h"

#define WHY_MAX 1024

enum err
problem_set(struct cli *cli, enum err err, const char *fmt, ...)
{
	char text[WHY_MAX];
	va_list args;

	cli->problem = (struct problem){ .err = err };
	if (!fmt)
		return err;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	cli->problem.why = arena_str(cli->arena, slice_str(text));
	return err;
}

enum err
cli_no_memory(struct cli *cli)
{
	return problem_set(cli, E_NO_MEMORY, NULL);
}

/* For a code that this build does not know, and for answers that are no API's. */
static enum err
from_status(int status)
{
	switch (status) {
	case 401:
		return E_UNAUTHENTICATED;
	case 403:
		return E_FORBIDDEN;
	case 404:
		return E_NOT_FOUND;
	case 409:
		return E_WRONG_STATE;
	case 412:
		return E_STALE_OBJECT;
	case 429:
		return E_TOO_MANY_REQUESTS;
	case 503:
		return E_UNAVAILABLE;
	default:
		return status >= 400 && status < 500 ? E_VALIDATION : E_INTERNAL;
	}
}

enum err
problem_from_api(struct cli *cli, int status, struct slice body)
{
	struct json *json = NULL;
	const struct json *code;
	enum err err = E_INTERNAL;

	if (json_parse(cli->arena, body, &json) != E_OK || !json_get(json, "code")) {
		problem_set(cli, from_status(status),
		    "the server answered with status %d and no error of the API", status);
		return cli->problem.err;
	}
	code = json_get(json, "code");
	if (code->type == JSON_TEXT)
		err = err_from_code(code->text);
	if (err == E_INTERNAL || err == E_OK)
		err = from_status(status);
	cli->problem = (struct problem){ .err = err, .body = body, .json = json };
	return err;
}

static void
print_why(struct buf *out, const struct json *fault)
{
	const struct json *field = json_get(fault, "field");
	const struct json *message = json_get(fault, "message");

	buf_str(out, "  why   ");
	if (field && field->type == JSON_TEXT && field->text.n) {
		value_safe(out, field->text);
		buf_str(out, ": ");
	}
	if (message && message->type == JSON_TEXT)
		value_safe(out, message->text);
	buf_char(out, '\n');
}

static void
print_api(struct buf *out, const struct json *json)
{
	const struct json *code = json_get(json, "code");
	const struct json *message = json_get(json, "message");
	const struct json *faults = json_get(json, "errors");

	buf_str(out, "licet: ");
	value_safe(out, code->text);
	if (message && message->type == JSON_TEXT) {
		buf_str(out, ": ");
		value_safe(out, message->text);
	}
	buf_char(out, '\n');
	for (size_t i = 0; faults && faults->type == JSON_ARRAY && i < faults->n; i++)
		print_why(out, &faults->items[i]);
}

static void
print_json(struct buf *out, const struct problem *p)
{
	const struct err_info *info = err_info(p->err);
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	jw_kint(&w, "status", err_manage_status(p->err));
	jw_ktext(&w, "code", slice_str(info->code));
	jw_ktext(&w, "message", slice_str(p->why ? p->why : info->message));
	jw_key(&w, "errors");
	jw_array(&w);
	jw_end(&w);
	jw_end(&w);
}

void
problem_text(struct buf *out, const struct problem *p, bool json)
{
	const struct err_info *info = err_info(p->err);

	if (json) {
		if (p->body.p)
			buf_slice_add(out, slice_trim(p->body));
		else
			print_json(out, p);
		buf_char(out, '\n');
		return;
	}
	if (p->json) {
		print_api(out, p->json);
	} else if (p->err == E_USAGE && p->why) {
		buf_str(out, "licet: usage: ");
		value_safe(out, slice_str(p->why));
		buf_char(out, '\n');
		return;
	} else {
		buf_printf(out, "licet: %s: %s\n", info->code, info->message);
		if (p->why) {
			buf_str(out, "  why   ");
			value_safe(out, slice_str(p->why));
			buf_char(out, '\n');
		}
	}
	if (*info->next)
		buf_printf(out, "  next  %s\n", info->next);
}

int
problem_print(const struct cli *cli)
{
	struct buf out = BUF_INIT(NULL);

	problem_text(&out, &cli->problem, cli_has(cli, "json"));
	fwrite(out.p, 1, buf_ok(&out) ? out.n : 0, stderr);
	buf_free(&out);
	return err_info(cli->problem.err)->exit;
}
