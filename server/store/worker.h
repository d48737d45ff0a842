/*
 * The writer: one thread that takes all waiting jobs (up to batch_max), runs each in a
 * child of one transaction, commits once and then answers. A job alone needs no child.
 */
#ifndef LICET_SERVER_STORE_WORKER_H
#define LICET_SERVER_STORE_WORKER_H

#include "server/store/store.h"

#define WORKER_QUEUE_MAX 10000

struct worker;

must_check enum err
worker_start(struct worker **, struct store *);
/* Runs what waits, then ends. Later jobs are refused. */
void
worker_stop(struct worker *);
void
worker_free(struct worker *);
/* E_UNAVAILABLE: stopping or too many; the job stays the caller's. */
must_check enum err
worker_add(struct worker *, struct store_job *);
/* Runs the jobs of a list (by ->next) to their end, each with its err set. */
void
worker_run(struct store *, struct store_job *first, size_t n);

/* Gives a job with its err set back to its owner. */
void
worker_answer(struct store_job *);

#endif
