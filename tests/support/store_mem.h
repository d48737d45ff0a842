/* A store in memory: sorted arrays, one copied for each transaction. Slow and simple. */
#ifndef LICET_TESTS_SUPPORT_STORE_MEM_H
#define LICET_TESTS_SUPPORT_STORE_MEM_H

#include "server/store/store.h"

extern const struct store_ops store_mem_ops;

/* The state of this moment (buf_free frees it), and back to it. Between transactions. */
struct buf
store_mem_copy(struct store *);
void
store_mem_back(struct store *, const struct buf *);
/* Keys of all tables and indexes. */
size_t
store_mem_keys(struct store *);

#endif
