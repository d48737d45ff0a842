/* Floating seats of a license as the store has them (license-api-v4.md 6.8). */
#ifndef LICET_SERVER_ACTION_FLOATING_H
#define LICET_SERVER_ACTION_FLOATING_H

#include "server/action/action.h"

/* Seats in force at ctx->now. */
must_check enum err
floating_count(struct action_ctx *, int64_t license_id, int64_t *n);
/* Drops expired seats, some at a time; in transactions that count before they take. */
must_check enum err
floating_sweep(struct action_ctx *, int64_t license_id);

#endif
