#include "tests/chaos/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "keys/generate.h"
#include "server/api/auth.h"
#include "tests/support/store_fault.h"
#include "tests/support/store_mem.h"

#define MANY ((size_t)1 << 40)
#define REPEAT_EVERY 16

enum failure { ONE_ALLOCATION, ALL_ALLOCATIONS, STORE_VERB, N_FAULTS };

static const char *const fault_names[] = { "allocation", "allocations from", "verb" };

static struct {
	size_t tries[N_FAULTS], failed[N_FAULTS], needed[N_FAULTS];
} sum;

struct rig {
	struct manage_world *w;
	const struct chaos_case *c;
	struct api *api; /* signs its answers */
	struct touch *touch;
	struct keyring_slot *ring;
	struct manage_keys signing; /* of cases with them */
	const char *api_key, *shared_key, *token;
	struct chaos_call call;   /* with the keys of licenses in it */
	struct buf start;         /* of the store */
	unsigned char digest[32]; /* of it */
	size_t keys, keys_after;  /* of the store before and after the call */
	size_t needed[N_FAULTS];  /* that a run without failures takes */
	size_t body_n;            /* of the answer then */
};

/* --- the world -------------------------------------------------------------------- */

static struct store *
memory(struct rig *r)
{
	return store_fault_under(r->w->store);
}

static void
make_keyring(struct rig *r)
{
	static const enum key_use uses[] = { KEY_ISSUING, KEY_BOX, KEY_STORE };
	struct keyring_part parts[3] = { 0 };
	struct keyring *ring;

	for (size_t i = 0; i < 3; i++)
		assert_int_equal(
		    key_generate(uses[i], MANAGE_NOW, &parts[i].key, &parts[i].material),
		    E_OK);
	assert_int_equal(keyring_new(parts, 3, &ring), E_OK);
	r->ring = keyring_slot_new(ring);
	assert_non_null(r->ring);
	for (size_t i = 0; i < 3; i++)
		secret_free(parts[i].material);
}

static void
make_api(struct rig *r)
{
	struct conf_rate wide = { 0, CLOCK_SECOND, 1 };
	struct api_settings settings = { .environment = "test",
		.base_url = "https://license.example.com/api/v4",
		.admin_url = "http://127.0.0.1:8081",
		.date_window = 900 * CLOCK_SECOND,
		.sign = true,
		.v4_rate = wide,
		.v4_fail_rate = wide,
		.v4_user_fail_rate = wide,
		.admin_rate = wide,
		.offline_rate = wide,
		.list_life = 30 * CLOCK_DAY,
		.qr_bytes = 450,
		.qr_level = 1,
		.portal = true,
		.metrics = true };
	struct api_options options = { .store = r->w->store,
		.seal = r->w->seal,
		.keys = r->ring,
		.passwords = r->w->pool,
		.touch = r->touch,
		.settings = &settings };

	assert_int_equal(api_new(&r->api, &options), E_OK);
}

/* Licenses 1 and 2 of editor (1 has features, device 1, an order of a customer), 3 of
 * portal with the user u@x.example, 4 to 6 the set of studio, 7 unused of a test order.
 */
static void
fill(struct rig *r)
{
	struct manage_world *w = r->w;
	struct fixture f;

	shop_open(w);
	shop_make(w, "POST customer-accounts/", "{\"name\":\"Client\",\"code\":\"cl\"}");
	shop_make(w, "POST orders/create_order/",
	    "{\"customer\":{\"email\":\"lab@client.example\"},\"items\":"
	    "[{\"product_code\":\"editor\",\"licenses\":[{\"max_activations\":3,"
	    "\"license_type\":\"consumption\",\"max_consumptions\":100,"
	    "\"product_features\":[{\"code\":\"pro\"},{\"code\":\"pages\"}]}]}]}");
	shop_issue(w, "editor", "\"is_floating_cloud\":true,\"floating_users\":2");
	shop_issue(w, "portal", "\"max_license_users\":2,\"max_activations\":2");
	f = shop_client(w, "editor", 1);
	fixture_user(&f, "u@x.example"); /* not by the API, which hashes a password */
	fixture_user(&f, "v@x.example");
	ask(w, "POST licenses/3/assign_user/", "{\"email\":\"u@x.example\"}", NULL);
	assert_int_equal(w->status, 200);
	shop_issue(w, "studio", "\"max_activations\":2");
	shop_make(w, "POST orders/create_order/",
	    "{\"is_test\":true,\"items\":[{\"product_code\":\"render\"}]}");
	ask(w, "PATCH vendor/", "{\"password_change\":true}", NULL);
	assert_int_equal(w->status, 200);
	assert_int_equal(shop_activate(w, "editor", 1, "hw-1"), E_OK);
	shop_make(w, "POST api-keys/", "{\"name\":\"app\"}");
	r->api_key = pick_text(w, "api_key");
	r->shared_key = pick_text(w, "shared_key");
	shop_token(w, "[\"catalog.read\",\"audit.read\"]");
	r->token = w->token;
	w->token = NULL;
}

