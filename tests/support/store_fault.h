/*
 * A store that wraps another one: counts its verbs, can fail the n-th, can trace them.
 * One set of settings for the process.
 *
 * Counted: get, put, del, scan, next, the start of a child, and the commit of a write
 * transaction (which then leaves the store as it was).
 */
#ifndef LICET_TESTS_SUPPORT_STORE_FAULT_H
#define LICET_TESTS_SUPPORT_STORE_FAULT_H

#include "server/store/store.h"

extern const struct store_ops store_fault_ops;

/* The store behind; before store_open. Also switches failing and tracing off. */
void
store_fault_setup(const struct store_ops *under);
/* The n-th verb from now on (0 = the next) fails with err, once; n < 0: none. Counts from
 * 0 again. */
void
store_fault_arm(long n, enum err err);
long
store_fault_calls(void); /* since the last arm */
/* The store behind an opened one. */
struct store *
store_fault_under(struct store *);
/* A line on stderr for every verb. */
void
store_fault_trace(bool on);

#endif
