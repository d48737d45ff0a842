/*
 * Replays protocol conversations through the real API, actions and store, in process and
 * on the test clock, and compares every answer byte for byte.
 *
 * An .exchange file: lines of settings, then exchanges.
 *
 *   listener admin              (public when not there)
 *   rate v4 | fail | user       (one an hour; no limit when not there)
 *   pool full                   (no password can be tried)
 *   sign no                     (answers are not signed)
 *   starve yes                  (before it, each runs with its Nth allocation failing;
 *                                not where a token is awaited: tries have numbers)
 *   touched N                   (checks of N activations are to be written at the end)
 *   === title
 *   at 2025-07-04T10:56:13.412Z (moves the clock)
 *   from 192.0.2.7              (the caller's address)
 *   POST /api/v4/… HTTP/1.1     request, its lines end in LF here and in CR LF in fact
 *   …
 *   ---
 *   HTTP/1.1 200 OK             answer in the same form
 *   …
 *
 * A body is what stands behind the empty line, without the last LF. '#' starts a comment
 * in the settings. Each file begins with a new world (world.c).
 */
#include "server/api/endpoint.h"

#include <glob.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "server/http/parse.h"
#include "tests/compat/world.h"

#define FILE_MAX (1 << 20)
#define WAIT_MS 10000
#define HEAD_MAX 8192
#define STARVE_MAX 4000
#define BEFORE 80 /* bytes of context in a report */

/* Stands for the sockets: where answers and mail go. */
static struct {
	struct mailbox *mailbox;
	struct buf answer;
	bool done;
} wire;

static const struct {
	int status;
	const char *text;
} reasons[] = {
	{ 200, "OK" },
	{ 400, "Bad Request" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 409, "Conflict" },
	{ 413, "Content Too Large" },
	{ 429, "Too Many Requests" },
	{ 503, "Service Unavailable" },
};

static const char *
reason(int status)
{
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return "?";
}

struct mailbox *
loop_mailbox(struct loop *loop)
{
	(void)loop;
	return wire.mailbox;
}

/* Headers in the order of license-api-v4.md 12: length and date behind the first. */
void
server_reply(struct request *request, struct reply *reply)
{
	struct slice rest = buf_slice(&reply->headers);
	struct slice first = slice_cut(&rest, '\n');
	char date[CLOCK_HTTP_LEN + 1];

	(void)request;
	arena_fail_after(SIZE_MAX);
	clock_http(clock_now(), date);
	buf_printf(
	    &wire.answer, "HTTP/1.1 %d %s\r\n", reply->status, reason(reply->status));
	buf_slice_add(&wire.answer, first);
	buf_printf(
	    &wire.answer, "\nContent-Length: %zu\r\nDate: %s\r\n", reply->body.n, date);
	buf_slice_add(&wire.answer, rest);
	buf_str(&wire.answer, "\r\n");
	buf_slice_add(&wire.answer, buf_slice(&reply->body));
	wire.done = true;
}

/* The management API has tests of its own. */
const struct endpoint_list manage_endpoints = { NULL, 0 };

struct replay {
	const char *path;
	struct world world;
	struct pool *pool;
	struct touch *touch;
	struct api *api;
	struct slice settings; /* text */
	struct slice peer;
	int failed, passed;
};

/* What stands behind the name in the settings; null when it is not there. */
static struct slice
setting(const struct replay *r, const char *name)
{
	struct slice rest = r->settings;

	while (rest.p) {
		struct slice value = slice_cut(&rest, '\n');

		if (slice_is(slice_cut(&value, ' '), name))
			return value;
	}
	return SLICE_NULL;
}

static bool
is_set(const struct replay *r, const char *name, const char *value)
{
	return slice_is(setting(r, name), value);
}

static struct api_settings
settings_of(const struct replay *r)
{
	struct conf_rate wide = { 0, CLOCK_SECOND, 1 };
	struct conf_rate tight = { 1, CLOCK_HOUR, 1 };

	return (struct api_settings){
		.environment = "production",
		.base_url = "https://license.example.com/api/v4",
		.admin_url = "http://127.0.0.1:8081",
		.date_window = 900 * CLOCK_SECOND,
		.sign = !is_set(r, "sign", "no"),
		.v4_rate = is_set(r, "rate", "v4") ? tight : wide,
		.v4_fail_rate = is_set(r, "rate", "fail") ? tight : wide,
		.v4_user_fail_rate = is_set(r, "rate", "user") ? tight : wide,
		.admin_rate = wide,
		.request_max_age = 30 * CLOCK_DAY,
		.metrics = true,
	};
}

