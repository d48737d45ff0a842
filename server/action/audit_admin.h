/* Reading the audit log (management-api.md 7.1). */
#ifndef LICET_SERVER_ACTION_AUDIT_ADMIN_H
#define LICET_SERVER_ACTION_AUDIT_ADMIN_H

#include "server/action/manage.h"

extern const struct resource audit_resource;

action_fn audit_get;    /* read: {seq}/ */
action_fn audit_verify; /* read: verify/?from= */

#endif
