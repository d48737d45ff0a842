#include "cli/command.h"

#include <string.h>

#include "base/file.h"
#include "cli/noun.h"
#include "cli/outfile.h"
#include "cli/pages.h"
#include "cli/progress.h"
#include "cli/rows.h"
#include "cli/value.h"

#define CHECKPOINT_FILE_MAX ((size_t)1 << 20)
#define HEAD_SHOWN 8 /* symbols of the head's hash for people */

static enum err
object_filter(struct cli *cli, struct buf *query)
{
	const char *text = cli_option(cli, "object");
	struct slice rest = slice_str(text);
	struct slice type = slice_cut(&rest, '=');

	if (!text)
		return E_OK;
	if (!type.n)
		return problem_set(cli, E_USAGE, "--object wants TYPE=ID, not: %s", text);
	query_add(query, "object_type", type);
	if (rest.p)
		query_add(query, "object_id", rest);
	return E_OK;
}

enum err
command_audit_list(struct cli *cli)
{
	struct buf query = BUF_INIT(cli->arena);
	enum err e = object_filter(cli, &query);

	if (e)
		return e;
	if (cli_option(cli, "actor"))
		query_add(&query, "actor", slice_str(cli_option(cli, "actor")));
	if (cli_option(cli, "since"))
		query_add(&query, "time__gte", slice_str(cli_option(cli, "since")));
	return pages_print(cli, noun_audit.path, buf_slice(&query), noun_audit.columns);
}

static enum err
walk_part(struct cli *cli, int64_t from, struct slice checkpoint, struct call *call)
{
	struct buf query = BUF_INIT(cli->arena);

	query_add_int(&query, "from", from);
	*call = (struct call){ .method = checkpoint.p ? "POST" : "GET",
		.path = "audit/verify/",
		.query = buf_slice(&query),
		.text = checkpoint };
	return buf_ok(&query) ? call_run(cli, call) : cli_no_memory(cli);
}

/* The server walks a bounded part at a time and says where to go on. */
static enum err
walk(struct cli *cli, int64_t from, struct slice checkpoint, struct call *call)
{
	struct progress progress;
	int64_t next = from;
	enum err e = E_OK;

	progress_start(&progress, cli->quiet);
	while (!e && next > 0) {
		e = walk_part(cli, next, checkpoint, call);
		if (e)
			break;
		next = value_int(call->answer, "next", 0);
		progress_show(&progress, next - from, next - from + 1);
	}
	progress_clear(&progress);
	return e;
}

static void
print_checkpoint(struct cli *cli, const struct json *answer)
{
	const struct json *checkpoint = json_get(answer, "checkpoint");

	if (!checkpoint || checkpoint->type != JSON_OBJECT)
		return;
	buf_printf(&cli->out, ", checkpoint %lld signed by ",
	    (long long)value_int(checkpoint, "seq", 0));
	value_safe(&cli->out, value_text(checkpoint, "kid"));
}

static void
print_walk(struct cli *cli, const struct json *answer, int64_t from)
{
	struct slice head = value_text(answer, "head");
	int64_t erased = value_int(answer, "erased", 0);

	if (!value_true(answer, "ok")) {
		buf_printf(&cli->out,
		    "NO  entry %lld: ", (long long)value_int(answer, "broken_at", 0));
		value_safe(&cli->out, value_text(answer, "problem"));
		buf_char(&cli->out, '\n');
		return;
	}
	buf_printf(&cli->out, "ok  entries %lld-%lld, head ", (long long)from,
	    (long long)value_int(answer, "last", 0));
	value_safe(&cli->out, slice_head(head, HEAD_SHOWN));
	buf_str(&cli->out, head.n > HEAD_SHOWN ? "…" : "");
	print_checkpoint(cli, answer);
	if (erased)
		buf_printf(&cli->out, ", details of %lld erased", (long long)erased);
	buf_char(&cli->out, '\n');
}

static enum err
read_checkpoint(struct cli *cli, struct slice *text)
{
	const char *path = cli_option(cli, "checkpoint");
	enum err e;

	*text = SLICE_NULL;
	if (!path)
		return E_OK;
	e = file_read(cli->arena, path, CHECKPOINT_FILE_MAX, text);
	return e ? problem_set(cli, e, "%s", path) : E_OK;
}

enum err
command_audit_verify(struct cli *cli)
{
	const char *text = cli_option(cli, "from");
	struct slice checkpoint;
	int64_t from = 1;
	struct call call;
	enum err e;

	if (text && (!slice_to_int(slice_str(text), &from) || from < 1))
		return problem_set(
		    cli, E_USAGE, "--from wants the number of an entry, not: %s", text);
	e = read_checkpoint(cli, &checkpoint);
	if (!e)
		e = walk(cli, from, checkpoint, &call);
	if (e)
		return e;
	if (!value_true(call.answer, "ok"))
		cli->exit = err_info(E_VERIFY)->exit;
	if (object_print(cli, call.raw, call.answer, &e))
		return e;
	print_walk(cli, call.answer, from);
	return out_flush(cli);
}

enum err
command_audit_checkpoint(struct cli *cli)
{
	const char *path = cli_option(cli, "out");
	struct call call = { .method = "POST", .path = "audit/checkpoints/" };
	struct slice text;
	bool done = false;
	enum err e = path ? outfile_check(cli, path) : E_OK;

	if (!e)
		e = call_change(cli, &call, &done);
	if (e || done)
		return e;
	text = value_text(call.answer, "checkpoint");
	if (!path && object_print(cli, call.raw, call.answer, &e))
		return e;
	e = outfile_write(cli, path ? path : "-", text);
	if (e || !path || strcmp(path, "-") == 0)
		return e;
	return command_done(cli, &call, "created");
}

struct export
{
	struct outfile file;
	int64_t lines;
};

static enum err
take_part(void *arg, struct slice part)
{
	struct export *export = arg;

	for (size_t i = 0; i < part.n; i++)
		export->lines += part.p[i] == '\n';
	return outfile_add(&export->file, part);
}

enum err
command_audit_export(struct cli *cli)
{
	const char *path = cli_option(cli, "out");
	struct export export = { .lines = 0 };
	struct call call = { .method = "GET",
		.path = "audit/export/",
		.sink = take_part,
		.sink_arg = &export };
	enum err e;

	if (!path)
		return problem_set(cli, E_USAGE, "\"audit export\" wants --out FILE");
	e = outfile_check(cli, path);
	if (!e)
		e = outfile_begin(cli, path, &export.file);
	if (e)
		return e;
	e = call_run(cli, &call);
	if (e) {
		outfile_drop(&export.file);
		return e;
	}
	e = outfile_end(&export.file);
	if (e || cli->quiet || strcmp(path, "-") == 0)
		return e;
	label_print(cli, "exported");
	buf_printf(&cli->out, "%lld entries and a checkpoint of the last\n",
	    (long long)(export.lines - 1));
	return out_flush(cli);
}
