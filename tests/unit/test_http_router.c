#include "server/http/router.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static const int target[16];

static const struct route routes[] = {
	{ HTTP_GET, "/", &target[0] },
	{ HTTP_GET, "/api/v4/check_license", &target[1] },
	{ HTTP_POST, "/api/v4/activate_license", &target[2] },
	{ HTTP_GET, "/api/v1/products/{id}/", &target[3] },
	{ HTTP_PATCH, "/api/v1/products/{id}/", &target[4] },
	{ HTTP_DELETE, "/api/v1/products/{code}", &target[5] },
	{ HTTP_POST, "/api/v1/products/import/", &target[6] },
	{ HTTP_GET, "/api/v1/products/{id}/features/{feature}/", &target[7] },
	{ HTTP_GET, "/api/v1/products/import/log/", &target[8] },
	{ HTTP_GET, "/{a}/{b}/{c}/{d}/end", &target[9] },
	{ HTTP_PUT, "/api/v1/products/", &target[10] },
};

struct find_case {
	enum method method;
	const char *path;
	enum err err;
	int target;
	const char *params; /* joined by '|' */
	const char *allow;
};

static const struct find_case finds[] = {
	{ HTTP_GET, "/", E_OK, 0, "", "GET" },
	{ HTTP_GET, "//", E_NOT_FOUND, 0, "", "" },
	{ HTTP_GET, "", E_NOT_FOUND, 0, "", "" },
	{ HTTP_GET, "api", E_NOT_FOUND, 0, "", "" },
	{ HTTP_GET, "/api/v4/check_license", E_OK, 1, "", "GET" },
	{ HTTP_GET, "/api/v4/check_license/", E_OK, 1, "", "GET" },
	{ HTTP_GET, "/api/v4/check_license//", E_NOT_FOUND, 0, "", "" },
	{ HTTP_GET, "/api/v4//check_license", E_NOT_FOUND, 0, "", "" },
	{ HTTP_GET, "/API/v4/check_license", E_NOT_FOUND, 0, "", "" },
	{ HTTP_GET, "/api/v4/check%5Flicense", E_NOT_FOUND, 0, "", "" },
	{ HTTP_GET, "/api/v4/check_licens", E_NOT_FOUND, 0, "", "" },
	{ HTTP_GET, "/api/v4/check_licensee", E_NOT_FOUND, 0, "", "" },
	{ HTTP_GET, "/api/v4", E_NOT_FOUND, 0, "", "" },
	{ HTTP_POST, "/api/v4/check_license", E_METHOD_NOT_ALLOWED, 0, "", "GET" },
	{ HTTP_OTHER, "/api/v4/check_license", E_METHOD_NOT_ALLOWED, 0, "", "GET" },
	{ HTTP_GET, "/api/v4/activate_license", E_METHOD_NOT_ALLOWED, 0, "", "POST" },
	{ HTTP_GET, "/api/v1/products/17/", E_OK, 3, "17", "GET, PATCH, DELETE" },
	{ HTTP_PATCH, "/api/v1/products/a%2Fb", E_OK, 4, "a%2Fb", "GET, PATCH, DELETE" },
	{ HTTP_DELETE, "/api/v1/products/x", E_OK, 5, "x", "GET, PATCH, DELETE" },
	{ HTTP_PUT, "/api/v1/products/x", E_METHOD_NOT_ALLOWED, 0, "",
	    "GET, PATCH, DELETE" },
	{ HTTP_PUT, "/api/v1/products", E_OK, 10, "", "PUT" },
	{ HTTP_PUT, "/api/v1/products//", E_NOT_FOUND, 0, "", "" },
	{ HTTP_POST, "/api/v1/products/import", E_OK, 6, "", "POST" },
	{ HTTP_GET, "/api/v1/products/import", E_METHOD_NOT_ALLOWED, 0, "", "POST" },
	{ HTTP_GET, "/api/v1/products/import/log", E_OK, 8, "", "GET" },
	{ HTTP_GET, "/api/v1/products/import/features/f", E_OK, 7, "import|f", "GET" },
	{ HTTP_GET, "/api/v1/products/1/features/2/", E_OK, 7, "1|2", "GET" },
	{ HTTP_GET, "/api/v1/products/1/features//", E_NOT_FOUND, 0, "", "" },
	{ HTTP_GET, "/1/2/3/4/end", E_OK, 9, "1|2|3|4", "GET" },
	{ HTTP_GET, "/api/v1/products/4/end", E_OK, 9, "api|v1|products|4", "GET" },
	{ HTTP_GET, "/1/2/3/4/5/end", E_NOT_FOUND, 0, "", "" },
};

