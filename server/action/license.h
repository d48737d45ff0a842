/* Management of licenses (management-api.md 4.3). */
#ifndef LICET_SERVER_ACTION_LICENSE_H
#define LICET_SERVER_ACTION_LICENSE_H

#include "server/action/manage.h"
#include "server/model/license.h"

extern const struct resource license_resource;
extern const struct filter license_filters[]; /* license_filter.c */
/* Licenses of a customer, and those that a user may use; device_filter.c goes on to rows.
 */
filter_find_fn license_find_customer, license_find_user;

action_fn license_get;             /* read */
action_fn license_create;          /* write: an order of one license */
action_fn license_patch;           /* write */
action_fn license_bulk_update;     /* write */
action_fn license_enable;          /* write */
action_fn license_disable;         /* write */
action_fn license_disable_bulk;    /* write */
action_fn license_reset;           /* write */
action_fn license_update_features; /* write */
action_fn license_assign_user;     /* write */
action_fn license_assign_users;    /* write */
action_fn license_unassign_user;   /* write */
action_fn license_set_users;       /* write: set_users_activations/ */
action_fn license_replace_key;     /* write */
action_fn license_reveal_key;      /* write, for its audit entry */
action_fn license_delete;          /* write */
action_fn license_transfer;        /* write */
action_fn license_devices;         /* read */
action_fn license_history;         /* read */

/* The licenses of the set that `any` is of, own one first; just itself without bundle. */
struct license_set {
	struct license *license;
	size_t n;
};
must_check enum err
license_set_load(struct action_ctx *, const struct license *any, struct license_set *);

/* Deletes one license with its features, assignments, rows; nothing on it is active. */
must_check enum err
license_drop(struct action_ctx *, struct license *);
/* Loads req->id and checks If-Match; members of the body other than `known`: faults. */
must_check enum err
license_open(struct action_ctx *, const struct manage_req *, struct manage_res *,
    const char *const *known, struct license *);
/* Reads it anew and prints it, with ctx->message. */
must_check enum err
license_reply(struct action_ctx *, struct manage_res *, int64_t id);

#endif
