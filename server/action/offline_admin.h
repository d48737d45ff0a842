/* Management of the offline format (management-api.md 5.3). */
#ifndef LICET_SERVER_ACTION_OFFLINE_ADMIN_H
#define LICET_SERVER_ACTION_OFFLINE_ADMIN_H

#include "server/action/manage.h"

extern const struct resource issued_resource;

/* req->kept is the struct offline_batch of what the call's body holds. */
action_fn issued_answer;        /* write: answer/ */
action_fn issued_deactivate;    /* write: deactivate/ */
action_fn issued_file;          /* write, for its audit entry: {serial}/file/ */
action_fn issued_revoke;        /* write */
action_fn issued_force_release; /* write */
action_fn issued_revocations;   /* read: revocations/ */

#endif
