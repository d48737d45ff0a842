#include "server/api/manage.h"

#include "server/action/access.h"
#include "server/action/audit_admin.h"
#include "server/action/catalog.h"
#include "server/action/device.h"
#include "server/action/explain.h"
#include "server/action/license.h"
#include "server/action/offline_admin.h"
#include "server/action/order.h"
#include "server/action/party.h"
#include "server/action/report.h"
#include "server/action/signing_admin.h"
#include "server/api/manage_check.h"
#include "server/api/offline.h"

#define BODY_OF(flags)                                                                   \
	((flags) & (M_OBJECT | M_MAYBE | M_ARRAY | M_FILE) ? (size_t)MANAGE_BODY_MAX : 0)
#define ROUTE_ALL(method, pattern, perm, flags, status, action, resource, look, open)    \
	{ HTTP_##method, "/api/v1/" pattern, FAMILY_MANAGE, BODY_OF(flags),              \
		manage_front,                                                            \
		&(const struct manage_route){ PERM_##perm, (flags), (status), (action),  \
		    (resource), (look), (open) } },
#define ROUTE_LOOK(method, pattern, perm, flags, status, action, resource, look)         \
	ROUTE_ALL(method, pattern, perm, flags, status, action, resource, look, NULL)
#define ROUTE_OPEN(method, pattern, perm, flags, status, action, resource, open)         \
	ROUTE_ALL(method, pattern, perm, flags, status, action, resource, NULL, open)
#define ROUTE(method, pattern, perm, flags, status, action, resource)                    \
	ROUTE_LOOK(method, pattern, perm, flags, status, action, resource, NULL)

/* One file a group of resources: manage_<group>.def. */
static const struct endpoint endpoints[] = {
#include "server/api/manage_catalog.def"
#include "server/api/manage_customer.def"
#include "server/api/manage_account.def"
#include "server/api/manage_order.def"
#include "server/api/manage_license.def"
#include "server/api/manage_device.def"
#include "server/api/manage_offline.def"
#include "server/api/manage_report.def"
#include "server/api/manage_signing.def"
};

const struct endpoint_list manage_endpoints = { endpoints, ARRAY_LEN(endpoints) };
