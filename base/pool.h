/*
 * A few threads with one bounded queue, for work that blocks or burns (password hashing).
 * run() is called on a pool thread, then the mail is posted to the mailbox given.
 */
#ifndef LICET_BASE_POOL_H
#define LICET_BASE_POOL_H

#include "base/mailbox.h"

struct pool;

struct pool_job {
	struct mail mail; /* posted to `back` when run has returned */
	struct mailbox *back;
	void (*run)(struct pool_job *);
	struct pool_job *next;
};

struct pool *
pool_new(unsigned threads, size_t queue_max); /* NULL on failure */
void
pool_free(struct pool *); /* waits for running jobs; queued ones are run first */
/* E_UNAVAILABLE when the queue is full. */
must_check enum err
pool_submit(struct pool *, struct pool_job *);

#endif
