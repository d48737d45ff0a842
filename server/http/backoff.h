/*
 * Growing waits after failed credentials, in a table of fixed size. With the fifth
 * failure of a key it has to wait 2 s before the sixth, and each further failure doubles
 * the wait, to 15 minutes at most. Failures during a wait do not count, and a key that
 * was quiet for 15 minutes after its wait is forgotten. A full table drops the keys that
 * are nearest to being forgotten. Safe from every thread.
 */
#ifndef LICET_SERVER_HTTP_BACKOFF_H
#define LICET_SERVER_HTTP_BACKOFF_H

#include "base/slice.h"

struct backoff;

struct backoff *
backoff_new(void); /* NULL when out of memory */
void
backoff_free(struct backoff *);
/*
 * Notes a failure under each of the keys; 0. When one of them waits, notes nothing: the
 * seconds (rounded up) that are left of the longest wait. now is clock_monotonic().
 */
must_check int
backoff_fail(struct backoff *, const struct slice *keys, size_t n, int64_t now);
/* Forgets the failures of the key. */
void
backoff_pass(struct backoff *, struct slice key);

#endif
