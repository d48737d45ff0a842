#include "cli/pages.h"

#include <string.h>

#include "cli/progress.h"
#include "cli/rows.h"
#include "cli/server.h"
#include "cli/value.h"

#define PAGE 100

struct pages {
	struct cli *cli;
	const char *path;
	struct slice query;
	int64_t limit; /* of --limit, INT64_MAX without */
	int64_t offset;
	int64_t count; /* as the server says */
	struct rows rows;
	struct progress progress;
};

static enum err
add_filters(struct cli *cli, struct buf *query)
{
	const char *const *filter = usage_all(cli->usage, "filter");

	for (; filter && *filter; filter++) {
		const char *equals = strchr(*filter, '=');
		char *name;

		if (!equals || equals == *filter)
			return problem_set(
			    cli, E_USAGE, "--filter wants NAME=VALUE, not: %s", *filter);
		name =
		    arena_str(cli->arena, slice_of(*filter, (size_t)(equals - *filter)));
		if (!name)
			return cli_no_memory(cli);
		query_add(query, name, slice_str(equals + 1));
	}
	if (cli_option(cli, "sort"))
		query_add(query, "order_by", slice_str(cli_option(cli, "sort")));
	return buf_ok(query) ? E_OK : cli_no_memory(cli);
}

static enum err
read_limit(struct cli *cli, int64_t *limit)
{
	const char *text = cli_option(cli, "limit");

	*limit = INT64_MAX;
	if (text && (!slice_to_int(slice_str(text), limit) || *limit < 0))
		return problem_set(cli, E_USAGE, "--limit wants a number, not: %s", text);
	return E_OK;
}

static enum err
next_page(struct pages *p, bool *more)
{
	struct cli *cli = p->cli;
	struct buf query = BUF_INIT(cli->arena);
	struct call call = { .method = NULL };
	const struct json *results;
	int64_t want = p->limit - p->offset;
	enum err e;

	buf_slice_add(&query, p->query);
	query_add_int(&query, "limit", want < PAGE ? want : PAGE);
	query_add_int(&query, "offset", p->offset);
	call.query = buf_slice(&query);
	e = buf_ok(&query) ? call_get(cli, &call, p->path) : cli_no_memory(cli);
	if (e)
		return e;
	results = json_get(call.answer, "results");
	if (!results || results->type != JSON_ARRAY)
		return problem_set(cli, E_IO, "the answer is no list");
	p->count = value_int(call.answer, "count", 0);
	p->offset += (int64_t)results->n;
	*more = results->n > 0 && p->offset < p->count && p->offset < p->limit;
	progress_clear(&p->progress);
	return rows_page(&p->rows, results->items, results->n);
}

/* Each page is printed before the next one is fetched, so memory is that of one page. */
static enum err
all_pages(struct pages *p)
{
	struct arena_mark mark = arena_mark(p->cli->arena);
	bool more = true;
	enum err e = E_OK;

	while (more && !e) {
		e = next_page(p, &more);
		if (!e)
			e = out_flush(p->cli);
		if (e)
			break;
		arena_reset(p->cli->arena, mark);
		progress_show(
		    &p->progress, p->offset, p->count < p->limit ? p->count : p->limit);
	}
	progress_clear(&p->progress);
	return e;
}

enum err
pages_print(struct cli *cli, const char *path, struct slice query, const char *columns)
{
	struct buf all = BUF_INIT(cli->arena);
	struct pages p = { .cli = cli, .path = path };
	enum err e = rows_begin(&p.rows, cli, columns);

	buf_slice_add(&all, query);
	if (!e)
		e = add_filters(cli, &all);
	if (!e)
		e = read_limit(cli, &p.limit);
	if (!e)
		e = server_find(cli);
	p.query = buf_slice(&all);
	progress_start(&p.progress, cli->quiet);
	if (!e && p.limit > 0)
		e = all_pages(&p);
	else if (!e)
		e = rows_page(&p.rows, NULL, 0);
	return e ? e : rows_end(&p.rows);
}
