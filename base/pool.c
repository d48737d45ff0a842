#include "base/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct pool_job *first;
	struct pool_job **end;
	size_t queued;
	size_t max;
	bool stopping;
	unsigned n;
	pthread_t thread[];
};

static struct pool_job *
take_job(struct pool *pool)
{
	struct pool_job *job;

	pthread_mutex_lock(&pool->lock);
	while (pool->first == NULL && !pool->stopping)
		pthread_cond_wait(&pool->changed, &pool->lock);
	job = pool->first;
	if (job != NULL) {
		pool->first = job->next;
		if (pool->first == NULL)
			pool->end = &pool->first;
		pool->queued--;
	}
	pthread_mutex_unlock(&pool->lock);
	return job;
}

static void *
work(void *arg)
{
	struct pool *pool = arg;
	struct pool_job *job;

	while ((job = take_job(pool)) != NULL) {
		struct mailbox *back = job->back;

		job->run(job);
		mailbox_post(back, &job->mail);
	}
	return NULL;
}

static void
stop_threads(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->stopping = true;
	pthread_cond_broadcast(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < pool->n; i++)
		pthread_join(pool->thread[i], NULL);
	pool->n = 0;
}

static bool
start_threads(struct pool *pool, unsigned threads)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP };
	sigset_t all, old;

	sigfillset(&all);
	for (size_t i = 0; i < ARRAY_LEN(faults); i++)
		sigdelset(&all, faults[i]);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	while (pool->n < threads &&
	       pthread_create(&pool->thread[pool->n], NULL, work, pool) == 0)
		pool->n++;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return pool->n == threads;
}

struct pool *
pool_new(unsigned threads, size_t queue_max)
{
	struct pool *pool;

	if (threads == 0 || threads > 1024)
		return NULL;
	pool = calloc(1, sizeof(*pool) + threads * sizeof(pool->thread[0]));
	if (pool == NULL)
		return NULL;
	pool->max = queue_max;
	pool->end = &pool->first;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->changed, NULL);
	if (!start_threads(pool, threads)) {
		pool_free(pool);
		return NULL;
	}
	return pool;
}

void
pool_free(struct pool *pool)
{
	if (pool == NULL)
		return;
	stop_threads(pool);
	pthread_cond_destroy(&pool->changed);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

enum err
pool_submit(struct pool *pool, struct pool_job *job)
{
	enum err e = E_UNAVAILABLE;

	pthread_mutex_lock(&pool->lock);
	if (pool->queued < pool->max && !pool->stopping) {
		job->next = NULL;
		*pool->end = job;
		pool->end = &job->next;
		pool->queued++;
		pthread_cond_signal(&pool->changed);
		e = E_OK;
	}
	pthread_mutex_unlock(&pool->lock);
	return e;
}
