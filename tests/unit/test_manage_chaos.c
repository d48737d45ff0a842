#include "tests/support/manage_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"

#define ALLOCATIONS_MAX 2000

/*
 * The call with its first, second, … allocation failing until it has enough of them. A
 * failure says so and changes nothing, or all: when just the answer could not be made.
 * Then a repeat under the same key gives the answer.
 */
static void
starve(struct manage_world *w, const char *call, const char *body, const char *key)
{
	unsigned char before[32], after[32];
	const char *headers =
	    key ? arena_printf(w->arena, "Idempotency-Key: %s", key) : NULL;

	manage_digest(w, before);
	for (size_t n = 1; n < ALLOCATIONS_MAX; n++) {
		w->fail_after = n;
		ask(w, call, body, headers);
		w->fail_after = 0;
		if (w->status < 300)
			return;
		if (w->status < 500)
			fail_msg("%s, allocation %zu: %d %.*s", call, n, w->status,
			    SLICE_ARG(w->body));
		manage_digest(w, after);
		if (memcmp(before, after, 32) == 0)
			continue;
		if (key)
			assert_true(ask(w, call, body, headers) < 300);
		return;
	}
	fail_msg("%s: never enough", call);
}

static void
test_catalog(void **state)
{
	struct manage_world *w = *state;

	starve(w, "POST products/",
	    "{\"product_name\":\"E\",\"short_code\":\"edit\",\"odd\":1}", "k");
	starve(
	    w, "POST product-features/", "{\"product\":\"edit\",\"code\":\"pdf\"}", NULL);
	starve(w, "POST products/",
	    "{\"product_name\":\"S\",\"short_code\":\"suite\",\"is_bundle\":true,"
	    "\"members\":[\"edit\"]}",
	    NULL);
	starve(w, "POST policies/",
	    "{\"product\":\"edit\",\"code\":\"p1\",\"is_default\":true,"
	    "\"product_features\":[{\"code\":\"pdf\"}]}",
	    NULL);
	starve(w, "PATCH products/1/?dry_run=1", "{\"product_name\":\"F\"}", NULL);
	starve(w, "GET products/?product_name__in=E,F&order_by=short_code", NULL, NULL);
	starve(w, "GET policies/?product=edit&limit=1", NULL, NULL);
	starve(w, "GET products/2/bundle/", NULL, NULL);
	starve(w, "GET products/1/in_bundle/", NULL, NULL);
	starve(w, "DELETE products/2/", NULL, "d");
}

static void
test_people(void **state)
{
	struct manage_world *w = *state;

	starve(w, "POST customer-accounts/", "{\"name\":\"A\",\"code\":\"a\"}", NULL);
	starve(w, "POST customers/",
	    "{\"email\":\"a@b.example\",\"customer_account\":\"a\"}", NULL);
	starve(w, "POST customers/", "{\"email\":\"b@b.example\"}", NULL);
	starve(w, "POST customers/1/merge/", "{\"into\":\"b@b.example\"}", NULL);
	starve(w, "POST api-keys/", "{\"name\":\"app\"}", NULL);
	starve(
	    w, "POST tokens/", "{\"name\":\"t\",\"permissions\":[\"audit.read\"]}", NULL);
	ask(w, "POST tokens/", "{\"name\":\"t\",\"permissions\":[\"audit.read\"]}", NULL);
	w->token = pick_text(w, "token");
	assert_int_equal(askf(w, "GET accounts/me/"), 200);
	starve(w, "GET accounts/me/", NULL, NULL);
	w->token = NULL;
	starve(w, "GET status/", NULL, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, manage_setup, manage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_catalog),
		TEST(test_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
