/* What only a store on disk has: growth, fullness, opening. */
#include "tests/store/fixture.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/metric.h"

static const struct space space = { T_PRODUCT, -1 };

struct fill {
	int from, n, runs;
	size_t bytes;
};

static enum err
fill(struct txn *t, void *arg)
{
	struct fill *f = arg;
	char value[4000];

	f->runs++;
	memset(value, 'x', sizeof(value));
	for (int i = f->from; i < f->from + f->n; i++) {
		char key[16];
		enum err err;

		snprintf(key, sizeof(key), "%08d", i);
		err = t->store->ops->put(
		    t, space, slice_str(key), slice_of(value, f->bytes));
		if (err != E_OK)
			return err;
	}
	return E_OK;
}

static enum err
count(struct txn *t, void *arg)
{
	return record_count(t, T_PRODUCT, -1, SLICE_NULL, INT64_MAX, arg);
}

static void
expect_stored(struct fixture *f, int64_t want)
{
	int64_t n;

	assert_ok(fixture_read(f, count, &n));
	assert_int_equal(n, want);
}

static void
test_growth(void **state)
{
	struct fixture *f = *state;
	struct fill work = { .n = 8000, .bytes = 1000 };

	assert_int_equal(metric_value(METRIC_STORE_MAP_BYTES), 1 << 20);
	assert_ok(fixture_write(f, fill, &work));
	assert_in_range(work.runs, 4, 6);
	expect_stored(f, 8000);
	work = (struct fill){ .from = 8000, .n = 8000, .bytes = 1000 };
	assert_ok(store_start(f->store));
	assert_ok(fixture_write(f, fill, &work));
	expect_stored(f, 16000);
	assert_true(metric_value(METRIC_STORE_MAP_BYTES) >= 16 << 20);
	fixture_reopen(f);
	expect_stored(f, 16000);
	fixture_check(f);
}

static enum err
fill_in_child(struct txn *t, void *arg)
{
	enum err err = t->store->ops->child(t, fill, arg);

	/* A caller that takes the error for an answer must not get half of it stored. */
	return err == E_OK || err == E_RETRY ? E_OK : err;
}

static void
test_growth_in_child(void **state)
{
	struct fill work = { .n = 2000, .bytes = 1000 };

	assert_ok(fixture_write(*state, fill_in_child, &work));
	expect_stored(*state, 2000);
}

static enum err
shrink(struct txn *t, void *arg)
{
	char key[16];

	for (int i = 0; i < *(int *)arg; i++) {
		enum err err;

		snprintf(key, sizeof(key), "%08d", i);
		if ((err = t->store->ops->del(t, space, slice_str(key))) != E_OK)
			return err;
	}
	return E_OK;
}

static void
test_full(void **state)
{
	struct fixture *f = *state;
	struct fill work = { .n = 1000, .bytes = 1000 };
	struct fill more = { .from = 1000, .n = 3000, .bytes = 1000 };
	int some = 200;

	f->options.map_max = 2 << 20;
	fixture_reopen(f);
	assert_ok(fixture_write(f, fill, &work));
	assert_int_equal(fixture_write(f, fill, &more), E_STORE_FULL);
	assert_int_equal(store_health(f->store), E_OK);
	expect_stored(f, 1000);
	assert_ok(fixture_write(f, shrink, &some));
	expect_stored(f, 800);
	f->options.map_max = 32 << 20;
	fixture_reopen(f);
	assert_ok(fixture_write(f, fill, &more));
	expect_stored(f, 3800);
	fixture_check(f);
}

struct job {
	struct store_job job;
	struct fill fill;
};

static void
answered(struct store_job *job)
{
	(void)job;
}

/* In one batch, a job that does not fit takes no other down with it. */
static void
test_full_batch(void **state)
{
	struct fixture *f = *state;
	struct job jobs[10];

	f->options.map_max = 1 << 20;
	fixture_reopen(f);
	assert_ok(store_start(f->store));
	for (int i = 0; i < 10; i++) {
		jobs[i] = (struct job){ .fill = { .from = i * 10000,
					    .n = i == 4 ? 5000 : 5,
					    .bytes = 1000 } };
		jobs[i].job = (struct store_job){
			.fn = fill, .arg = &jobs[i].fill, .done = answered
		};
		store_write(f->store, &jobs[i].job);
	}
	store_stop(f->store);
	for (int i = 0; i < 10; i++)
		assert_int_equal(jobs[i].job.err, i == 4 ? E_STORE_FULL : E_OK);
	expect_stored(f, 45);
}

/* The limit on the size of files stands for a full disk. */
static void
test_disk_full(void **state)
{
	struct fixture *f = *state;
	struct fill work = { .n = 100, .bytes = 1000 };
	struct fill more = { .from = 100, .n = 500, .bytes = 1000 };
	struct rlimit old, small;
	enum err err;

	assert_ok(fixture_write(f, fill, &work));
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = (struct rlimit){ 200000, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	err = fixture_write(f, fill, &more);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(err, E_STORE_FULL);
	assert_int_equal(store_health(f->store), E_OK);
	expect_stored(f, 100);
	assert_ok(fixture_write(f, fill, &more));
	expect_stored(f, 600);
	fixture_reopen(f);
	expect_stored(f, 600);
	fixture_check(f);
}

static int
count_beside(struct fixture *f, struct store *s, bool later)
{
	int64_t n = -1;

	return store_read_now(s, f->arena, count, &n) != E_OK || n != (later ? 5010 : 10);
}

static void
test_resized(void **state)
{
	struct fixture *f = *state;
	struct fill work = { .n = 10, .bytes = 1000 };
	struct fill more = { .from = 10, .n = 5000, .bytes = 1000 };

	assert_ok(fixture_write(f, fill, &work));
	fixture_beside(f, count_beside, fill, &more);
}

static void
test_open(void **state)
{
	struct fixture *f = *state;
	struct fill work = { .n = 10, .bytes = 10 };
	struct store *other;
	struct stat st;
	char path[128];

	snprintf(path, sizeof(path), "%s/data.mdb", f->store_dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(f->store_dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	f->options.create = false;
	f->options.dir = f->dir;
	assert_int_equal(store_open(&other, &f->options), E_NO_STORE);
	f->options.dir = "/nonexistent/store";
	assert_int_equal(store_open(&other, &f->options), E_NO_STORE);
	f->options.dir = f->store_dir;
	assert_ok(fixture_write(f, fill, &work));
	f->options.read_only = true;
	fixture_reopen(f);
	expect_stored(f, 10);
	assert_int_equal(fixture_write(f, fill, &work), E_DENIED);
	store_close(f->store);
	f->store = NULL;
	f->options.checksum_key[0] ^= 1;
	assert_int_equal(store_open(&other, &f->options), E_DAMAGED);
}

int
run_disk(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_growth),
		TEST(test_growth_in_child),
		TEST(test_full),
		TEST(test_full_batch),
		TEST(test_disk_full),
		TEST(test_resized),
		TEST(test_open),
	};

	return _cmocka_run_group_tests("disk", tests, ARRAY_LEN(tests), NULL, NULL);
}
