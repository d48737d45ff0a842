#include "tests/support/manage_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/model/audit.h"

#define EDIT "{\"product_name\":\"E\",\"short_code\":\"edit\"}"
#define VIEW "{\"product_name\":\"V\",\"short_code\":\"view\"}"

static const char *
make_token(struct manage_world *w, const char *permissions)
{
	const char *saved = w->token;
	const char *token;

	w->token = NULL;
	ask(w, "POST tokens/",
	    arena_printf(w->arena, "{\"name\":\"t\",\"permissions\":%s}", permissions),
	    NULL);
	assert_int_equal(w->status, 201);
	token = pick_text(w, "token");
	w->token = saved;
	return token;
}

static void
test_socket(void **state)
{
	struct manage_world *w = *state;

	assert_int_equal(askf(w, "GET products"), 200);
	assert_non_null(answer_header(w, "request-id"));
	assert_string_equal(answer_header(w, "Cache-Control"), "no-store");
	w->uid_shift = 1;
	askf(w, "GET products/");
	assert_refused(w, 401, "unauthenticated", NULL);
	assert_string_equal(answer_header(w, "WWW-Authenticate"), "Api-Key");
}

static void
test_token(void **state)
{
	struct manage_world *w = *state;
	const char *token = make_token(w, "[]");

	w->token = token;
	assert_int_equal(askf(w, "GET products/"), 200);
	w->token = "lmk_abcdefgh.unknown";
	assert_int_equal(askf(w, "GET products/"), 401);
	assert_refused(w, 401, "unauthenticated", NULL);
	w->token = NULL;
	w->address = "192.0.2.7";
	ask(w, "GET products/", NULL,
	    arena_printf(w->arena, "Authorization: Bearer %s", token));
	assert_int_equal(w->status, 200);
	ask(w, "GET products/", NULL,
	    arena_printf(w->arena, "Authorization: Basic %s", token));
	assert_refused(w, 401, "unauthenticated", NULL);
	ask(w, "GET products/", NULL, "Authorization: Api-Key");
	assert_refused(w, 401, "unauthenticated", NULL);
}

static void
test_token_ends(void **state)
{
	struct manage_world *w = *state;
	const char *token = make_token(w, "[]");

	w->token = token;
	assert_int_equal(askf(w, "GET tokens/1/"), 200);
	assert_text(w, "last_used_at", "2025-07-04T10:00:00.000Z");
	assert_true(pick_null(w, "token"));
	clock_set(MANAGE_NOW + 90 * CLOCK_DAY - 1);
	assert_int_equal(askf(w, "GET products/"), 200);
	clock_set(MANAGE_NOW + 90 * CLOCK_DAY);
	assert_int_equal(askf(w, "GET products/"), 401);
	clock_set(MANAGE_NOW);
	assert_int_equal(ask(w, "POST tokens/1/revoke/", NULL, NULL), 200);
	assert_int_equal(askf(w, "GET products/"), 401);
}

static void
test_token_address(void **state)
{
	struct manage_world *w = *state;

	ask(w, "POST tokens/",
	    "{\"name\":\"t\",\"allowed_addresses\":[\"192.0.2.0/24\",\"2001:db8::/33\"]}",
	    NULL);
	assert_int_equal(w->status, 201);
	w->token = pick_text(w, "token");
	w->address = "192.0.2.255";
	assert_int_equal(askf(w, "GET products/"), 200);
	w->address = "192.0.3.1";
	assert_int_equal(askf(w, "GET products/"), 401);
	w->address = "2001:db8:7fff::1";
	assert_int_equal(askf(w, "GET products/"), 200);
	w->address = "2001:db8:8000::1";
	assert_int_equal(askf(w, "GET products/"), 401);
}

static void
test_permission(void **state)
{
	struct manage_world *w = *state;

	w->token = make_token(w, "[\"catalog.read\"]");
	assert_int_equal(askf(w, "GET products/"), 200);
	ask(w, "POST products/", "not json", NULL);
	assert_refused(w, 403, "forbidden", NULL);
	assert_non_null(strstr(pick_text(w, "message"), "catalog.write"));
	assert_int_equal(askf(w, "DELETE products/99/"), 403);
	assert_int_equal(askf(w, "GET customers/"), 403);
	assert_int_equal(askf(w, "GET accounts/me/"), 200);
}