/* Begins with other settings, so that every exchange also sees a reload. */
static bool
replay_start(struct replay *r)
{
	struct api_settings first = { .environment = "staging", .base_url = "" };
	struct api_settings settings = settings_of(r);
	struct api_options options = { .settings = &first };

	r->touch = touch_new();
	r->pool = pool_new(1, is_set(r, "pool", "full") ? 0 : 4);
	if (!r->touch || !r->pool || !world_new(&r->world))
		return false;
	options.touch = r->touch;
	options.passwords = r->pool;
	options.store = r->world.store;
	options.seal = r->world.seal;
	options.keys = r->world.keys;
	if (api_new(&r->api, &options))
		return false;
	api_set_settings(r->api, &settings);
	return true;
}

static void
check_touched(struct replay *r)
{
	int64_t expected, written = 0;

	if (!slice_to_int(setting(r, "touched"), &expected))
		return;
	if (touch_flush(r->touch, r->world.store, &written) == E_OK &&
	    written == expected)
		return;
	r->failed++;
	fprintf(
	    stderr, "FAIL %s: %lld activations touched\n", r->path, (long long)written);
}

static void
replay_stop(struct replay *r)
{
	touch_free(r->touch);
	api_free(r->api);
	world_free(&r->world);
	pool_free(r->pool);
	r->api = NULL;
	r->pool = NULL;
	r->touch = NULL;
}

/* Head with CR LF, then the body. */
static struct slice
to_wire(struct arena *a, struct slice text)
{
	struct buf out = BUF_INIT(a);
	struct slice rest = text, line;

	do {
		line = slice_cut(&rest, '\n');
		buf_slice_add(&out, line);
		buf_str(&out, "\r\n");
	} while (rest.p && line.n > 0);
	if (!rest.p)
		return buf_slice(&out);
	if (rest.n > 0 && rest.p[rest.n - 1] == '\n')
		rest.n--;
	buf_slice_add(&out, rest);
	return buf_slice(&out);
}

static bool
make_request(struct request *request, struct slice bytes, struct parse_head *head)
{
	if (parse_head(bytes, HEAD_MAX, request, head) != PARSE_DONE) {
		fprintf(
		    stderr, "bad request in the file: %s\n", head->why ? head->why : "");
		return false;
	}
	request->body = slice_from(bytes, head->used);
	request->received = clock_now();
	snprintf(
	    request->id, sizeof(request->id), "00000000-0000-4000-8000-000000000001");
	return true;
}

static bool
ask(struct replay *r, struct request *request, uint64_t length)
{
	const struct service *service = is_set(r, "listener", "admin")
	                                    ? api_admin_service(r->api)
	                                    : api_public_service(r->api);
	struct reply reply;

	if (length > service->body_max(request, service->arg)) {
		reply_init(&reply, request->arena);
		service->refuse(request, E_PAYLOAD_TOO_LARGE, &reply, service->arg);
		server_reply(request, &reply);
		return true;
	}
	snprintf(request->peer, sizeof(request->peer), "%.*s", SLICE_ARG(r->peer));
	wire.done = false;
	service->handle(request, service->arg);
	while (!wire.done)
		if (mailbox_wait(wire.mailbox, WAIT_MS) == 0)
			return false;
	return true;
}

/* A piece around the first byte that differs. */
static struct slice
piece(struct slice text, size_t at)
{
	return slice_head(slice_from(text, at > BEFORE ? at - BEFORE : 0), 4 * BEFORE);
}

static void
judge(struct replay *r, struct slice title, struct slice expected)
{
	struct slice got = buf_slice(&wire.answer);
	size_t at = 0;

	if (slice_equal(got, expected)) {
		r->passed++;
		return;
	}
	r->failed++;
	while (at < got.n && at < expected.n && got.p[at] == expected.p[at])
		at++;
	fprintf(stderr, "FAIL %s: %.*s, byte %zu\n--- expected\n%.*s\n--- got\n%.*s\n",
	    r->path, SLICE_ARG(title), at, SLICE_ARG(piece(expected, at)),
	    SLICE_ARG(piece(got, at)));
}

/* False: no answer came. The answer lies in the request's arena. */
static bool
exchange(struct replay *r, struct request *request, struct slice sent, size_t allocations)
{
	struct parse_head head = { .err = E_OK };
	bool ok;

	wire.answer = BUF_INIT(request->arena);
	if (!make_request(request, to_wire(request->arena, sent), &head))
		return false;
	arena_fail_after(allocations);
	ok = ask(r, request, head.length);
	arena_fail_after(SIZE_MAX);
	return ok;
}

