#include "server/store/worker.h"

#include <pthread.h>
#include <signal.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"

/* A transaction is asked to run again when the map grew or an engine had a conflict. */
#define RUNS_MAX 100

struct worker {
	struct store *store;
	struct arena *arena;
	pthread_t thread, checker;
	bool checking;
	bool stopping;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct store_job *first, **end;
	size_t waiting;
};

enum body {
	BODY_CUT,     /* stopped by the engine */
	BODY_REFUSED, /* every job ended with an error of its own: nothing to commit */
	BODY_DONE     /* what fails now is the commit */
};

struct batch {
	struct store_job *first;
	size_t n;
	enum body body;
};

static void
job_rewind(struct txn *txn, struct store_job *job)
{
	if (job->arena)
		arena_reset(job->arena, job->mark);
	txn->arena = job->arena;
}

static enum err
run_single(struct txn *txn, struct batch *batch)
{
	struct store_job *job = batch->first;

	job_rewind(txn, job);
	job->err = job->fn(txn, job->arg);
	batch->body = job->err == E_OK ? BODY_DONE : BODY_REFUSED;
	return job->err;
}

static enum err
run_body(struct txn *txn, void *arg)
{
	struct batch *batch = arg;
	struct store_job *job = batch->first;
	enum err refused = E_OK;
	size_t kept = 0;

	batch->body = BODY_CUT;
	if (batch->n == 1)
		return run_single(txn, batch);
	for (size_t i = 0; i < batch->n; i++, job = job->next) {
		job_rewind(txn, job);
		job->err = txn->store->ops->child(txn, job->fn, job->arg);
		if (job->err == E_RETRY)
			return E_RETRY;
		if (job->err == E_OK)
			kept++;
		else
			refused = job->err;
	}
	batch->body = kept ? BODY_DONE : BODY_REFUSED;
	return kept ? E_OK : refused;
}

static void
fail_all(struct batch *batch, enum err err)
{
	struct store_job *job = batch->first;

	for (size_t i = 0; i < batch->n; i++, job = job->next)
		job->err = err;
}

/* Space and conflicts come and go; anything else leaves the engine in doubt. */
static bool
commit_fault(enum err err)
{
	return err != E_STORE_FULL && err != E_RETRY && err != E_NO_MEMORY &&
	       err != E_UNAVAILABLE;
}

static enum err
run_batch(struct store *store, struct batch *batch)
{
	int64_t start = clock_monotonic();
	enum err err = E_RETRY;

	for (int runs = 0; err == E_RETRY && runs < RUNS_MAX; runs++) {
		if (runs > 0)
			metric_add(METRIC_STORE_RERUNS, (int64_t)batch->n);
		batch->body = BODY_CUT;
		err = store->ops->write(store, run_body, batch);
	}
	if (err == E_OK || err == E_STORE_FULL)
		store->full = err == E_STORE_FULL;
	if (err == E_OK) {
		metric_add(METRIC_STORE_COMMITS, 1);
		metric_observe(METRIC_STORE_COMMIT_TIME, clock_monotonic() - start);
		return E_OK;
	}
	if (err == E_RETRY) {
		batch->body = BODY_CUT;
		return E_UNAVAILABLE;
	}
	if (batch->body == BODY_DONE && commit_fault(err))
		store_set_fault(store, err, false);
	return err;
}

static void
note_damage(struct store *store, struct batch *batch)
{
	struct store_job *job = batch->first;

	for (size_t i = 0; i < batch->n; i++, job = job->next)
		if (job->err == E_DAMAGED)
			store_set_fault(store, E_DAMAGED, false);
}

static enum err
run_jobs(struct store *store, struct store_job *first, size_t n)
{
	struct batch batch = { .first = first, .n = n };
	enum err err = store_health(store);

	if (err == E_OK)
		err = run_batch(store, &batch);
	if (err != E_OK && (batch.body != BODY_REFUSED || err == E_STORE_FULL))
		fail_all(&batch, err);
	note_damage(store, &batch);
	return err;
}