static void
test_rate(void **state)
{
	struct manage_world *w = *state;
	int refused = 0;

	w->token = make_token(w, "[]");
	for (int i = 0; i < 60 && !refused; i++)
		if (askf(w, "GET vendor/") == 429)
			refused = i;
	assert_true(refused >= 40);
	assert_refused(w, 429, "too_many_requests", NULL);
	assert_non_null(answer_header(w, "Retry-After"));
	w->token = NULL;
	for (int i = 0; i < 60; i++)
		assert_int_equal(askf(w, "GET vendor/"), 200);
}

static void
test_paths(void **state)
{
	struct manage_world *w = *state;

	assert_int_equal(askf(w, "GET nothing/"), 404);
	assert_refused(w, 404, "not_found", NULL);
	assert_int_equal(askf(w, "PUT products/"), 405);
	assert_refused(w, 405, "method_not_allowed", NULL);
	assert_non_null(strstr(answer_header(w, "Allow"), "POST"));
	w->uid_shift = 1;
	assert_int_equal(askf(w, "GET products/x/"), 404);
	assert_int_equal(askf(w, "GET products/-1/"), 404);
}

static void
test_body(void **state)
{
	struct manage_world *w = *state;

	ask(w, "POST products/", EDIT, "Content-Type: text/plain");
	assert_refused(w, 415, "unsupported_media_type", NULL);
	ask(w, "POST products/", "{", NULL);
	assert_refused(w, 400, "invalid_json", NULL);
	ask(w, "POST products/", "[]", NULL);
	assert_refused(w, 400, "invalid_json", NULL);
	ask(w, "POST products/", NULL, NULL);
	assert_refused(w, 400, "invalid_json", NULL);
	ask(w, "POST products/", "{\"a\":1,\"a\":2}", NULL);
	assert_refused(w, 400, "invalid_json", NULL);
	ask(w, "POST products/?dry_run=perhaps", EDIT, NULL);
	assert_refused(w, 400, "validation_error", "dry_run");
	ask(w, "POST products/?strict=1&strict=1", EDIT, NULL);
	assert_refused(w, 400, "validation_error", NULL);
	assert_int_equal(ask(w, "POST products/", EDIT,
			     "Content-Type: application/json; charset=utf-8"),
	    201);
}

static void
test_unknown_members(void **state)
{
	struct manage_world *w = *state;
	const char *body = "{\"product_name\":\"E\",\"short_code\":\"edit\",\"colour\":1,"
			   "\"id\":7,\"a\\nb\":2,\"reason\":\"first one\"}";

	ask(w, "POST products/?strict=true", body, NULL);
	assert_refused(w, 400, "validation_error", "colour");
	assert_int_equal(pick(w, "errors")->n, 3);
	assert_int_equal(ask(w, "POST products/", body, NULL), 201);
	assert_string_equal(answer_header(w, "Licet-Ignored"), "colour, id, a%0Ab");
	assert_int_equal(pick_int(w, "id"), 1);
	assert_int_equal(ask(w, "POST products/?strict=true", VIEW, NULL), 201);
	assert_null(answer_header(w, "Licet-Ignored"));
	ask(w, "POST products/1/archive/?strict=true", "{\"x\":1}", NULL);
	assert_refused(w, 400, "validation_error", "x");
}

static void
test_reason(void **state)
{
	struct manage_world *w = *state;
	struct buf body = BUF_INIT(w->arena);

	assert_int_equal(ask(w, "POST api-keys/", "{\"name\":\"app\"}", NULL), 201);
	ask(w, "POST api-keys/1/revoke/", NULL, NULL);
	assert_refused(w, 400, "reason_required", "reason");
	ask(w, "POST api-keys/1/revoke/", "{\"reason\":\"ab\"}", NULL);
	assert_refused(w, 400, "reason_required", "reason");
	buf_str(&body, "{\"reason\":\"");
	for (int i = 0; i < 500; i++)
		buf_str(&body, "\xc3\xa4");
	buf_str(&body, "\"}");
	assert_int_equal(ask(w, "POST api-keys/1/revoke/?dry_run=1",
			     arena_str(w->arena, buf_slice(&body)), NULL),
	    200);
	ask(w, "POST products/", EDIT, NULL);
	ask(w, "DELETE products/1/?reason=x", NULL, NULL);
	assert_refused(w, 400, "validation_error", "reason");
	assert_int_equal(
	    ask(w, "DELETE products/1/?reason=no+longer+sold", NULL, NULL), 204);
}

