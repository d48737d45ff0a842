#include "tests/support/manage_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/api/endpoint.h"
#include "server/api/manage.h"
#include "server/model/account.h"
#include "tests/support/fixture.h"

static void
make(struct manage_world *w, const char *call, const char *body)
{
	if (ask(w, call, body, NULL) != 201)
		fail_msg("%s: %d %.*s", call, w->status, SLICE_ARG(w->body));
}

static const char *
make_token(struct manage_world *w, const char *permissions)
{
	make(w, "POST tokens/",
	    arena_printf(w->arena, "{\"name\":\"t\",\"permissions\":%s}", permissions));
	return pick_text(w, "token");
}

static void
test_accounts(void **state)
{
	struct manage_world *w = *state;

	askf(w, "GET accounts/?email=OWNER@acme.example");
	assert_int_equal(pick_int(w, "count"), 1);
	assert_text(w, "results.0.role", "owner");
	assert_true(pick_bool(w, "results.0.enabled"));
	assert_int_equal(askf(w, "GET accounts/1/"), 200);
	askf(w, "GET accounts/me/");
	assert_refused(w, 404, "not_found", NULL);
	assert_int_equal(ask(w, "POST accounts/", "{}", NULL), 405);
	w->token = make_token(w, "[\"catalog.read\"]");
	assert_int_equal(askf(w, "GET accounts/me/"), 200);
	assert_text(w, "email", "owner@acme.example");
	assert_int_equal(askf(w, "GET accounts/"), 403);
}

static void
test_token(void **state)
{
	struct manage_world *w = *state;
	const char *token;

	make(w, "POST tokens/", "{\"name\":\"ci\",\"permissions\":[\"catalog.read\"]}");
	token = pick_text(w, "token");
	assert_int_equal(strlen(token), 4 + 8 + 1 + 43);
	assert_memory_equal(token, "lmk_", 4);
	assert_int_equal(token[12], '.');
	assert_memory_equal(pick_text(w, "prefix"), token, 12);
	assert_text(w, "account", "owner@acme.example");
	assert_text(w, "permissions.0", "catalog.read");
	assert_int_equal(pick(w, "allowed_addresses")->n, 0);
	assert_text(w, "expires_at", "2025-10-02T10:56:13.412Z");
	assert_true(pick_null(w, "last_used_at"));
	assert_string_equal(last_audit(w), "token.created");
	askf(w, "GET tokens/?account=owner@acme.example");
	assert_int_equal(pick_int(w, "count"), 1);
	assert_true(pick_null(w, "results.0.token"));
	assert_null(strstr(arena_str(w->arena, w->body), token + 13));
	assert_int_equal(ask_both(w, "POST tokens/1/revoke/", NULL), 200);
	assert_text(w, "revoked_at", "2025-07-04T10:56:13.412Z");
	assert_string_equal(last_audit(w), "token.revoked");
	ask(w, "POST tokens/1/revoke/", NULL, NULL);
	assert_refused(w, 409, "wrong_state", NULL);
	assert_int_equal(ask(w, "DELETE tokens/1/", NULL, NULL), 405);
}

static void
test_token_faults(void **state)
{
	struct manage_world *w = *state;

	ask(w, "POST tokens/", "{}", NULL);
	assert_refused(w, 400, "missing_parameters", "name");
	ask(w, "POST tokens/", "{\"name\":\"t\",\"permissions\":[\"all\"]}", NULL);
	assert_refused(w, 400, "validation_error", "permissions[0]");
	ask(w, "POST tokens/", "{\"name\":\"t\",\"permissions\":\"catalog.read\"}", NULL);
	assert_refused(w, 400, "validation_error", "permissions");
	ask(w, "POST tokens/",
	    "{\"name\":\"t\",\"allowed_addresses\":[\"10.0.0.0/8\",\"10.0.0.0/33\","
	    "\"::1/129\",\"host\"]}",
	    NULL);
	assert_refused(w, 400, "validation_error", "allowed_addresses[1]");
	assert_int_equal(pick(w, "errors")->n, 3);
	ask(w, "POST tokens/", "{\"name\":\"t\",\"expires_at\":null}", NULL);
	assert_refused(w, 400, "validation_error", "expires_at");
	ask(w, "POST tokens/", "{\"name\":\"t\",\"expires_at\":\"2025-07-04\"}", NULL);
	assert_refused(w, 400, "validation_error", "expires_at");
	ask(w, "POST tokens/", "{\"name\":\"t\",\"expires_at\":\"2027-07-05\"}", NULL);
	assert_refused(w, 400, "validation_error", "expires_at");
	make(w, "POST tokens/", "{\"name\":\"t\",\"expires_at\":\"2027-07-03\"}");
	ask(w, "POST tokens/", "{\"name\":\"t\",\"account\":\"x@b.example\"}", NULL);
	assert_refused(w, 400, "validation_error", "account");
}

