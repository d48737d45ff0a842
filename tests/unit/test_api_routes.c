#include "server/api/parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct arena *arena;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(0);
	return arena ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static enum err
find(const struct router *router, enum method method, const char *path,
    const struct endpoint **out)
{
	struct slice params[REQUEST_PARAMS_MAX];
	const struct route *route;
	size_t n;
	char allow[64];
	enum err err =
	    router_find(router, method, slice_str(path), &route, params, &n, allow);

	*out = err ? NULL : route->target;
	return err;
}

static void
calls_of_the_public_listener(void **state)
{
	static const char *const posts[] = { "activate_license", "activate_bundle",
		"deactivate_license", "deactivate_bundle", "activate_offline",
		"activate_bundle_offline", "deactivate_offline",
		"deactivate_bundle_offline", "add_consumption", "change_password" };
	static const char *const reads[] = { "check_license", "check_bundle",
		"product_details", ".well-known" };
	struct router *router = routes_router(arena, false);
	const struct endpoint *e;

	(void)state;
	assert_non_null(router);
	for (size_t i = 0; i < ARRAY_LEN(posts); i++) {
		char *path = arena_printf(arena, "/api/v4/%s/", posts[i]);

		assert_int_equal(find(router, HTTP_POST, path, &e), E_OK);
		assert_true(e && e->body_max == 65536 && e->family == FAMILY_V4);
		assert_int_equal(find(router, HTTP_GET, path, &e), E_METHOD_NOT_ALLOWED);
	}
	for (size_t i = 0; i < ARRAY_LEN(reads); i++)
		assert_int_equal(find(router, HTTP_GET,
				     arena_printf(arena, "/api/v4/%s", reads[i]), &e),
		    E_OK);
	assert_int_equal(v4_endpoints.n, ARRAY_LEN(posts) + ARRAY_LEN(reads));
	assert_int_equal(find(router, HTTP_GET, "/api/v1/products/", &e), E_NOT_FOUND);
	assert_int_equal(find(router, HTTP_GET, "/metrics", &e), E_NOT_FOUND);
	router_free(router);
}

static void
calls_of_the_admin_listener(void **state)
{
	struct router *router = routes_router(arena, true);
	const struct endpoint *e;

	(void)state;
	assert_non_null(router);
	assert_int_equal(find(router, HTTP_GET, "/metrics", &e), E_OK);
	assert_int_equal(find(router, HTTP_GET, "/readyz", &e), E_OK);
	assert_int_equal(find(router, HTTP_GET, "/healthz", &e), E_OK);
	assert_int_equal(find(router, HTTP_GET, "/api/v1/products/", &e), E_OK);
	assert_true(e && e->family == FAMILY_MANAGE);
	assert_int_equal(
	    find(router, HTTP_GET, "/api/v4/check_license", &e), E_NOT_FOUND);
	router_free(router);
}

static void
the_printed_list_has_every_row(void **state)
{
	struct buf out = BUF_INIT(arena);
	size_t n = v4_endpoints.n + offline_endpoints.n + manage_endpoints.n +
	           page_endpoints.n + ops_public_endpoints.n + ops_admin_endpoints.n;

	(void)state;
	api_print_routes(&out);
	for (size_t i = 0; i < out.n; i++)
		n -= out.p[i] == '\n';
	assert_int_equal(n, 0);
	assert_non_null(strstr(arena_str(arena, buf_slice(&out)),
	    "POST\t/api/v4/activate_bundle\tv4\tpublic\n"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(calls_of_the_public_listener),
		TEST(calls_of_the_admin_listener),
		TEST(the_printed_list_has_every_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
