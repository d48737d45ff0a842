/* Queue, group commit, runs again, snapshots. */
#include "tests/store/fixture.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#define THREADS 4
#define WRITES 20

static const struct space space = { T_PRODUCT, -1 };

static enum err
put_int(struct txn *t, const char *prefix, int64_t n)
{
	char *key = arena_printf(t->arena, "%s%08lld", prefix, (long long)n);

	if (key == NULL)
		return E_NO_MEMORY;
	return t->store->ops->put(t, space, slice_str(key), SLICE("v"));
}

static enum err
count(struct txn *t, void *arg)
{
	int64_t *n = arg;
	struct slice prefix = SLICE("w");

	return record_count(t, T_PRODUCT, -1, prefix, 1000000, n);
}

static int64_t
stored(struct fixture *f)
{
	int64_t n = -1;

	assert_ok(fixture_read(f, count, &n));
	return n;
}

struct rerun {
	int runs;
	size_t used[3];
};

static enum err
fail_twice(struct txn *t, void *arg)
{
	struct rerun *r = arg;

	r->used[r->runs] = arena_used(t->arena);
	if (arena_alloc(t->arena, 1000) == NULL)
		return E_NO_MEMORY;
	if (++r->runs < 3)
		return put_int(t, "w", r->runs) == E_OK ? E_RETRY : E_INTERNAL;
	return put_int(t, "w", 100);
}

static void
test_rerun(void **state)
{
	struct fixture *f = *state;
	struct rerun r = { 0 };

	assert_ok(fixture_write(f, fail_twice, &r));
	assert_int_equal(r.runs, 3);
	assert_int_equal(r.used[0], r.used[1]);
	assert_int_equal(r.used[0], r.used[2]);
	assert_int_equal(stored(f), 1);
	r = (struct rerun){ 0 };
	assert_ok(store_start(f->store));
	assert_ok(fixture_write(f, fail_twice, &r));
	assert_int_equal(r.runs, 3);
	assert_int_equal(stored(f), 1);
}

struct writer {
	struct fixture *f;
	pthread_t thread;
	int number;
	int done; /* answers of E_OK */
};

static enum err
put_number(struct txn *t, void *arg)
{
	return put_int(t, "w", *(int64_t *)arg);
}

static void *
write_many(void *arg)
{
	struct writer *w = arg;
	struct arena *a = arena_new(0);

	for (int64_t i = 0; i < WRITES; i++) {
		int64_t n = w->number * WRITES + i;

		if (store_write_now(w->f->store, a, put_number, &n) == E_OK)
			w->done++;
	}
	arena_free(a);
	return NULL;
}

