/* The management API. */
#include "tests/chaos/rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void
test_complete(void **state)
{
	const struct endpoint_list *const lists[] = { &manage_endpoints };

	(void)state;
	chaos_complete(&chaos_manage_cases, lists, ARRAY_LEN(lists));
}

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < chaos_manage_cases.n; i++)
		chaos_run(&chaos_manage_cases.item[i]);
	chaos_print("manage", chaos_manage_cases.n);
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
