/* The revocation list (offline-activation.md 3.4): what is on it, its signed form. */
#ifndef LICET_SERVER_ACTION_REVOCATIONS_H
#define LICET_SERVER_ACTION_REVOCATIONS_H

#include "server/action/action.h"

struct revocation_list {
	int64_t number;
	struct slice object; /* in the call's arena */
};

/*
 * read; nothing -> struct revocation_list. The kept one, unless the list has changed
 * since, half of its life is over, or another key signs now; then a new one is signed and
 * kept. E_UNAVAILABLE without issuer.
 *
 * An object has 65,536 bytes: when not all fits, serials that their devices gave back
 * are left out first, the oldest of them first (a line in the log says so).
 */
action_fn action_revocations;

/* Any thread. NULL when out of memory. */
struct list_cache *
list_cache_new(void);
void
list_cache_free(struct list_cache *); /* accepts NULL */

#endif
