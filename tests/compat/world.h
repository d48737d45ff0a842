/*
 * The installation that the exchanges talk to: the vendor, keys and bundle of
 * license-api-v4.md 12, and more products for the other calls. world.c lists it.
 */
#ifndef LICET_TESTS_COMPAT_WORLD_H
#define LICET_TESTS_COMPAT_WORLD_H

#include "keys/keyring_slot.h"
#include "server/store/store.h"

#define WORLD_NOW INT64_C(1751626573412000) /* 2025-07-04T10:56:13.412Z */

struct world {
	struct arena *arena;
	char dir[64]; /* of the store, removed by world_free */
	struct store *store;
	struct seal *seal;
	struct keyring_slot *keys;
};

/* False, with a line on stderr, when something cannot be made. */
must_check bool
world_new(struct world *);
void
world_free(struct world *);

#endif
