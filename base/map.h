/*
 * Hash map from slices to pointers, keyed with a random SipHash key (crypto_shorthash),
 * so that strangers cannot choose collisions. Keys are copied. One thread at a time.
 */
#ifndef LICET_BASE_MAP_H
#define LICET_BASE_MAP_H

#include "base/err.h"

struct map;

struct map *
map_new(void); /* NULL when out of memory */
void
map_free(struct map *); /* values are the caller's */
void *
map_get(const struct map *, struct slice key); /* NULL when absent */
/* Sets or replaces; *old (may be NULL) gets the former value. E_NO_MEMORY. */
must_check enum err
map_set(struct map *, struct slice key, void *value, void **old);
void *
map_take(struct map *, struct slice key); /* removes; NULL when absent */
size_t
map_count(const struct map *);
/* Visits all; fn must not change the map. */
void
map_each(
    const struct map *, void (*fn)(struct slice key, void *value, void *arg), void *arg);

#endif
