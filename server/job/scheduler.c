#include "server/job/scheduler.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "server/action/upkeep.h"
#include "server/job/jobs.h"

#define JOB_ARENA ((size_t)64 << 20)

static const struct job jobs[] = {
	{ "touch", 5 * CLOCK_SECOND, true, job_touch, NULL },
	{ "leases", 10 * CLOCK_SECOND, true, job_leases, NULL },
	{ "trim", CLOCK_HOUR, false, job_trim, NULL },
	{ "checkpoint", 0, false, job_checkpoint, job_checkpoint_every },
};

struct scheduler {
	struct job_context context;
	struct mailbox *mailbox;
	struct mail stop;
	pthread_t thread;
	bool stopping;
	int64_t due[ARRAY_LEN(jobs)]; /* clock_now() */
};

static void
on_stop(struct mail *mail)
{
	container_of(mail, struct scheduler, stop)->stopping = true;
}

static int64_t
every(const struct scheduler *s, size_t i)
{
	return jobs[i].every_of ? jobs[i].every_of(&s->context) : jobs[i].every;
}

static void
run_job(struct scheduler *s, size_t i)
{
	int64_t now = clock_now();
	struct arena *arena = arena_new(JOB_ARENA);
	enum err err = arena ? jobs[i].run(&s->context, arena, now) : E_NO_MEMORY;

	if (err != E_OK)
		log_warn("job_failed", "job=%s code=%s", jobs[i].name, err_code(err));
	s->due[i] = now + every(s, i);
	if (arena && !jobs[i].volatile_ &&
	    upkeep_job_save(s->context.store, arena, jobs[i].name, now, s->due[i]) !=
		E_OK)
		log_warn("job_not_saved", "job=%s", jobs[i].name);
	arena_free(arena);
}

/* A clock that was set back must not put a job off for ever. */
static void
pull_due(struct scheduler *s)
{
	int64_t now = clock_now();

	for (size_t i = 0; i < ARRAY_LEN(jobs); i++)
		if (s->due[i] > now + every(s, i))
			s->due[i] = now + every(s, i);
}

static int
next_wait(const struct scheduler *s)
{
	int64_t now = clock_now(), first = now + CLOCK_MINUTE;

	for (size_t i = 0; i < ARRAY_LEN(jobs); i++)
		if (s->due[i] < first)
			first = s->due[i];
	return first <= now ? 0 : (int)((first - now) / 1000) + 1;
}

static void *
scheduler_run(void *arg)
{
	struct scheduler *s = arg;

	while (!s->stopping) {
		pull_due(s);
		mailbox_wait(s->mailbox, next_wait(s));
		for (size_t i = 0; i < ARRAY_LEN(jobs) && !s->stopping; i++)
			if (s->due[i] <= clock_now())
				run_job(s, i);
	}
	for (size_t i = 0; i < ARRAY_LEN(jobs); i++)
		if (jobs[i].volatile_)
			run_job(s, i);
	return NULL;
}

/* A job that waits before its first run must not begin to wait anew at each start. */
static enum err
load_one(struct scheduler *s, struct arena *arena, size_t i)
{
	struct store *store = s->context.store;
	int64_t now = clock_now(), *due = &s->due[i];
	enum err err;

	*due = now;
	if (jobs[i].volatile_)
		return E_OK;
	if (jobs[i].every_of)
		*due = FIELD_NONE;
	err = upkeep_job_load(store, arena, jobs[i].name, due);
	if (err || *due != FIELD_NONE)
		return err;
	*due = now + every(s, i);
	return upkeep_job_save(store, arena, jobs[i].name, FIELD_NONE, *due);
}

static enum err
load_due(struct scheduler *s)
{
	struct arena *arena = arena_new(JOB_ARENA);
	enum err err = arena ? E_OK : E_NO_MEMORY;

	for (size_t i = 0; err == E_OK && i < ARRAY_LEN(jobs); i++)
		err = load_one(s, arena, i);
	arena_free(arena);
	return err;
}

enum err
scheduler_start(struct scheduler **out, const struct job_context *context)
{
	struct scheduler *s = calloc(1, sizeof(*s));
	enum err err = E_NO_MEMORY;

	*out = NULL;
	if (!s)
		return err;
	s->context = *context;
	s->stop.fn = on_stop;
	s->mailbox = mailbox_new();
	if (s->mailbox && (err = load_due(s)) == E_OK)
		err = pthread_create(&s->thread, NULL, scheduler_run, s) == 0
		          ? E_OK
		          : E_NO_MEMORY;
	if (err != E_OK) {
		mailbox_free(s->mailbox);
		free(s);
		return err;
	}
	*out = s;
	return E_OK;
}

void
scheduler_stop(struct scheduler *s)
{
	if (!s)
		return;
	mailbox_post(s->mailbox, &s->stop);
	pthread_join(s->thread, NULL);
	mailbox_free(s->mailbox);
	free(s);
}