/* A second owner, made behind the API's back. */
static void
add_owner(struct manage_world *w, const char *email)
{
	struct fixture f = { .arena = w->arena, .store = w->store };
	struct account account;

	field_clear(&account_table, &account);
	account.email = slice_str(email);
	account.role = ROLE_OWNER;
	account.enabled = true;
	fixture_add(&f, T_ACCOUNT, &account);
}

static void
test_token_reach(void **state)
{
	struct manage_world *w = *state;
	const char *narrow;

	add_owner(w, "second@acme.example");
	make(w, "POST tokens/", "{\"name\":\"t\",\"account\":\"second@acme.example\"}");
	narrow = make_token(w, "[\"catalog.read\"]");
	w->token = narrow;
	ask(w, "POST tokens/", "{\"name\":\"wide\"}", NULL);
	assert_refused(w, 403, "forbidden", NULL);
	assert_non_null(strstr(pick_text(w, "message"), "catalog.write"));
	make(w, "POST tokens/", "{\"name\":\"n\",\"permissions\":[\"catalog.read\"]}");
	ask(w, "POST tokens/",
	    "{\"name\":\"n\",\"permissions\":[\"catalog.read\"],"
	    "\"account\":\"second@acme.example\"}",
	    NULL);
	assert_refused(w, 403, "forbidden", NULL);
	askf(w, "GET tokens/");
	assert_int_equal(pick_int(w, "count"), 2);
	assert_int_equal(askf(w, "GET tokens/1/"), 403);
	assert_int_equal(ask(w, "POST tokens/1/revoke/", NULL, NULL), 403);
	assert_int_equal(askf(w, "GET tokens/2/"), 200);
	w->token = NULL;
	askf(w, "GET tokens/");
	assert_int_equal(pick_int(w, "count"), 3);
}

static void
test_disabled_account(void **state)
{
	struct manage_world *w = *state;
	struct fixture f = { .arena = w->arena, .store = w->store };
	struct account account;

	w->token = make_token(w, "[]");
	assert_int_equal(askf(w, "GET vendor/"), 200);
	fixture_get(&f, T_ACCOUNT, 1, &account);
	account.enabled = false;
	fixture_put(&f, T_ACCOUNT, &account);
	askf(w, "GET vendor/");
	assert_refused(w, 401, "unauthenticated", NULL);
}

static void
test_api_key(void **state)
{
	struct manage_world *w = *state;
	struct fixture f = { .arena = w->arena, .store = w->store };
	struct api_key key;
	struct slice plain;
	const char *shared;

	make(w, "POST products/", "{\"product_name\":\"E\",\"short_code\":\"edit\"}");
	make(w, "POST api-keys/",
	    "{\"name\":\"app\",\"read_only\":true,\"products\":[\"edit\"]}");
	shared = pick_text(w, "shared_key");
	assert_int_equal(strlen(shared), 40);
	assert_int_equal(strlen(pick_text(w, "api_key")), 24);
	assert_text(w, "products.0", "edit");
	assert_true(pick_bool(w, "read_only"));
	assert_string_equal(last_audit(w), "api_key.created");
	fixture_get(&f, T_API_KEY, 1, &key);
	assert_int_equal(
	    seal_open(w->seal, w->arena, api_key_table.name, 1, key.shared_key, &plain),
	    E_OK);
	assert_true(slice_is(plain, shared));
	askf(w, "GET api-keys/1/");
	assert_true(pick_null(w, "shared_key"));
	askf(w, "GET api-keys/?api_key=%s", pick_text(w, "api_key"));
	assert_int_equal(pick_int(w, "count"), 1);
	ask(w, "POST api-keys/", "{\"name\":\"x\",\"products\":[\"none\"]}", NULL);
	assert_refused(w, 409, "unknown_product", "products[0]");
	ask(w, "POST api-keys/", "{\"name\":\"x\",\"products\":\"edit\"}", NULL);
	assert_refused(w, 400, "validation_error", "products");
	assert_int_equal(ask_both(w, "PATCH api-keys/1/",
			     "{\"note\":\"n\",\"products\":[],\"read_only\":0}"),
	    200);
	assert_int_equal(pick(w, "products")->n, 0);
	assert_int_equal(
	    ask_both(w, "POST api-keys/1/revoke/", "{\"reason\":\"leaked\"}"), 200);
	assert_string_equal(last_audit(w), "api_key.revoked");
	ask(w, "POST api-keys/1/revoke/", "{\"reason\":\"leaked\"}", NULL);
	assert_refused(w, 409, "wrong_state", NULL);
}

