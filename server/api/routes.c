#include "server/api/endpoint.h"

#include "server/api/offline.h"
#include "server/api/parts.h"
#include "server/api/portal.h"
#include "server/api/v4.h"

#define V4_BODY_MAX 65536

static const struct endpoint v4_rows[] = {
#define GET(name)                                                                        \
	{                                                                                \
		HTTP_GET, "/api/v4/" #name, FAMILY_V4, 0, v4_front, &v4_##name           \
	}
#define POST(name)                                                                       \
	{                                                                                \
		HTTP_POST, "/api/v4/" #name, FAMILY_V4, V4_BODY_MAX, v4_front,           \
		    &v4_##name                                                           \
	}
	POST(activate_license),
	POST(activate_bundle),
	GET(check_license),
	GET(check_bundle),
	POST(deactivate_license),
	POST(deactivate_bundle),
	POST(activate_offline),
	POST(activate_bundle_offline),
	POST(deactivate_offline),
	POST(deactivate_bundle_offline),
	POST(add_consumption),
	GET(product_details),
	POST(change_password),
	{ HTTP_GET, "/api/v4/.well-known", FAMILY_V4, 0, v4_front, &v4_well_known },
#undef GET
#undef POST
};

const struct endpoint_list v4_endpoints = { v4_rows, ARRAY_LEN(v4_rows) };

/* spec: not NULL for proofs. */
static const struct endpoint offline_rows[] = {
	{ HTTP_POST, "/offline/v1/activations", FAMILY_OFFLINE, OFFLINE_BODY_MAX,
	    offline_front, NULL },
	{ HTTP_POST, "/offline/v1/deactivations", FAMILY_OFFLINE, OFFLINE_BODY_MAX,
	    offline_front, "proofs" },
	{ HTTP_GET, "/offline/v1/revocations", FAMILY_OFFLINE, 0, offline_list_front,
	    NULL },
};

const struct endpoint_list offline_endpoints = { offline_rows, ARRAY_LEN(offline_rows) };

static const struct endpoint page_rows[] = {
	{ HTTP_GET, "/offline", FAMILY_PAGE, 0, portal_form_front, NULL },
	{ HTTP_POST, "/offline", FAMILY_PAGE, OFFLINE_BODY_MAX, portal_post_front, NULL },
	{ HTTP_POST, "/offline/answer", FAMILY_PAGE, OFFLINE_BODY_MAX,
	    portal_answer_front, NULL },
	{ HTTP_GET, "/offline/assets/{tag}/{name}", FAMILY_PAGE, 0, page_asset_front,
	    NULL },
	{ HTTP_GET, "/O/{request}", FAMILY_PAGE, 0, portal_link_front, NULL },
	{ HTTP_GET, "/o/{request}", FAMILY_PAGE, 0, portal_link_front, NULL },
};

const struct endpoint_list page_endpoints = { page_rows, ARRAY_LEN(page_rows) };

#define LISTS_MAX 4

static void
lists_of(bool is_admin, const struct endpoint_list *lists[static LISTS_MAX])
{
	static const struct endpoint_list none;

	lists[0] = is_admin ? &manage_endpoints : &v4_endpoints;
	lists[1] = is_admin ? &ops_admin_endpoints : &ops_public_endpoints;
	lists[2] = is_admin ? &none : &offline_endpoints;
	lists[3] = is_admin ? &none : &page_endpoints;
}

struct router *
routes_router(struct arena *a, bool is_admin)
{
	const struct endpoint_list *lists[LISTS_MAX];
	struct route *routes;
	size_t n = 0, total = 0;

	lists_of(is_admin, lists);
	for (size_t l = 0; l < LISTS_MAX; l++)
		total += lists[l]->n;
	routes = arena_array(a, total, sizeof(*routes));
	if (!routes)
		return NULL;
	for (size_t l = 0; l < LISTS_MAX; l++)
		for (size_t i = 0; i < lists[l]->n; i++) {
			const struct endpoint *e = &lists[l]->item[i];

			routes[n++] = (struct route){ e->method, e->pattern, e };
		}
	return router_new(routes, n);
}

static void
print_list(struct buf *out, const struct endpoint_list *list, const char *listener)
{
	static const char *const families[] = { "ops", "v4", "manage", "offline",
		"page" };

	for (size_t i = 0; i < list->n; i++)
		buf_printf(out, "%s\t%s\t%s\t%s\n",
		    request_method_name(list->item[i].method), list->item[i].pattern,
		    families[list->item[i].family], listener);
}

void
api_print_routes(struct buf *out)
{
	print_list(out, &v4_endpoints, "public");
	print_list(out, &offline_endpoints, "public");
	print_list(out, &page_endpoints, "public");
	print_list(out, &ops_public_endpoints, "public");
	print_list(out, &manage_endpoints, "admin");
	print_list(out, &ops_admin_endpoints, "admin");
}