static void
rig_open(struct rig *r, const struct chaos_case *c)
{
	void *state;

	*r = (struct rig){ .c = c };
	store_fault_setup(&store_mem_ops);
	assert_int_equal(manage_setup_on(&state, &store_fault_ops), 0);
	r->w = state;
	log_setup(LOG_ERROR, LOG_LOGFMT, NULL);
	r->touch = touch_new();
	assert_non_null(r->touch);
	make_keyring(r);
	make_api(r);
	fill(r);
	if (c->keys)
		manage_keys_open(&r->signing, r->w, true);
}

static void
rig_close(struct rig *r)
{
	void *state = r->w;

	buf_free(&r->start);
	if (r->c->keys)
		manage_keys_close(&r->signing);
	api_free(r->api);
	touch_free(r->touch);
	keyring_slot_free(r->ring);
	manage_teardown(&state);
}

/* --- calls ------------------------------------------------------------------------ */

static void
add(struct request *r, const char *name, const char *value)
{
	r->headers[r->n_headers++] = (struct header){ slice_str(name), slice_str(value) };
}

static void
sign(struct rig *r, struct request *q)
{
	unsigned char mac[SHA256_LEN];
	struct buf text = BUF_INIT(q->arena);
	char *date = arena_alloc(q->arena, CLOCK_HTTP_LEN + 1);

	clock_http(clock_now(), date);
	assert_int_equal(
	    auth_mac(q->arena, slice_str(r->shared_key), slice_str(date), mac), E_OK);
	buf_str(&text, "algorithm=\"hmac-sha256\",headers=\"date\",signature=\"");
	buf_base64(&text, mac, sizeof(mac));
	buf_printf(&text, "\",apikey=\"%s\"", r->api_key);
	buf_char(&text, '\0');
	assert_int_equal(buf_finish(&text), E_OK);
	add(q, "Date", date);
	add(q, "Authorization", text.p);
}

/* ID_KEY in a body stands for the license key of license ID. */
static const char *
with_keys(struct rig *r, const char *text)
{
	struct buf out = BUF_INIT(r->w->arena);
	const char *at;

	while (text && (at = strstr(text, "_KEY")) != NULL) {
		buf_add(&out, text, (size_t)(at - text) - 1);
		buf_str(&out, shop_key(r->w, at[-1] - '0'));
		text = at + 4;
	}
	if (!text)
		return NULL;
	buf_str(&out, text);
	buf_char(&out, '\0');
	assert_int_equal(buf_finish(&out), E_OK);
	return out.p;
}

static struct chaos_call
spelled_out(struct rig *r, const struct chaos_call *call)
{
	const char *special = chaos_body(r->w, call->body), *body;

	if (special)
		return (struct chaos_call){ call->call, special };
	if (r->c->keys)
		return (struct chaos_call){ manage_keys_spell(&r->signing, call->call),
			manage_keys_spell(&r->signing, call->body) };
	body = with_keys(r, call->body);
	if (strstr(call->call, "_offline"))
		body = chaos_file(r->w->arena, r->api_key, r->shared_key, body);
	return (struct chaos_call){ with_keys(r, call->call), body };
}