static void
check_params(const struct find_case *c, const struct slice *params, size_t n)
{
	struct slice want = slice_str(c->params);
	size_t i = 0;

	if (want.n == 0)
		want = SLICE_NULL;
	for (; want.p != NULL; i++)
		assert_true(i < n && slice_equal(params[i], slice_cut(&want, '|')));
	assert_int_equal(i, n);
}

static void
test_find(void **state)
{
	struct router *router = router_new(routes, ARRAY_LEN(routes));

	(void)state;
	assert_non_null(router);
	for (size_t i = 0; i < ARRAY_LEN(finds); i++) {
		const struct find_case *c = &finds[i];
		const struct route *route;
		struct slice params[REQUEST_PARAMS_MAX];
		size_t n;
		char allow[64];
		enum err err = router_find(
		    router, c->method, slice_str(c->path), &route, params, &n, allow);
		if (err != c->err || strcmp(allow, c->allow) != 0)
			fail_msg("%s: %s, allow %s", c->path, err_code(err), allow);
		if (err == E_OK) {
			assert_ptr_equal(route->target, &target[c->target]);
			check_params(c, params, n);
		}
	}
	router_free(router);
}

static void
test_refused(void **state)
{
	static const struct route bad[][2] = {
		{ { HTTP_GET, "/a", NULL }, { HTTP_GET, "/a/", NULL } },
		{ { HTTP_GET, "/{a}", NULL }, { HTTP_GET, "/{b}/", NULL } },
		{ { HTTP_GET, "/", NULL }, { HTTP_GET, "/", NULL } },
		{ { HTTP_GET, "/a", NULL }, { HTTP_GET, "b", NULL } },
		{ { HTTP_GET, "/a", NULL }, { HTTP_GET, "", NULL } },
		{ { HTTP_GET, "/a", NULL }, { HTTP_GET, "//", NULL } },
		{ { HTTP_GET, "/a", NULL }, { HTTP_GET, "/b//c", NULL } },
		{ { HTTP_GET, "/a", NULL }, { HTTP_GET, "/{}", NULL } },
		{ { HTTP_GET, "/a", NULL }, { HTTP_GET, "/{a", NULL } },
		{ { HTTP_GET, "/a", NULL }, { HTTP_GET, "/x{a}", NULL } },
		{ { HTTP_GET, "/a", NULL }, { HTTP_GET, "/{{a}}", NULL } },
		{ { HTTP_GET, "/a", NULL }, { HTTP_OTHER, "/b", NULL } },
		{ { HTTP_GET, "/a", NULL }, { HTTP_GET, "/{a}/{b}/{c}/{d}/{e}", NULL } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_null(router_new(bad[i], 2));
		struct router *router = router_new(bad[i], 1);
		assert_non_null(router);
		router_free(router);
	}
}

static void
test_no_memory(void **state)
{
	struct router *router = NULL;
	size_t n = 0;

	(void)state;
	for (; router == NULL && n < 1000; n++) {
		arena_fail_after(n);
		router = router_new(routes, ARRAY_LEN(routes));
		arena_fail_after(SIZE_MAX);
	}
	assert_non_null(router);
	assert_true(n > 2);
	router_free(router);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
