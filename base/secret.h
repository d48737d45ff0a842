/*
 * Secret bytes in locked, guarded memory (sodium_malloc) that no core dump holds, wiped
 * when freed. Where the system does not lock it, the memory is used unlocked:
 * secret_not_locked().
 */
#ifndef LICET_BASE_SECRET_H
#define LICET_BASE_SECRET_H

#include "base/err.h"

struct secret;

struct secret *
secret_new(size_t n); /* zeroed; NULL when out of memory */
struct secret *
secret_copy(struct slice bytes);
void
secret_free(struct secret *); /* accepts NULL */
unsigned char *
secret_bytes(struct secret *);
struct slice
secret_slice(const struct secret *);
/* Constant time for equal lengths. */
bool
secret_equal(struct slice a, struct slice b);
void
secret_wipe(void *p, size_t n);

/*
 * For memory of malloc that may hold secrets for a moment: wiped before it is given back.
 * Both accept NULL. Growing moves always, so that no old copy stays; NULL when out of
 * memory, p is as before then.
 */
void
secret_heap_free(void *p);
must_check void *
secret_heap_grow(void *p, size_t n);

/* How many secrets the system did not lock into memory (RLIMIT_MEMLOCK); they work all
 * the same, but may be swapped out. */
size_t
secret_not_locked(void);

#endif
