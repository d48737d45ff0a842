/* Management of devices and the blacklist (management-api.md 5.1, 5.2). */
#ifndef LICET_SERVER_ACTION_DEVICE_H
#define LICET_SERVER_ACTION_DEVICE_H

#include "server/action/manage.h"
#include "server/model/device.h"
#include "server/model/license.h"
#include "server/model/offline.h"

extern const struct resource device_resource, blacklist_resource;
extern const struct filter device_filters[]; /* device_filter.c */
/* An int64_t member of every activation row of that hardware, device_filter.c. */
must_check enum err
device_rows(
    struct action_ctx *, struct slice hardware_id, size_t member, struct id_list *);

action_fn device_release;     /* write: {id}/release/ */
action_fn device_reset;       /* write: {id}/reset/ */
action_fn device_revoke;      /* write */
action_fn device_blacklist;   /* write */
action_fn device_unblacklist; /* write */
action_fn device_delete;      /* write */
action_fn blacklist_create;   /* write */
action_fn blacklist_delete;   /* write */

/* Adds the code and the name of the permission that the caller lacks, and gives it. */
must_check enum err
device_need(struct action_ctx *, enum permission, const char *field);
/* The hardware record of a hardware_id, made when there is none. */
must_check enum err
device_of(struct action_ctx *, struct slice hardware_id, struct device *);
/* Of the license's order; FIELD_NONE without. */
must_check enum err
device_customer(struct action_ctx *, const struct license *, int64_t *customer_id);
/* Frees the row's seat with its audit entry ("device.released", NULL: none); how: what
 * becomes of its serial. */
must_check enum err
device_free(struct action_ctx *, struct license *, struct activation *,
    enum issued_state how, const char *audit);
/* What devices/{id}/revoke/ and a forced devices/{id}/release/ do to the rows that this
 * one means, under other names in the audit log. E_WRONG_STATE. */
must_check enum err
device_revoke_row(struct action_ctx *, const struct activation *, const char *audit);
must_check enum err
device_force_row(struct action_ctx *, const struct activation *, const char *audit);
/* E_OFFLINE_LEASE_LIVE with a fault that names the serial and the end of the lease. */
enum err
device_lease_live(struct action_ctx *, const struct activation *);

/* For dry_run: a row that other code stored or deleted. */
must_check enum err
device_note(struct action_ctx *, const struct activation *, enum change_kind);

struct blacklist_ask {
	struct slice hardware_id;
	int scope; /* enum blacklist_scope */
	int64_t scope_id;
	int64_t device_id; /* of the row that is meant, FIELD_NONE: none */
};
/* Adds an entry; E_DUPLICATE. The permission of the scope is checked. */
must_check enum err
blacklist_add(
    struct action_ctx *, const struct blacklist_ask *, struct blacklist_entry *);
/* Removes an entry; device_id as in the ask. */
must_check enum err
blacklist_remove(struct action_ctx *, const struct blacklist_entry *, int64_t device_id);

#endif
