/* Secret bytes in locked, guarded memory (sodium_malloc), wiped when freed. */
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

#endif
