/*
 * Token buckets keyed by text, exact and in bounded memory: a full table drops the bucket
 * that is nearest to being full again. Safe from every thread.
 */
#ifndef LICET_SERVER_HTTP_LIMIT_H
#define LICET_SERVER_HTTP_LIMIT_H

#include "base/conf.h"

struct limit;

/* At most max_keys buckets. A rate with n == 0 never refuses. NULL when out of memory. */
struct limit *
limit_new(const struct conf_rate *, size_t max_keys);
void
limit_free(struct limit *);
void
limit_set_rate(struct limit *, const struct conf_rate *);
/*
 * Takes one token of the key's bucket. False: none left, *retry_after gets the seconds
 * (rounded up, at least 1) until one is. now is clock_monotonic().
 */
must_check bool
limit_take(struct limit *, struct slice key, int64_t now, int *retry_after);
/* Whether a token is left, taking none. */
must_check bool
limit_peek(struct limit *, struct slice key, int64_t now, int *retry_after);

#endif
