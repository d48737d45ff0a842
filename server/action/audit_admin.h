/* Reading the audit log (management-api.md 7.1). */
#ifndef LICET_SERVER_ACTION_AUDIT_ADMIN_H
#define LICET_SERVER_ACTION_AUDIT_ADMIN_H

#include "server/action/manage.h"

extern const struct resource audit_resource;

action_fn audit_get;    /* read: {seq}/ */
action_fn audit_verify; /* read: verify/?from= */
/* read: the same against the armored checkpoint in the body */
action_fn audit_verify_checkpoint;

action_fn audit_export; /* write: export/?from=&to=; NDJSON, the checkpoint last */

extern const struct resource checkpoint_resource;
action_fn audit_checkpoint; /* write: makes one */

/* Members of struct audit beside its fields; with_salt: what the detail's hash needs. */
must_check enum err
audit_print(struct action_ctx *, struct manage_res *, const void *rec, bool with_salt);
/* "name":"hex", null when empty. */
void
audit_print_hex(struct manage_res *, const char *name, struct slice bytes);

/* find hook of the filter object_id: a superset of the entries about objects of this id.
 */
must_check enum err
audit_find_object(struct action_ctx *, struct slice value, struct id_list *);

#endif