static void
test_key_holds_product(void **state)
{
	struct manage_world *w = *state;

	make(w, "POST products/", "{\"product_name\":\"E\",\"short_code\":\"edit\"}");
	make(w, "POST api-keys/", "{\"name\":\"app\",\"products\":[\"edit\"]}");
	askf(w, "DELETE products/1/");
	assert_refused(w, 409, "in_use", NULL);
}

static void
test_vendor_and_status(void **state)
{
	struct manage_world *w = *state;

	askf(w, "GET vendor/");
	assert_text(w, "name", "Acme");
	assert_true(pick_bool(w, "password_change"));
	assert_int_equal(
	    ask_both(w, "PATCH vendor/", "{\"name\":\"Acme GmbH\",\"trial_repeat\":1}"),
	    200);
	assert_text(w, "name", "Acme GmbH");
	assert_string_equal(last_audit(w), "vendor.updated");
	assert_int_equal(
	    ask(w, "PATCH vendor/", "{\"name\":\"B\"}", "If-Match: \"1\""), 412);
	ask(w, "PATCH vendor/", "{\"name\":\"\"}", NULL);
	assert_refused(w, 400, "validation_error", "name");
	askf(w, "GET status/");
	assert_int_equal(w->status, 200);
	assert_int_equal(strlen(pick_text(w, "epoch")), 32);
	assert_text(w, "clock", "2025-07-04T10:56:13.412Z");
	assert_text(w, "store.health", "ok");
	assert_true(pick_bool(w, "live"));
	assert_true(pick_bool(w, "writable"));
	assert_true(pick(w, "version")->text.n > 0);
}

static bool
needs(const struct endpoint *e)
{
	const struct manage_route *route = e->spec;

	return route->permission < PERM_MAX;
}

/* A path of the pattern, with 1 for every part. */
static char *
path_of(struct arena *arena, const char *pattern)
{
	struct buf path = BUF_INIT(arena);
	struct slice rest = slice_str(pattern);

	while (rest.p) {
		buf_slice_add(&path, slice_cut(&rest, '{'));
		if (!rest.p)
			break;
		buf_char(&path, '1');
		(void)slice_cut(&rest, '}');
	}
	return arena_str(arena, buf_slice(&path));
}

/* Each route needs its permission and is content with it. */
static void
test_every_route(void **state)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE" };
	struct manage_world *w = *state;
	struct manage_keys keys;
	const char *none, *all;

	manage_keys_open(&keys, w, true);
	make_token(w, "[]"); /* the one that tokens/1/revoke/ ends */
	none = make_token(w, "[\"keys.read\"]");
	all = make_token(w, "[]");
	manage_set_burst(w, 1000);
	for (size_t i = 0; i < manage_endpoints.n; i++) {
		const struct endpoint *e = &manage_endpoints.item[i];
		const struct manage_route *route = e->spec;
		char *path = path_of(w->arena, e->pattern + strlen("/api/v1/"));

		clock_set(MANAGE_NOW + (int64_t)i * CLOCK_SECOND);
		w->token = none;
		askf(w, "%s %s", methods[e->method], path);
		if (needs(e) && route->permission != PERM_KEYS_READ)
			assert_int_equal(w->status, 403);
		else
			assert_int_not_equal(w->status, 401);
		w->token = all;
		askf(w, "%s %s", methods[e->method], path);
		if (w->status == 401 || w->status == 403 || w->status >= 500)
			fail_msg("%s %s: %d %.*s", methods[e->method], path, w->status,
			    SLICE_ARG(w->body));
	}
	manage_keys_close(&keys);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, manage_setup, manage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_accounts),
		TEST(test_token),
		TEST(test_token_faults),
		TEST(test_token_reach),
		TEST(test_disabled_account),
		TEST(test_api_key),
		TEST(test_key_holds_product),
		TEST(test_vendor_and_status),
		TEST(test_every_route),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