static void
test_revisions(void **state)
{
	struct manage_world *w = *state;

	ask(w, "POST products/", EDIT, NULL);
	ask(w, "PATCH products/1/", "{\"product_name\":\"F\"}", "If-Match: \"1\"");
	assert_int_equal(w->status, 200);
	assert_string_equal(answer_header(w, "ETag"), "\"2\"");
	ask(w, "PATCH products/1/", "{\"product_name\":\"G\"}", "If-Match: \"1\"");
	assert_refused(w, 412, "stale_object", NULL);
	assert_string_equal(answer_header(w, "ETag"), "\"2\"");
	ask(w, "PATCH products/1/", "{\"product_name\":5}", "If-Match: \"1\"");
	assert_refused(w, 400, "validation_error", "product_name");
	ask(w, "PATCH products/1/", "{\"short_code\":\"other\"}", "If-Match: \"1\"");
	assert_refused(w, 412, "stale_object", NULL);
	ask(w, "DELETE products/1/", NULL, "If-Match: garbage");
	assert_refused(w, 412, "stale_object", NULL);
	ask(w, "POST products/1/archive/", NULL, "If-Match: \"1\"");
	assert_refused(w, 412, "stale_object", NULL);
	assert_int_equal(ask(w, "GET products/1/", NULL, "If-None-Match: \"2\""), 304);
	assert_int_equal(w->body.n, 0);
	assert_int_equal(
	    ask(w, "GET products/1/", NULL, "If-None-Match: \"1\", W/\"2\""), 304);
	assert_int_equal(ask(w, "GET products/1/", NULL, "If-None-Match: \"1\""), 200);
	assert_int_equal(ask(w, "PATCH products/1/", "{}", "If-Match: *"), 200);
	assert_string_equal(answer_header(w, "ETag"), "\"2\"");
}

static void
test_dry_run(void **state)
{
	struct manage_world *w = *state;
	unsigned char before[32], after[32];

	manage_digest(w, before);
	ask(w, "POST api-keys/?dry_run=true", "{\"name\":\"app\"}",
	    "Idempotency-Key: k1");
	assert_int_equal(w->status, 200);
	manage_digest(w, after);
	assert_memory_equal(before, after, 32);
	assert_true(pick_bool(w, "dry_run"));
	assert_text(w, "changes.0.type", "api_key");
	assert_text(w, "changes.0.action", "create");
	assert_true(pick_null(w, "changes.0.id"));
	assert_text(w, "changes.0.fields.name.1", "app");
	assert_true(pick_null(w, "changes.0.fields.name.0"));
	assert_true(pick_null(w, "result.id"));
	assert_true(pick_null(w, "result.shared_key"));
	assert_text(w, "result.name", "app");
	assert_null(answer_header(w, "ETag"));
	ask(w, "POST products/?dry_run=true", EDIT, NULL);
	assert_int_equal(pick(w, "changes")->n, 2);
	assert_text(w, "changes.0.type", "product");
	assert_true(pick_null(w, "result.default_policy_id"));
	assert_text(w, "result.default_policy", "edit-default");
	ask(w, "POST products/?dry_run=true", "{}", NULL);
	assert_refused(w, 400, "missing_parameters", NULL);
	manage_digest(w, after);
	assert_memory_equal(before, after, 32);
	ask(w, "POST products/", EDIT, NULL);
	ask(w, "DELETE products/1/?dry_run=true", NULL, NULL);
	assert_text(w, "changes.0.action", "delete");
	assert_true(pick_null(w, "result"));
	assert_int_equal(askf(w, "GET products/1/"), 200);
}

