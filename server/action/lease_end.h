/* Offline leases that have run out (management-api.md 5.3). Job thread only. */
#ifndef LICET_SERVER_ACTION_LEASE_END_H
#define LICET_SERVER_ACTION_LEASE_END_H

#include "server/action/action.h"

/* Frees their seats, in transactions of at most 100 rows; *freed counts. */
must_check enum err
lease_end(struct store *, struct arena *, int64_t now, int64_t *freed);
/* Takes serials off the revocation list a day after their lease. */
must_check enum err
lease_trim(struct store *, struct arena *, int64_t now);

#endif
