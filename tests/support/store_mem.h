/* A store in memory: sorted arrays, one copied for each transaction. Slow and simple. */
#ifndef LICET_TESTS_SUPPORT_STORE_MEM_H
#define LICET_TESTS_SUPPORT_STORE_MEM_H

#include "server/store/store.h"

extern const struct store_ops store_mem_ops;

#endif