static void
test_idempotency(void **state)
{
	struct manage_world *w = *state;
	const char *key = "Idempotency-Key: \"one\"";

	assert_int_equal(ask(w, "POST api-keys/", "{\"name\":\"app\"}", key), 201);
	assert_null(answer_header(w, "Idempotency-Replayed"));
	assert_int_equal(strlen(pick_text(w, "shared_key")), 40);
	assert_int_equal(ask(w, "POST api-keys/", "{\"name\":\"app\"}", key), 201);
	assert_string_equal(answer_header(w, "Idempotency-Replayed"), "true");
	assert_string_equal(answer_header(w, "Location"), "/api/v1/api-keys/1/");
	assert_string_equal(answer_header(w, "ETag"), "\"1\"");
	assert_true(pick_null(w, "shared_key"));
	assert_int_equal(pick_int(w, "id"), 1);
	assert_int_equal(manage_count(w, T_API_KEY), 1);
	ask(w, "POST api-keys/", "{\"name\":\"other\"}", key);
	assert_refused(w, 422, "idempotency_key_reused", NULL);
	ask(w, "POST api-keys/", "{}", key);
	assert_refused(w, 400, "missing_parameters", "name");
	ask(w, "POST api-keys/", "{\"name\":\"app\"}", key);
	assert_int_equal(w->status, 201);
	clock_set(MANAGE_NOW + 25 * CLOCK_HOUR);
	ask(w, "POST api-keys/", "{\"name\":\"other\"}", key);
	assert_int_equal(w->status, 201);
	assert_int_equal(manage_count(w, T_API_KEY), 2);
	ask(w, "POST api-keys/", "{\"name\":\"x\"}", "Idempotency-Key: \xc3\xa4");
	assert_refused(w, 400, "validation_error", NULL);
}

static void
test_idempotent_refusals(void **state)
{
	struct manage_world *w = *state;

	ask(w, "POST products/", EDIT, NULL);
	ask(w, "POST products/", EDIT, "Idempotency-Key: two");
	assert_refused(w, 409, "duplicate", "short_code");
	assert_int_equal(askf(w, "DELETE products/1/"), 204);
	ask(w, "POST products/", EDIT, "Idempotency-Key: two");
	assert_refused(w, 409, "duplicate", "short_code");
	assert_string_equal(answer_header(w, "Idempotency-Replayed"), "true");
	ask(w, "POST products/", VIEW, "Idempotency-Key: two");
	assert_refused(w, 422, "idempotency_key_reused", NULL);
	assert_int_equal(ask(w, "POST products/", EDIT, NULL), 201);
	assert_int_equal(
	    ask(w, "DELETE products/2/", NULL, "Idempotency-Key: three"), 204);
	assert_int_equal(
	    ask(w, "DELETE products/2/", NULL, "Idempotency-Key: three"), 204);
	assert_string_equal(answer_header(w, "Idempotency-Replayed"), "true");
}

static void
test_idempotency_per_account(void **state)
{
	struct manage_world *w = *state;

	assert_int_equal(ask(w, "POST products/", EDIT, "Idempotency-Key: same"), 201);
	w->token = make_token(w, "[]");
	assert_int_equal(ask(w, "POST products/", VIEW, "Idempotency-Key: same"), 201);
}

static void
test_parallel_equal_posts(void **state)
{
	struct manage_world *w = *state;
	int made = 0, running = 0;

	for (int i = 0; i < 50; i++)
		ask_begin(w, "POST customers/", "{\"email\":\"a@b.example\"}",
		    "Idempotency-Key: fifty");
	for (int i = 0; i < 50; i++) {
		ask_end(w);
		made += w->status == 201;
		running += w->status == 409;
	}
	assert_true(made >= 1);
	assert_int_equal(manage_count(w, T_CUSTOMER), 1);
	assert_int_equal(manage_count(w, T_IDEMPOTENCY), 1);
	assert_true(made + running <= 50);
	ask(w, "POST customers/", "{\"email\":\"a@b.example\"}",
	    "Idempotency-Key: fifty");
	assert_int_equal(w->status, 201);
}

static void
test_in_progress(void **state)
{
	struct manage_world *w = *state;
	const char *body = "{\"email\":\"user@b.example\"}";

	ask_begin(w, "POST license-users/", body, "Idempotency-Key: slow");
	ask_begin(w, "POST license-users/", body, "Idempotency-Key: slow");
	assert_refused(w, 409, "idempotency_in_progress", NULL);
	ask_end(w);
	assert_int_equal(w->status, 201);
	ask(w, "POST license-users/", body, "Idempotency-Key: slow");
	assert_int_equal(w->status, 201);
	assert_true(pick_null(w, "password"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, manage_setup, manage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_socket),
		TEST(test_token),
		TEST(test_token_ends),
		TEST(test_token_address),
		TEST(test_permission),
		TEST(test_rate),
		TEST(test_paths),
		TEST(test_body),
		TEST(test_unknown_members),
		TEST(test_reason),
		TEST(test_revisions),
		TEST(test_dry_run),
		TEST(test_idempotency),
		TEST(test_idempotent_refusals),
		TEST(test_idempotency_per_account),
		TEST(test_parallel_equal_posts),
		TEST(test_in_progress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
