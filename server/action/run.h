/*
 * Runs an action in its transaction on the right thread and calls back on the caller's
 * loop.
 */
#ifndef LICET_SERVER_ACTION_RUN_H
#define LICET_SERVER_ACTION_RUN_H

#include "server/action/action.h"

/*
 * Owned by the caller (in its arena), busy until done has run. Before each run of fn, ctx
 * is set up anew from the members above it.
 */
struct action_run {
	/* in */
	struct store *store;
	const struct seal *seal;
	const struct issuer *issuer; /* NULL: nothing is issued */
	const struct actor *actor;
	struct arena *arena;
	struct mailbox *back;
	int64_t now;
	struct slice reason;
	bool has_revision;
	int64_t revision;
	bool write;
	bool dry_run; /* run, then drop the changes; err is still that of fn */
	action_fn *fn;
	const void *req;
	void *res;
	/* Optional: encodes the answer inside the transaction (idempotency keeps it). Its
	 * error replaces fn's. Called for refusals too (err of fn is given): the changes
	 * of a refused write are dropped first, and those of the encoder are kept when it
	 * returns E_OK. Not called for faults. */
	enum err (*inside)(struct action_run *, struct action_ctx *, enum err);
	void (*done)(struct action_run *);
	void *arg;
	/* out */
	enum err err;
	struct action_ctx
	    ctx; /* faults, refused_*, changes … as the last run left them */
	/* private */
	struct store_job job;
	enum err refusal;
	bool answering; /* a refused write: its answer gets a transaction of its own */
};

void
action_run(struct action_run *);
/* Waits; for command-line programs, jobs and tests. */
must_check enum err
action_run_now(struct action_run *);

#endif
