/* License API v4 and what the listeners tell of themselves. */
#include "tests/chaos/rig.h"

int
main(void)
{
	const struct endpoint_list *const lists[] = { &v4_endpoints, &offline_endpoints,
		&page_endpoints, &ops_public_endpoints, &ops_admin_endpoints };
	const struct chaos_suite suite = { "client", &chaos_client_cases, lists,
		ARRAY_LEN(lists) };

	return chaos_main(&suite);
}
