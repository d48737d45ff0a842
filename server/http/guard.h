/* What OpenSSL and libevent leave in memory. */
#ifndef LICET_SERVER_HTTP_GUARD_H
#define LICET_SERVER_HTTP_GUARD_H

#include <stdbool.h>

/*
 * From now on both wipe what they free (bodies, records, keys on their way), and OpenSSL
 * keeps private keys and secrets of signatures in locked memory that no dump holds. Once,
 * before either is used, by the main thread. False: too late, or no memory; they work as
 * before then.
 */
bool
guard_memory(void);

#endif
