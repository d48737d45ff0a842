/*
 * What happens without a request: a table of jobs, one thread, next runs kept in T_JOB so
 * that a restart neither skips nor repeats them.
 */
#ifndef LICET_SERVER_JOB_SCHEDULER_H
#define LICET_SERVER_JOB_SCHEDULER_H

#include <stdatomic.h>

#include "keys/keyring_slot.h"
#include "server/action/touch.h"

struct scheduler;

struct job_context {
	struct store *store;
	const struct seal *seal;
	struct touch *touch;
	const _Atomic int64_t *request_max_age; /* microseconds; 0: no limit */
	struct keyring_slot *keys;
	/* audit.checkpoint_interval, microseconds; a reload changes it. 0: off */
	const _Atomic int64_t *checkpoint_interval;
};

struct job {
	const char *name;
	int64_t every;  /* microseconds */
	bool volatile_; /* next run is not kept: runs from the start of the server on */
	enum err (*run)(const struct job_context *, struct arena *, int64_t now);
	/* Instead of every, from the configuration; the first run waits, too. Or NULL. */
	int64_t (*every_of)(const struct job_context *);
};

/* E_NO_MEMORY. Starts the thread. */
must_check enum err
scheduler_start(struct scheduler **, const struct job_context *);
/* Runs the volatile jobs a last time (collected facts are written), stops the thread. */
void
scheduler_stop(struct scheduler *);

#endif