static void
test_threads(void **state)
{
	struct fixture *f = *state;
	struct writer w[THREADS];
	int done = 0;

	assert_ok(store_start(f->store));
	for (int i = 0; i < THREADS; i++) {
		w[i] = (struct writer){ .f = f, .number = i };
		assert_int_equal(
		    pthread_create(&w[i].thread, NULL, write_many, &w[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(w[i].thread, NULL);
		done += w[i].done;
	}
	assert_int_equal(done, THREADS * WRITES);
	(void)fixture_reopen(f);
	assert_int_equal(stored(f), done);
}

struct async {
	struct store_job job;
	int64_t n;
	enum err refuse; /* after the change */
	int *answers;
};

static enum err
async_fn(struct txn *t, void *arg)
{
	struct async *a = arg;
	enum err err = put_int(t, "w", a->n);

	return err == E_OK ? a->refuse : err;
}

static void
async_done(struct store_job *job)
{
	++*((struct async *)job->arg)->answers;
}

static enum err
wait_for(struct txn *t, void *arg)
{
	(void)t;
	while (sem_wait(arg) != 0)
		;
	return E_OK;
}

static struct async *
submit(struct fixture *f, struct mailbox *box, int n, int *answers)
{
	struct async *a = arena_array(f->arena, (size_t)n, sizeof(*a));

	for (int i = 0; i < n; i++) {
		a[i] = (struct async){
			.n = i, .refuse = i % 3 == 2 ? E_IN_USE : E_OK, .answers = answers
		};
		a[i].job = (struct store_job){ .fn = async_fn,
			.arg = &a[i],
			.arena = arena_new(0),
			.back = box,
			.done = async_done };
		store_write(f->store, &a[i].job);
	}
	return a;
}

static void
release(struct async *a, int n)
{
	for (int i = 0; i < n; i++)
		arena_free(a[i].job.arena);
}

static void
ignore(struct store_job *job)
{
	(void)job;
}

/* All jobs wait behind one that holds the writer, so that they share commits. */
static void
test_batch(void **state)
{
	struct fixture *f = *state;
	struct mailbox *box = mailbox_new();
	struct async *a;
	sem_t gate;
	struct store_job first = { .fn = wait_for, .arg = &gate, .done = ignore };
	int answers = 0;

	sem_init(&gate, 0, 0);
	assert_ok(store_start(f->store));
	store_write(f->store, &first);
	a = submit(f, box, 90, &answers);
	sem_post(&gate);
	while (answers < 90)
		mailbox_wait(box, 5000);
	for (int i = 0; i < 90; i++)
		assert_int_equal(a[i].job.err, a[i].refuse);
	assert_int_equal(stored(f), 60);
	store_stop(f->store);
	release(a, 90);
	mailbox_free(box);
	sem_destroy(&gate);
}

static void
test_stop(void **state)
{
	struct fixture *f = *state;
	struct mailbox *box = mailbox_new();
	int64_t n = 1;
	int answers = 0;
	struct async *a;

	assert_ok(store_start(f->store));
	a = submit(f, box, 90, &answers);
	store_stop(f->store);
	mailbox_drain(box);
	assert_int_equal(answers, 90);
	for (int i = 0; i < 90; i++)
		assert_int_equal(a[i].job.err, a[i].refuse);
	assert_int_equal(fixture_write(f, put_number, &n), E_UNAVAILABLE);
	store_write(f->store, &a[0].job);
	mailbox_drain(box);
	assert_int_equal(answers, 91);
	assert_int_equal(a[0].job.err, E_UNAVAILABLE);
	(void)fixture_reopen(f);
	assert_int_equal(stored(f), 60);
	release(a, 90);
	mailbox_free(box);
}

static void
test_queue_limit(void **state)
{
	struct fixture *f = *state;
	sem_t gate;
	struct store_job *many = arena_array(f->arena, 10100, sizeof(*many));
	int refused = 0;

	sem_init(&gate, 0, 0);
	f->store->batch_max = 1;
	assert_ok(store_start(f->store));
	for (int i = 0; i < 10100; i++) {
		many[i] =
		    (struct store_job){ .fn = wait_for, .arg = &gate, .done = ignore };
		store_write(f->store, &many[i]);
	}
	for (int i = 0; i < 10100; i++)
		sem_post(&gate);
	store_stop(f->store);
	for (int i = 0; i < 10100; i++)
		refused += many[i].err == E_UNAVAILABLE;
	/* The writer holds at most one. */
	assert_in_range(refused, 99, 100);
	sem_destroy(&gate);
}

static void *
read_beside(void *arg)
{
	struct writer *w = arg;
	struct arena *a = arena_new(0);
	int64_t n = -1;

	w->done = store_read_now(w->f->store, a, count, &n) == E_OK ? (int)n : -1;
	arena_free(a);
	return NULL;
}

static enum err
put_and_look(struct txn *t, void *arg)
{
	struct writer *w = arg;
	enum err err = put_int(t, "w", 2);

	if (err == E_OK && pthread_create(&w->thread, NULL, read_beside, w) != 0)
		return E_INTERNAL;
	pthread_join(w->thread, NULL);
	return err;
}

static void
test_snapshot(void **state)
{
	struct writer w = { .f = *state };
	int64_t n = 1;

	assert_ok(fixture_write(w.f, put_number, &n));
	assert_ok(fixture_write(w.f, put_and_look, &w));
	assert_int_equal(w.done, 1);
	assert_int_equal(stored(w.f), 2);
}

static void
test_before_start(void **state)
{
	struct fixture *f = *state;
	struct mailbox *box = mailbox_new();
	int answers = 0;
	struct async *a = submit(f, box, 1, &answers);

	assert_int_equal(answers, 0);
	mailbox_drain(box);
	assert_int_equal(answers, 1);
	assert_int_equal(a->job.err, E_UNAVAILABLE);
	release(a, 1);
	mailbox_free(box);
}

int
run_worker(const char *kind)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rerun),
		TEST(test_threads),
		TEST(test_batch),
		TEST(test_stop),
		TEST(test_queue_limit),
		TEST(test_snapshot),
		TEST(test_before_start),
	};

	return _cmocka_run_group_tests(kind, tests, ARRAY_LEN(tests), NULL, NULL);
}
