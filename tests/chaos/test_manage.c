/* The management API. */
#include "tests/chaos/rig.h"

int
main(void)
{
	const struct endpoint_list *const lists[] = { &manage_endpoints };
	const struct chaos_suite suite = { "manage", &chaos_manage_cases, lists,
		ARRAY_LEN(lists) };

	return chaos_main(&suite);
}
