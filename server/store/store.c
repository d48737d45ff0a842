#include "server/store/store.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/log.h"
#include "server/store/worker.h"

#define MAP_MIN 1048576

struct call {
	struct arena *arena;
	txn_fn *fn;
	void *arg;
};

struct waiter {
	struct store_job job;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool done;
};

enum err
store_open(struct store **out, const struct store_options *o)
{
	struct store_options options = *o;
	enum err err;

	if (options.batch_max < 1)
		options.batch_max = 1;
	if (options.map_max < MAP_MIN)
		options.map_max = MAP_MIN;
	if ((err = o->ops->open(out, &options)) != E_OK)
		return err;
	(*out)->ops = o->ops;
	(*out)->schema = o->schema;
	(*out)->batch_max = options.batch_max;
	return E_OK;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	if (s->worker) {
		worker_stop(s->worker);
		worker_free(s->worker);
		s->worker = NULL;
	}
	s->ops->close(s);
}

enum err
store_start(struct store *s)
{
	return s->worker ? E_OK : worker_start(&s->worker, s);
}

void
store_stop(struct store *s)
{
	if (s->worker)
		worker_stop(s->worker);
}

static enum err
call_run(struct txn *txn, void *arg)
{
	struct call *call = arg;

	txn->arena = call->arena;
	return call->fn(txn, call->arg);
}

enum err
store_read_now(struct store *s, struct arena *arena, txn_fn *fn, void *arg)
{
	struct call call = { arena, fn, arg };
	enum err err;

	if (s->unreadable)
		return store_health(s);
	err = s->ops->read(s, call_run, &call);
	if (err == E_DAMAGED)
		store_set_fault(s, err, false);
	return err;
}

void
store_read(struct store *s, struct store_job *job)
{
	job->err = store_read_now(s, job->arena, job->fn, job->arg);
	job->done(job);
}

void
store_write(struct store *s, struct store_job *job)
{
	enum err err = s->worker ? worker_add(s->worker, job) : E_UNAVAILABLE;

	/* Once taken, the job is the writer's and may be gone already. */
	if (err == E_OK)
		return;
	job->err = err;
	worker_answer(job);
}

static void
waiter_done(struct store_job *job)
{
	struct waiter *w = container_of(job, struct waiter, job);

	pthread_mutex_lock(&w->lock);
	w->done = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

static void
wait_for(struct store *s, struct waiter *w)
{
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	store_write(s, &w->job);
	pthread_mutex_lock(&w->lock);
	while (!w->done)
		pthread_cond_wait(&w->wake, &w->lock);
	pthread_mutex_unlock(&w->lock);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
}

enum err
store_write_now(struct store *s, struct arena *arena, txn_fn *fn, void *arg)
{
	struct waiter w = {
		.job = { .fn = fn, .arg = arg, .arena = arena, .done = waiter_done }
	};

	if (s->worker) {
		wait_for(s, &w);
		return w.job.err;
	}
	if (arena)
		w.job.mark = arena_mark(arena);
	worker_run(s, &w.job, 1);
	return w.job.err;
}

enum err
store_nested(struct txn *txn, txn_fn *fn, void *arg)
{
	return txn->store->ops->child(txn, fn, arg);
}

enum err
store_health(const struct store *s)
{
	return (enum err)s->health;
}

bool
store_writable(const struct store *s)
{
	return store_health(s) == E_OK && !s->full;
}

void
store_set_fault(struct store *s, enum err err, bool unreadable)
{
	int healthy = E_OK;

	if (unreadable)
		s->unreadable = true;
	if (atomic_compare_exchange_strong(&s->health, &healthy, (int)err))
		log_error("store_fault", "cause=%s reads=%s", err_code(err),
		    unreadable ? "no" : "yes");
}
