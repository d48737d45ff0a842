/* License API v4 and what the listeners tell of themselves. */
#include "tests/chaos/rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void
test_complete(void **state)
{
	const struct endpoint_list *const lists[] = { &v4_endpoints,
		&ops_public_endpoints, &ops_admin_endpoints };

	(void)state;
	chaos_complete(&chaos_client_cases, lists, ARRAY_LEN(lists));
}

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < chaos_client_cases.n; i++)
		chaos_run(&chaos_client_cases.item[i]);
	chaos_print("client", chaos_client_cases.n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_complete),
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
