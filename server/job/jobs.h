/* The job handlers, one line each in scheduler.c's table. Job thread only. */
#ifndef LICET_SERVER_JOB_JOBS_H
#define LICET_SERVER_JOB_JOBS_H

#include "server/job/scheduler.h"

/* Facts and counts of checks into the store. */
enum err
job_touch(const struct job_context *, struct arena *, int64_t now);
/* Seats whose offline lease has ended. */
enum err
job_leases(const struct job_context *, struct arena *, int64_t now);
/* A checkpoint of the audit log when there is something new. */
enum err
job_checkpoint(const struct job_context *, struct arena *, int64_t now);
int64_t
job_checkpoint_every(const struct job_context *);
/* Idempotency records, revoked serials and offline requests past their life. */
enum err
job_trim(const struct job_context *, struct arena *, int64_t now);

#endif