/* With n allocations more each time, until the answer is no fault of the server. */
static bool
starve(struct replay *r, struct slice sent)
{
	for (size_t n = 0; n < STARVE_MAX; n++) {
		struct request request = { .arena = arena_new(0) };
		bool ok = exchange(r, &request, sent, n);
		struct slice got = buf_slice(&wire.answer);
		bool fault = slice_starts(got, SLICE("HTTP/1.1 503"));
		bool is_signed = slice_search(got, SLICE("\nSignature")) >= 0;

		arena_free(request.arena);
		if (!ok || (fault && is_signed))
			return false;
		if (!fault)
			return n > 0;
	}
	return false;
}

static bool
has_token(struct slice expected)
{
	return slice_search(expected, SLICE("\"activation_token\"")) >= 0;
}

static void
run_exchange(
    struct replay *r, struct slice title, struct slice sent, struct slice expected)
{
	struct request request = { .arena = NULL };

	if (is_set(r, "starve", "yes") && !has_token(expected) && !starve(r, sent)) {
		fprintf(stderr, "FAIL %s: %.*s: starved\n", r->path, SLICE_ARG(title));
		r->failed++;
	}
	request.arena = arena_new(0);
	if (!exchange(r, &request, sent, SIZE_MAX)) {
		fprintf(stderr, "FAIL %s: %.*s: no answer\n", r->path, SLICE_ARG(title));
		r->failed++;
	} else {
		judge(r, title, to_wire(request.arena, expected));
	}
	arena_free(request.arena);
}

/* Text up to a line that is just `mark` or starts with it; *rest goes behind that mark.
 */
static struct slice
cut_at(struct slice *rest, struct slice mark)
{
	ptrdiff_t at = slice_search(*rest, mark);
	struct slice head = *rest;

	if (at < 0) {
		*rest = SLICE_NULL;
		return head;
	}
	head.n = (size_t)at + 1;
	*rest = slice_from(*rest, (size_t)at + mark.n);
	return head;
}

/* The rest of a line that starts so, taken off; null when the next one does not. */
static struct slice
take_word(struct slice *text, const char *start)
{
	struct slice line;

	if (!slice_starts(*text, slice_str(start)))
		return SLICE_NULL;
	line = slice_cut(text, '\n');
	return slice_from(line, strlen(start));
}

static void
run_section(struct replay *r, struct slice section)
{
	struct slice title = slice_trim(slice_cut(&section, '\n'));
	struct slice sent;
	int64_t now;

	if (clock_parse_iso(take_word(&section, "at "), &now))
		clock_set(now);
	r->peer = take_word(&section, "from ");
	sent = cut_at(&section, SLICE("\n---\n"));
	run_exchange(r, title, sent, section);
}

static void
run_file(struct replay *r, const char *path)
{
	struct arena *a = arena_new(0);
	struct slice text;

	r->path = path;
	clock_set(WORLD_NOW);
	if (!a || file_read(a, path, FILE_MAX, &text) != E_OK) {
		fprintf(stderr, "FAIL %s: cannot be read\n", path);
		r->failed++;
		arena_free(a);
		return;
	}
	r->settings = cut_at(&text, SLICE("\n=== "));
	if (replay_start(r)) {
		while (text.p)
			run_section(r, cut_at(&text, SLICE("\n=== ")));
		check_touched(r);
	} else {
		r->failed++;
	}
	replay_stop(r);
	arena_free(a);
}

static bool
run_all(struct replay *r, int argc, char **argv)
{
	const char *srcdir = getenv("srcdir");
	char pattern[512];
	glob_t files = { .gl_pathc = 0 };

	for (int i = 1; i < argc; i++)
		run_file(r, argv[i]);
	if (argc > 1)
		return r->failed == 0;
	snprintf(pattern, sizeof(pattern), "%s/tests/compat/*.exchange",
	    srcdir ? srcdir : ".");
	if (glob(pattern, 0, NULL, &files) != 0) {
		fprintf(stderr, "no exchanges in %s\n", pattern);
		return false;
	}
	for (size_t i = 0; i < files.gl_pathc; i++)
		run_file(r, files.gl_pathv[i]);
	globfree(&files);
	return r->failed == 0;
}

int
main(int argc, char **argv)
{
	struct replay r = { .failed = 0 };
	bool ok;

	log_setup(LOG_ERROR, LOG_LOGFMT, NULL);
	wire.mailbox = mailbox_new();
	if (!wire.mailbox)
		return 99;
	ok = run_all(&r, argc, argv);
	printf("%d exchanges passed, %d failed\n", r.passed, r.failed);
	mailbox_free(wire.mailbox);
	return ok ? 0 : 1;
}