static void
send_client(struct rig *r, const struct chaos_call *call)
{
	struct request *q = manage_request(r->w, call->call, call->body);

	if (slice_starts(q->path, SLICE("/api/v4/")))
		sign(r, q);
	if (call->body && call->body[0] == '{')
		add(q, "Content-Type", "application/json");
	if (call->body && slice_starts(slice_str(call->body), SLICE("--b\r\n")))
		add(q, "Content-Type", "multipart/form-data; boundary=b");
	manage_send(r->w,
	    r->c->is_admin ? api_admin_service(r->api) : api_public_service(r->api), q);
}

static int
send_call(struct rig *r, const struct chaos_call *call, const char *headers)
{
	if (call->call[strcspn(call->call, " ") + 1] == '/')
		send_client(r, call);
	else
		ask_begin(r->w, call->call, call->body, headers);
	return ask_end(r->w);
}

/* --- tries ------------------------------------------------------------------------ */

static void
describe_and_fail(struct rig *r, enum failure fault, size_t n, const char *why)
{
	fail_msg("%s, %s %zu: %s: %d %.*s", r->c->call.call, fault_names[fault], n, why,
	    r->w->status, SLICE_ARG(r->w->body));
}

static void
arm(struct rig *r, enum failure fault, size_t n)
{
	r->w->fail_after = fault == STORE_VERB ? 0 : n + 1;
	r->w->fail_once = fault == ONE_ALLOCATION;
	store_fault_arm(fault == STORE_VERB ? (long)n : -1, E_UNAVAILABLE);
}

static void
disarm(struct rig *r)
{
	r->w->fail_after = 0;
	store_fault_arm(-1, E_OK);
}

static bool
met_failure(struct rig *r, enum failure fault, size_t n)
{
	if (fault == STORE_VERB)
		return store_fault_calls() > (long)n;
	return fault == ONE_ALLOCATION ? r->w->left == SIZE_MAX : r->w->left == 0;
}

static void
put_back(struct rig *r)
{
	store_mem_back(memory(r), &r->start);
	if (r->c->keys)
		manage_keys_back(&r->signing);
}

static bool
changed(struct rig *r)
{
	unsigned char now[32];

	manage_digest(r->w, now);
	return memcmp(now, r->digest, 32) != 0;
}

static void
judge(struct rig *r, enum failure fault, size_t n)
{
	bool is_refused = r->w->status >= 500;
	bool did = changed(r);

	if (!is_refused && r->w->status >= 300)
		describe_and_fail(r, fault, n, "a wrong verdict");
	if (is_refused && r->w->status != err_info(E_NO_MEMORY)->http)
		describe_and_fail(r, fault, n, "another fault");
	if ((did || !is_refused) && store_mem_keys(memory(r)) != r->keys_after)
		describe_and_fail(r, fault, n, "half done");
	if (!is_refused && !r->c->varies && r->w->body.n != r->body_n)
		describe_and_fail(r, fault, n, "another answer");
	if (is_refused)
		sum.failed[fault]++;
	if (did || n % REPEAT_EVERY != 0)
		return;
	disarm(r);
	if (send_call(r, &r->call, r->c->headers) >= 300)
		describe_and_fail(r, fault, n, "no success after it");
}

/* False: the call had all that it needs. */
static bool
try(struct rig *r, enum failure fault, size_t n)
{
	struct arena_mark mark = arena_mark(r->w->arena);
	bool met;

	put_back(r);
	arm(r, fault, n);
	send_call(r, &r->call, r->c->headers);
	met = met_failure(r, fault, n);
	disarm(r);
	sum.tries[fault]++;
	if (met)
		judge(r, fault, n);
	else if (r->w->status >= 300)
		describe_and_fail(r, fault, n, "refused without a failure");
	arena_reset(r->w->arena, mark);
	return met;
}

/* Counts what the call takes when nothing fails. */
static void
measure(struct rig *r)
{
	r->keys = store_mem_keys(memory(r));
	manage_digest(r->w, r->digest);
	r->start = store_mem_copy(memory(r));
	if (r->c->keys)
		manage_keys_keep(&r->signing);
	arm(r, ONE_ALLOCATION, MANY);
	send_call(r, &r->call, r->c->headers);
	disarm(r);
	if (r->w->status >= 300)
		describe_and_fail(r, ONE_ALLOCATION, MANY, "the case does not work");
	r->needed[ONE_ALLOCATION] = r->needed[ALL_ALLOCATIONS] = MANY - r->w->left;
	r->keys_after = store_mem_keys(memory(r));
	r->body_n = r->w->body.n;
	put_back(r);
	arm(r, STORE_VERB, MANY);
	send_call(r, &r->call, r->c->headers);
	r->needed[STORE_VERB] = (size_t)store_fault_calls();
	disarm(r);
}

