#include "server/action/run.h"

static bool
is_refusal(enum err err)
{
	return err != E_OK && err_info(err)->kind != ERR_FAULT;
}

static void
ctx_open(struct action_run *run, struct txn *txn)
{
	run->ctx = (struct action_ctx){ .txn = txn,
		.arena = txn->arena,
		.now = run->now,
		.actor = run->actor,
		.seal = run->seal,
		.issuer = run->issuer,
		.reason = run->reason,
		.has_revision = run->has_revision,
		.revision = run->revision,
		.faults = { .arena = txn->arena },
		.start_date = FIELD_NONE,
		.object_revision = FIELD_NONE };
}

static enum err
encode(struct action_run *run, enum err err)
{
	enum err inside;

	if (!run->inside || (err && !is_refusal(err)))
		return err;
	inside = run->inside(run, &run->ctx, err);
	return inside ? inside : err;
}

/*
 * A write that is refused drops what it did; its answer is then encoded in a transaction
 * of its own, which keeps what the encoder stores (idempotency).
 */
static enum err
run_fn(struct txn *txn, void *arg)
{
	struct action_run *run = arg;

	ctx_open(run, txn);
	run->err = run->fn(&run->ctx, run->req, run->res);
	run->answering =
	    run->write && !run->dry_run && run->inside && is_refusal(run->err);
	if (!run->answering)
		run->err = encode(run, run->err);
	if (run->dry_run && !run->err)
		return E_DROPPED;
	/* To a store E_RETRY means: run again. */
	return run->err == E_RETRY && !run->write ? E_DROPPED : run->err;
}

static enum err
run_answer(struct txn *txn, void *arg)
{
	struct action_run *run = arg;
	enum err err;

	run->ctx.txn = txn;
	run->ctx.arena = txn->arena;
	err = run->inside(run, &run->ctx, run->refusal);
	run->err = err ? err : run->refusal;
	return err;
}

/* What the store says stands, but for changes dropped on purpose; an answer is due only
 * when the store passed on the refusal itself. */
static void
run_settle(struct action_run *run, enum err err)
{
	if (run->answering && err != run->err)
		run->answering = false;
	if (err && err != E_DROPPED)
		run->err = err;
}

static void
answer_done(struct store_job *job)
{
	struct action_run *run = container_of(job, struct action_run, job);

	if (job->err)
		run->err = job->err;
	run->done(run);
}

static void
fn_done(struct store_job *job)
{
	struct action_run *run = container_of(job, struct action_run, job);

	run_settle(run, job->err);
	if (!run->answering) {
		run->done(run);
		return;
	}
	run->refusal = run->err;
	run->job = (struct store_job){ .fn = run_answer,
		.arg = run,
		.arena = run->arena,
		.back = run->back,
		.done = answer_done };
	store_write(run->store, &run->job);
}

void
action_run(struct action_run *run)
{
	run->err = E_INTERNAL;
	run->answering = false;
	run->job = (struct store_job){ .fn = run_fn,
		.arg = run,
		.arena = run->arena,
		.back = run->back,
		.done = fn_done };
	if (run->write)
		store_write(run->store, &run->job);
	else
		store_read(run->store, &run->job);
}

enum err
action_run_now(struct action_run *run)
{
	enum err err;

	run->err = E_INTERNAL;
	run->answering = false;
	err = run->write ? store_write_now(run->store, run->arena, run_fn, run)
	                 : store_read_now(run->store, run->arena, run_fn, run);
	run_settle(run, err);
	if (run->answering) {
		run->refusal = run->err;
		err = store_write_now(run->store, run->arena, run_answer, run);
		if (err)
			run->err = err;
	}
	return run->err;
}
