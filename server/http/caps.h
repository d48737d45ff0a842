/*
 * Counts open connections in total and by address, shared by all loops. Holds one entry
 * for each address that has a connection, so it is bounded by the total.
 */
#ifndef LICET_SERVER_HTTP_CAPS_H
#define LICET_SERVER_HTTP_CAPS_H

#include "base/err.h"

struct caps;

struct caps *
caps_new(int64_t total, int64_t per_address); /* NULL when out of memory */
void
caps_free(struct caps *);
void
caps_set(struct caps *, int64_t total, int64_t per_address);
/*
 * Counts one connection. A null address (Unix sockets, trusted proxies) has no cap of its
 * own. Local connections have a total of their own, so that strangers cannot lock the
 * administrator out. False: a cap is reached, nothing was counted.
 */
must_check bool
caps_take(struct caps *, struct slice address, bool local);
void
caps_drop(struct caps *, struct slice address, bool local);
int64_t
caps_count(struct caps *);

#endif