void
worker_run(struct store *store, struct store_job *first, size_t n)
{
	metric_add(METRIC_STORE_JOBS, (int64_t)n);
	if (run_jobs(store, first, n) != E_STORE_FULL || n == 1)
		return;
	/* One job may be too large for what is left while others are not. */
	for (size_t i = 0; i < n; i++, first = first->next)
		(void)run_jobs(store, first, 1);
}

static void
mail_arrived(struct mail *mail)
{
	struct store_job *job = container_of(mail, struct store_job, mail);

	job->done(job);
}

void
worker_answer(struct store_job *job)
{
	if (job->back == NULL) {
		job->done(job);
		return;
	}
	job->mail.fn = mail_arrived;
	mailbox_post(job->back, &job->mail);
}

/* A job is its owner's again once it is answered. */
static void
answer_all(struct store_job *job, size_t n)
{
	while (n-- > 0) {
		struct store_job *next = job->next;

		worker_answer(job);
		job = next;
	}
}

static size_t
take(struct worker *w, struct store_job **first)
{
	size_t n = 0;

	pthread_mutex_lock(&w->lock);
	while (w->first == NULL && !w->stopping)
		pthread_cond_wait(&w->wake, &w->lock);
	*first = w->first;
	while (w->first && n < (size_t)w->store->batch_max) {
		w->first = w->first->next;
		n++;
	}
	if (w->first == NULL)
		w->end = &w->first;
	w->waiting -= n;
	metric_set(METRIC_STORE_QUEUE, (int64_t)w->waiting);
	pthread_mutex_unlock(&w->lock);
	return n;
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct store_job *first;
	size_t n;

	while ((n = take(w, &first)) > 0) {
		worker_run(w->store, first, n);
		answer_all(first, n);
	}
	return NULL;
}

static void *
check(void *arg)
{
	struct store *store = ((struct worker *)arg)->store;
	int64_t records = 0;
	enum err err = store->ops->check(store, &records);

	log_info(
	    "store_checked", "records=%lld result=%s", (long long)records, err_code(err));
	if (err == E_DAMAGED)
		store_set_fault(store, err, true);
	return NULL;
}

/* Signals are for the main thread. */
static bool
thread_start(pthread_t *thread, void *(*fn)(void *), struct worker *w)
{
	sigset_t all, old;
	int rc;

	sigfillset(&all);
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	rc = pthread_create(thread, NULL, fn, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc == 0;
}

enum err
worker_start(struct worker **out, struct store *store)
{
	struct arena *a = arena_new(0);
	struct worker *w = a ? arena_alloc(a, sizeof(*w)) : NULL;

	if (w == NULL) {
		arena_free(a);
		return E_NO_MEMORY;
	}
	w->store = store;
	w->arena = a;
	w->end = &w->first;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	if (!thread_start(&w->thread, work, w)) {
		worker_free(w);
		return E_NO_MEMORY;
	}
	w->checking = store->unchecked && thread_start(&w->checker, check, w);
	*out = w;
	return E_OK;
}

void
worker_stop(struct worker *w)
{
	bool again;

	pthread_mutex_lock(&w->lock);
	again = w->stopping;
	w->stopping = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	if (again)
		return;
	w->store->stopping = true;
	pthread_join(w->thread, NULL);
	if (w->checking)
		pthread_join(w->checker, NULL);
	w->store->stopping = false;
}

void
worker_free(struct worker *w)
{
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->wake);
	arena_free(w->arena);
}

enum err
worker_add(struct worker *w, struct store_job *job)
{
	enum err err = E_OK;

	job->next = NULL;
	if (job->arena)
		job->mark = arena_mark(job->arena);
	pthread_mutex_lock(&w->lock);
	if (w->stopping || w->waiting >= WORKER_QUEUE_MAX) {
		err = E_UNAVAILABLE;
	} else {
		*w->end = job;
		w->end = &job->next;
		w->waiting++;
		metric_set(METRIC_STORE_QUEUE, (int64_t)w->waiting);
		pthread_cond_signal(&w->wake);
	}
	pthread_mutex_unlock(&w->lock);
	return err;
}
