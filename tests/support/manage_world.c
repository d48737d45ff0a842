#include "tests/support/manage_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "server/action/run.h"
#include "server/action/system.h"
#include "server/model/audit.h"
#include "server/store/record.h"
#include "tests/support/fixture.h"
#include "tests/support/reply_parts.h"
#include "tests/support/store_mem.h"

#define WAIT_MS 20000
#define HEADERS_MAX 16

/* Stands for the sockets. */
static struct {
	struct mailbox *mailbox;
	struct manage_world *world;
	size_t waiting;
} wire;

struct mailbox *
loop_mailbox(struct loop *loop)
{
	(void)loop;
	return wire.mailbox;
}

void
server_reply(struct request *request, struct reply *reply)
{
	struct manage_world *w = wire.world;

	w->left = arena_fail_left();
	arena_fail_after(SIZE_MAX);
	wire.waiting--;
	reply_take_parts(reply);
	w->status = reply->status;
	w->headers = arena_slice(w->arena, buf_slice(&reply->headers));
	w->body = arena_slice(w->arena, buf_slice(&reply->body));
	w->json = NULL;
	if (w->body.n && slice_search(w->headers, SLICE("application/json")) >= 0)
		assert_int_equal(json_parse(w->arena, w->body, &w->json), E_OK);
	arena_free(request->arena);
}

static enum err
first_records(struct manage_world *w)
{
	struct actor actor = { .type = ACTOR_LOCAL,
		.id = SLICE("0"),
		.name = SLICE("local:0"),
		.credential = SLICE(""),
		.address = SLICE("local"),
		.request_id = SLICE("first"),
		.account_id = FIELD_NONE };
	struct system_first first = { .vendor = SLICE("Acme"),
		.owner = SLICE("owner@acme.example") };
	struct action_run run = { .store = w->store,
		.seal = w->seal,
		.actor = &actor,
		.arena = w->arena,
		.now = MANAGE_NOW,
		.write = true,
		.fn = action_system_first,
		.req = &first };

	return action_run_now(&run);
}

static struct api_settings
settings_of(int64_t burst)
{
	return (struct api_settings){ .environment = "test",
		.base_url = "https://license.example.com/api/v4",
		.admin_url = "http://127.0.0.1:8081",
		.date_window = 900 * CLOCK_SECOND,
		.list_life = CLOCK_DAY,
		.admin_rate = { 20, CLOCK_SECOND, burst } };
}

void
manage_set_burst(struct manage_world *w, int64_t burst)
{
	struct api_settings settings = settings_of(burst);

	api_set_settings(w->api, &settings);
}

void
manage_restart(struct manage_world *w)
{
	struct api_settings settings = settings_of(40);
	struct api_options options = { .store = w->store,
		.seal = w->seal,
		.passwords = w->pool,
		.touch = w->touch,
		.keystore = w->keystore,
		.keys = w->keys,
		.settings = &settings };

	api_free(w->api);
	assert_int_equal(api_new(&w->api, &options), E_OK);
}

int
manage_setup(void **state)
{
	return manage_setup_on(state, &store_mem_ops);
}

int
manage_setup_on(void **state, const struct store_ops *ops)
{
	static const char master[32] = "a store key of 32 bytes for test";
	struct arena *arena = arena_new((size_t)1 << 30);
	struct manage_world *w = arena ? arena_alloc(arena, sizeof(*w)) : NULL;
	struct store_options options = { .ops = ops,
		.schema = &model_schema,
		.dir = "",
		.batch_max = 64,
		.create = true };

	if (!w || store_open(&w->store, &options) != E_OK)
		return -1;
	log_setup(LOG_ERROR, LOG_LOGFMT, NULL);
	clock_set(MANAGE_NOW);
	w->arena = arena;
	w->address = "192.0.2.7";
	w->seal = seal_new(slice_of(master, sizeof(master)));
	w->pool = pool_new(1, 8);
	w->touch = touch_new();
	wire.mailbox = mailbox_new();
	wire.world = *state = w;
	wire.waiting = 0;
	if (!w->seal || !w->pool || !w->touch || !wire.mailbox ||
	    first_records(w) != E_OK || store_start(w->store) != E_OK)
		return -1;
	manage_restart(w);
	return 0;
}

int
manage_teardown(void **state)
{
	struct manage_world *w = *state;

	api_free(w->api);
	pool_free(w->pool);
	store_close(w->store);
	touch_free(w->touch);
	seal_free(w->seal);
	mailbox_free(wire.mailbox);
	arena_free(w->arena);
	clock_set(FIELD_NONE);
	return 0;
}

static void
add_header(struct request *r, struct slice name, struct slice value)
{
	assert_true(r->n_headers < HEADERS_MAX);
	r->headers[r->n_headers++] = (struct header){ name, value };
}