/* Tries of each fault, unless all are wanted. */
static size_t
tries_max(const struct rig *r, enum failure fault)
{
	static const size_t usual[N_FAULTS] = { 24, 6, 16 };
	const char *all = getenv("LICET_LONG");

	if (r->c->hashes)
		return all && *all ? 100 : 8;
	return all && *all ? SIZE_MAX : usual[fault];
}

static void
try_all(struct rig *r, enum failure fault)
{
	size_t max = tries_max(r, fault);
	size_t step = r->needed[fault] <= max ? 1 : r->needed[fault] / max + 1;
	size_t n = 0;

	while (n < r->needed[fault] && try(r, fault, n))
		n += step;
	while (n >= r->needed[fault] && try(r, fault, n))
		n++;
	sum.needed[fault] += r->needed[fault];
}

static void
run_case(const struct chaos_case *c)
{
	struct rig r;

	rig_open(&r, c);
	for (size_t i = 0; i < ARRAY_LEN(c->before) && c->before[i].call; i++) {
		struct chaos_call first = spelled_out(&r, &c->before[i]);

		if (send_call(&r, &first, NULL) >= 300)
			fail_msg("before %s: %s: %d %.*s", c->route, first.call,
			    r.w->status, SLICE_ARG(r.w->body));
	}
	r.call = spelled_out(&r, &c->call);
	if (c->with_token)
		r.w->token = r.token;
	measure(&r);
	for (int fault = 0; fault < N_FAULTS; fault++)
		try_all(&r, (enum failure)fault);
	r.w->token = NULL;
	rig_close(&r);
}

/* --- the list --------------------------------------------------------------------- */

static bool
is_of(const struct chaos_case *c, const struct endpoint *e)
{
	struct slice pattern = slice_str(c->route);
	struct slice method = slice_cut(&pattern, ' ');
	struct slice full = slice_str(e->pattern);

	if (e->family == FAMILY_MANAGE)
		full = slice_from(full, strlen("/api/v1/"));
	return slice_is(method, request_method_name(e->method)) &&
	       slice_equal(pattern, full);
}

static bool
has_case(const struct chaos_cases *cases, const struct endpoint *e)
{
	for (size_t i = 0; i < cases->n; i++)
		if (is_of(&cases->item[i], e))
			return true;
	return false;
}

static bool
has_row(const struct chaos_case *c, const struct endpoint_list *const *lists, size_t n)
{
	for (size_t l = 0; l < n; l++)
		for (size_t i = 0; i < lists[l]->n; i++)
			if (is_of(c, &lists[l]->item[i]))
				return true;
	return false;
}

static const struct chaos_suite *suite;

static void
test_complete(void **state)
{
	const struct endpoint_list *const *lists = suite->lists;

	(void)state;
	for (size_t l = 0; l < suite->n; l++)
		for (size_t i = 0; i < lists[l]->n; i++)
			if (!has_case(suite->cases, &lists[l]->item[i]))
				fail_msg("no case of %s %s",
				    request_method_name(lists[l]->item[i].method),
				    lists[l]->item[i].pattern);
	for (size_t i = 0; i < suite->cases->n; i++)
		if (!has_row(&suite->cases->item[i], lists, suite->n))
			fail_msg("no row of the case %s", suite->cases->item[i].route);
}

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < suite->cases->n; i++)
		run_case(&suite->cases->item[i]);
	printf("%s: %zu cases;", suite->name, suite->cases->n);
	for (int i = 0; i < N_FAULTS; i++)
		printf(" %s: %zu tries of %zu, %zu refused;", fault_names[i],
		    sum.tries[i], sum.needed[i], sum.failed[i]);
	printf("\n");
}

int
chaos_main(const struct chaos_suite *wanted)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_complete),
		cmocka_unit_test(test_cases),
	};

	suite = wanted;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
