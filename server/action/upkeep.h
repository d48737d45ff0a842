/* What jobs do to the store: their own next runs, records past their life. Job thread
 * only. */
#ifndef LICET_SERVER_ACTION_UPKEEP_H
#define LICET_SERVER_ACTION_UPKEEP_H

#include "server/action/action.h"

/* Deletes idempotency records that have expired, in transactions of at most 500. */
must_check enum err
upkeep_trim(struct store *, struct arena *, int64_t now);
/* T_JOB: *next stays as it is when the job never ran. */
must_check enum err
upkeep_job_load(struct store *, struct arena *, const char *name, int64_t *next);
must_check enum err
upkeep_job_save(
    struct store *, struct arena *, const char *name, int64_t last, int64_t next);

#endif