static void
add_headers(struct manage_world *w, struct request *r, const char *lines)
{
	struct slice rest = slice_str(lines ? lines : "");

	if (w->token)
		add_header(r, SLICE("Authorization"),
		    slice_str(arena_printf(r->arena, "Api-Key %s", w->token)));
	while (rest.n) {
		struct slice line = slice_cut(&rest, '\n');
		struct slice name = slice_cut(&line, ':');

		add_header(r, arena_slice(r->arena, name),
		    arena_slice(r->arena, slice_trim(line)));
	}
}

static enum method
method_of(struct slice name)
{
	static const char *const names[] = { "GET", "POST", "PUT", "PATCH", "DELETE" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (slice_is(name, names[i]))
			return (enum method)i;
	return HTTP_OTHER;
}

struct request *
manage_request(struct manage_world *w, const char *call, const char *body)
{
	struct arena *arena = arena_new(0);
	struct request *r = arena_alloc(arena, sizeof(*r));
	struct slice target;
	static unsigned serial;

	assert_non_null(r);
	r->arena = arena;
	r->headers = arena_array(arena, HEADERS_MAX, sizeof(*r->headers));
	assert_non_null(r->headers);
	snprintf(r->id, sizeof(r->id), "00000000-0000-4000-8000-%012u", ++serial);
	target = slice_str(arena_printf(arena, "%s", call));
	r->method_text = slice_cut(&target, ' ');
	r->method = method_of(r->method_text);
	r->path = slice_cut(&target, '?');
	r->query = target;
	r->body = body ? slice_str(arena_printf(arena, "%s", body)) : SLICE("");
	r->received = clock_now();
	snprintf(r->peer, sizeof(r->peer), "%s", w->address);
	return r;
}

void
manage_send(struct manage_world *w, const struct service *service, struct request *r)
{
	wire.waiting++;
	if (w->fail_after && w->fail_once)
		arena_fail_at(w->fail_after - 1);
	else if (w->fail_after)
		arena_fail_after(w->fail_after - 1);
	service->handle(r, service->arg);
}

void
ask_begin(struct manage_world *w, const char *call, const char *body, const char *headers)
{
	struct slice target = slice_str(call), method = slice_cut(&target, ' ');
	struct arena *arena = arena_new(0);
	struct request *r = manage_request(w,
	    arena_printf(
		arena, "%.*s /api/v1/%.*s", SLICE_ARG(method), SLICE_ARG(target)),
	    body);

	arena_free(arena);
	r->is_local = w->token == NULL;
	r->peer_uid = geteuid() + (uid_t)w->uid_shift;
	if (r->is_local)
		snprintf(r->peer, sizeof(r->peer), "local");
	add_headers(w, r, headers);
	manage_send(w, api_admin_service(w->api), r);
}

int
ask_end(struct manage_world *w)
{
	size_t before = wire.waiting;

	while (wire.waiting && wire.waiting == before)
		assert_true(mailbox_wait(wire.mailbox, WAIT_MS) > 0);
	return w->status;
}

int
ask(struct manage_world *w, const char *call, const char *body, const char *headers)
{
	ask_begin(w, call, body, headers);
	while (wire.waiting)
		assert_true(mailbox_wait(wire.mailbox, WAIT_MS) > 0);
	return w->status;
}

int
askf(struct manage_world *w, const char *fmt, ...)
{
	char call[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(call, sizeof(call), fmt, ap);
	va_end(ap);
	return ask(w, call, NULL, NULL);
}

static const struct json *
step(const struct json *json, struct slice name)
{
	int64_t i;

	if (json->type == JSON_ARRAY && slice_to_int(name, &i))
		return (size_t)i < json->n ? &json->items[i] : NULL;
	for (size_t k = 0; json->type == JSON_OBJECT && k < json->n; k++)
		if (slice_equal(json->members[k].name, name))
			return &json->members[k].value;
	return NULL;
}

const struct json *
pick(struct manage_world *w, const char *path)
{
	const struct json *json = w->json;
	struct slice rest = slice_str(path);

	while (json && rest.p)
		json = step(json, slice_cut(&rest, '.'));
	if (!json)
		fail_msg("no %s in %d %.*s", path, w->status, SLICE_ARG(w->body));
	return json;
}

int64_t
pick_int(struct manage_world *w, const char *path)
{
	const struct json *json = pick(w, path);

	if (json->type != JSON_INT)
		fail_msg("%s is no integer in %.*s", path, SLICE_ARG(w->body));
	return json->integer;
}

const char *
pick_text(struct manage_world *w, const char *path)
{
	const struct json *json = pick(w, path);

	if (json->type != JSON_TEXT)
		fail_msg("%s is no text in %.*s", path, SLICE_ARG(w->body));
	return arena_str(w->arena, json->text);
}

bool
pick_bool(struct manage_world *w, const char *path)
{
	const struct json *json = pick(w, path);

	assert_int_equal(json->type, JSON_BOOL);
	return json->boolean;
}

bool
pick_null(struct manage_world *w, const char *path)
{
	return pick(w, path)->type == JSON_NULL;
}

const char *
answer_header(struct manage_world *w, const char *name)
{
	struct slice rest = w->headers;

	while (rest.n) {
		struct slice line = slice_cut(&rest, '\n');
		struct slice key = slice_cut(&line, ':');

		if (slice_equal_fold(key, slice_str(name)))
			return arena_str(w->arena, slice_trim(line));
	}
	return NULL;
}

void
assert_text(struct manage_world *w, const char *path, const char *expected)
{
	assert_string_equal(pick_text(w, path), expected);
}

void
assert_refused(struct manage_world *w, int status, const char *code, const char *field)
{
	if (w->status != status)
		fail_msg(
		    "status %d, not %d: %.*s", w->status, status, SLICE_ARG(w->body));
	assert_int_equal(pick_int(w, "status"), status);
	assert_text(w, "code", code);
	assert_int_equal(pick(w, "errors")->type, JSON_ARRAY);
	if (field)
		assert_text(w, "errors.0.field", field);
}

void
manage_digest(struct manage_world *w, unsigned char out[static 32])
{
	struct fixture f = { .arena = w->arena, .store = w->store };

	fixture_digest(&f, out);
}

int64_t
manage_count(struct manage_world *w, enum table table)
{
	struct fixture f = { .arena = w->arena, .store = w->store };

	return fixture_count(&f, table);
}

static enum err
newest(struct txn *txn, void *arg)
{
	struct record_scan scan;
	enum err e = record_scan(txn, T_AUDIT, -1, SLICE_NULL, SLICE_NULL, true, &scan);

	return e ? e : record_next(&scan, arg);
}

const char *
last_audit(struct manage_world *w)
{
	struct audit audit;

	assert_int_equal(store_read_now(w->store, w->arena, newest, &audit), E_OK);
	return arena_str(w->arena, audit.action);
}

/* A body as a dry run shows it: what is null there is skipped here. */
static void
assert_like(const struct json *dry, const struct json *real)
{
	if (dry->type == JSON_NULL)
		return;
	assert_int_equal(dry->type, real->type);
	if (dry->type == JSON_TEXT)
		assert_true(slice_equal(dry->text, real->text));
	if (dry->type == JSON_INT)
		assert_int_equal(dry->integer, real->integer);
	assert_int_equal(dry->n, real->n);
	for (size_t i = 0; i < dry->n && dry->type == JSON_ARRAY; i++)
		assert_like(&dry->items[i], &real->items[i]);
	for (size_t i = 0; i < dry->n && dry->type == JSON_OBJECT; i++) {
		const struct json_member *m = &dry->members[i];
		const struct json *other = step(real, m->name);

		assert_non_null(other);
		assert_like(&m->value, other);
	}
}

/* Detail of the newest audit entry, null when it has none. */
static struct slice
newest_detail(struct manage_world *w)
{
	struct fixture f = { .arena = w->arena, .store = w->store };
	struct audit_detail detail = { .seq = 0 };
	struct audit audit;

	assert_int_equal(store_read_now(w->store, w->arena, newest, &audit), E_OK);
	detail.seq = audit.seq;
	if (!audit.detail_hash.n)
		return SLICE_NULL;
	fixture_find(&f, T_AUDIT_DETAIL, &detail);
	return detail.fields;
}

/* One of the changes foretold is the one that was logged last. */
static void
assert_foretold(struct manage_world *w, const struct json *changes)
{
	struct slice detail = newest_detail(w);

	for (size_t i = 0; i < changes->n; i++) {
		struct buf text = BUF_INIT(w->arena);

		json_print(&text, json_get(&changes->items[i], "fields"));
		if (!detail.p || slice_equal(buf_slice(&text), detail))
			return;
	}
	fail_msg("no change was as foretold: %.*s", SLICE_ARG(detail));
}

int
ask_both(struct manage_world *w, const char *call, const char *body)
{
	const char *mark = strchr(call, '?') ? "&" : "?";
	unsigned char before[32], after[32];
	const struct json *dry, *changes;

	manage_digest(w, before);
	ask(w, arena_printf(w->arena, "%s%sdry_run=true", call, mark), body, NULL);
	manage_digest(w, after);
	assert_memory_equal(before, after, 32);
	if (w->status >= 400)
		return ask(w, call, body, NULL);
	assert_int_equal(w->status, 200);
	assert_true(pick_bool(w, "dry_run"));
	dry = pick(w, "result");
	changes = pick(w, "changes");
	ask(w, call, body, NULL);
	assert_true(w->status < 300);
	manage_digest(w, after);
	assert_int_equal(changes->n > 0, memcmp(before, after, 32) != 0);
	if (changes->n)
		assert_foretold(w, changes);
	if (w->json)
		assert_like(dry, w->json);
	else
		assert_int_equal(dry->type, JSON_NULL);
	return w->status;
}
