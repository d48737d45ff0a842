#include "cli/call.h"

#include <string.h>
#include <time.h>

#include "base/fetch.h"
#include "base/id.h"
#include "cli/changes.h"
#include "cli/server.h"

#define ANSWER_MAX (64u << 20)
#define REPEATS 3
#define HEADERS_MAX 6

struct request {
	struct fetch fetch;
	const char *header[HEADERS_MAX + 1];
	size_t n_headers;
};

static void
add_header(struct cli *cli, struct request *r, const char *name, struct slice value)
{
	const char *line = arena_printf(cli->arena, "%s: %.*s", name, SLICE_ARG(value));

	if (line && r->n_headers < HEADERS_MAX)
		r->header[r->n_headers++] = line;
}

static void
add_query(struct cli *cli, const struct call *call, struct buf *url)
{
	struct buf query = BUF_INIT(cli->arena);

	buf_slice_add(&query, call->query);
	if (strcmp(call->method, "GET") != 0) {
		query_add(&query, "strict", SLICE("true"));
		if (cli->dry_run)
			query_add(&query, "dry_run", SLICE("true"));
		if (cli->reason && (call->text.p || strcmp(call->method, "DELETE") == 0))
			query_add(&query, "reason", slice_str(cli->reason));
	}
	if (query.n) {
		buf_char(url, '?');
		buf_slice_add(url, buf_slice(&query));
	}
	if (!buf_ok(&query))
		url->failed = true;
}

static const char *
make_url(struct cli *cli, const struct call *call)
{
	struct buf url = BUF_INIT(cli->arena);
	struct slice origin =
	    slice_str(cli->server.url ? cli->server.url : "http://localhost");

	while (origin.n && origin.p[origin.n - 1] == '/')
		origin.n--;
	buf_slice_add(&url, origin);
	buf_str(&url, "/api/v1/");
	buf_str(&url, call->path);
	add_query(cli, call, &url);
	buf_char(&url, '\0');
	return buf_ok(&url) ? url.p : NULL;
}

static bool
add_body(struct cli *cli, struct call *call, struct request *r)
{
	struct body empty = BODY_INIT(cli->arena);
	struct body *body = call->body ? call->body : &empty;
	struct buf text = BUF_INIT(cli->arena);

	if (call->text.p) {
		r->fetch.body = call->text;
		add_header(cli, r, "Content-Type", SLICE("text/plain"));
		return true;
	}
	if (cli->reason)
		body_set(body, "reason", body_text(cli->reason));
	json_print(&text, &body->json);
	r->fetch.body = buf_slice(&text);
	add_header(cli, r, "Content-Type", SLICE("application/json"));
	return buf_ok(&text) && !body->failed;
}

static enum err
make_request(struct cli *cli, struct call *call, struct request *r)
{
	bool change = strcmp(call->method, "GET") != 0;
	char key[ID_UUID_LEN + 1];
	bool whole = true;

	*r = (struct request){ .n_headers = 0 };
	r->fetch = (struct fetch){ .method = call->method,
		.url = make_url(cli, call),
		.socket = cli->server.socket,
		.headers = r->header,
		.timeout = cli->timeout,
		.max = ANSWER_MAX,
		.sink = call->sink,
		.sink_arg = call->sink_arg };
	if (cli->server.token)
		add_header(cli, r, "Authorization",
		    slice_str(arena_printf(cli->arena, "Api-Key %s", cli->server.token)));
	if (call->if_match.p)
		add_header(cli, r, "If-Match", call->if_match);
	if (change) {
		id_uuid(key);
		add_header(cli, r, "Idempotency-Key", slice_str(key));
	}
	if (change && strcmp(call->method, "DELETE") != 0)
		whole = add_body(cli, call, r);
	return whole && r->fetch.url ? E_OK : cli_no_memory(cli);
}

static void
pause_before(int repeat)
{
	struct timespec t = { .tv_sec = 0, .tv_nsec = 200000000L };

	t.tv_sec = repeat / 2;
	while (nanosleep(&t, &t) != 0)
		;
}

static bool
is_running(const struct fetch *f)
{
	return f->status == 409 &&
	       slice_search(f->answer, SLICE("\"idempotency_in_progress\"")) >= 0;
}

/* Repeats only what is known to be lost: not what ran out of time, not the first refusal
 * to connect. */
static enum err
send(struct cli *cli, struct request *r)
{
	bool lost = false;
	enum err e;

	for (int repeat = 0;; repeat++) {
		e = fetch_run(cli->arena, &r->fetch);
		lost = lost || (e == E_UNREACHABLE && r->fetch.maybe_sent);
		if (!lost || repeat == REPEATS || r->fetch.sink)
			return e;
		if (e != E_UNREACHABLE && (e || !is_running(&r->fetch)))
			return e;
		pause_before(repeat);
	}
}

static enum err
fail_transport(struct cli *cli, const struct call *call, enum err e)
{
	const char *where = cli->server.url ? cli->server.url : cli->server.socket;

	if (e == E_TIMEOUT && strcmp(call->method, "GET") != 0)
		return problem_set(cli, e,
		    "%s: no answer in time; the change may have been made", where);
	return problem_set(cli, e, "%s", where);
}

static enum err
take_answer(struct cli *cli, struct call *call, const struct fetch *f)
{
	static const struct json none = { .type = JSON_NULL };
	enum err e;

	if (f->status < 200 || f->status > 299)
		return problem_from_api(cli, f->status, f->answer);
	call->raw = slice_trim(f->answer);
	call->etag = fetch_header(f, "ETag");
	call->replayed = fetch_header(f, "Idempotency-Replayed").p != NULL;
	if (call->raw.n == 0 ||
	    slice_starts(fetch_header(f, "Content-Type"), SLICE("text/plain"))) {
		call->answer = arena_alloc(cli->arena, sizeof(*call->answer));
		if (!call->answer)
			return cli_no_memory(cli);
		*call->answer = none;
		return E_OK;
	}
	e = json_parse(cli->arena, call->raw, &call->answer);
	return e ? problem_set(cli, e == E_NO_MEMORY ? e : E_IO,
		       "the answer is no JSON; is this a Licet server?")
	         : E_OK;
}

enum err
call_run(struct cli *cli, struct call *call)
{
	struct request r;
	enum err e = server_find(cli);

	if (!e)
		e = make_request(cli, call, &r);
	if (e)
		return e;
	e = send(cli, &r);
	return e ? fail_transport(cli, call, e) : take_answer(cli, call, &r.fetch);
}

enum err
call_get(struct cli *cli, struct call *call, const char *path)
{
	if (!path)
		return cli_no_memory(cli);
	*call = (struct call){ .method = "GET", .path = path, .query = call->query };
	return call_run(cli, call);
}

enum err
call_change(struct cli *cli, struct call *call, bool *done)
{
	enum err e = call_run(cli, call);

	*done = cli->dry_run;
	return e || !cli->dry_run ? e : changes_print(cli, call);
}

char *
call_path(struct cli *cli, const char *noun, int64_t id, const char *action)
{
	char *path = arena_printf(
	    cli->arena, "%s%lld/%s", noun, (long long)id, action ? action : "");

	if (!path)
		cli_no_memory(cli);
	return path;
}
