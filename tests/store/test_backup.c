/* Hot backup and its restore. */
#include "tests/store/fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "server/store/backup.h"

#define PASS SLICE("correct horse battery")

static const struct space space = { T_PRODUCT, -1 };

struct counter {
	struct fixture *f;
	pthread_t thread;
	_Atomic bool stop;
	int64_t next;
	int failed;
};

/* Two puts for each number: both or none may be seen. */
static enum err
put_pair(struct txn *t, void *arg)
{
	char a[24], b[24];
	enum err err;

	snprintf(a, sizeof(a), "a%08lld", (long long)*(int64_t *)arg);
	snprintf(b, sizeof(b), "b%08lld", (long long)*(int64_t *)arg);
	err = t->store->ops->put(t, space, slice_str(a), SLICE("left"));
	if (err != E_OK)
		return err;
	return t->store->ops->put(t, space, slice_str(b), SLICE("right"));
}

static void *
write_on(void *arg)
{
	struct counter *c = arg;
	struct arena *a = arena_new(0);

	while (!c->stop) {
		c->failed += store_write_now(c->f->store, a, put_pair, &c->next) != E_OK;
		c->next++;
	}
	arena_free(a);
	return NULL;
}

static enum err
expect_prefix(struct txn *t, void *arg)
{
	int64_t *n = arg, b;
	struct range range = { .prefix = SLICE("a"), .reverse = true };
	struct cursor *c;
	struct slice key, val;
	long long last;

	assert_ok(record_count(t, T_PRODUCT, -1, SLICE("a"), INT64_MAX, n));
	assert_ok(record_count(t, T_PRODUCT, -1, SLICE("b"), INT64_MAX, &b));
	assert_int_equal(*n, b);
	assert_ok(t->store->ops->scan(t, space, &range, &c));
	assert_ok(t->store->ops->next(c, &key, &val));
	assert_int_equal(sscanf(key.p, "a%8lld", &last), 1);
	assert_int_equal(last, *n - 1);
	return E_OK;
}

static char *
in_dir(struct fixture *f, const char *name)
{
	return arena_printf(f->arena, "%s/%s", f->dir, name);
}

static void
expect_empty(const char *dir)
{
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(mkdir(dir, 0700), 0);
}

static void
back_up(struct fixture *f, const char *to, struct backup_summary *sum)
{
	char *extra = in_dir(f, "extra");
	struct backup_entry e = { "keys/root.key", extra };

	assert_ok(file_write(extra, SLICE("the key"), 0600));
	assert_ok(backup_write(f->store, to, f->dir, PASS, &e, 1, sum));
}

static void
open_restored(struct fixture *f, const char *dir, int64_t at_least)
{
	struct arena_mark mark = arena_mark(f->arena);
	struct slice text;
	int64_t n;

	store_close(f->store);
	snprintf(f->store_dir, sizeof(f->store_dir), "%.60s/store", dir);
	f->options.create = false;
	assert_ok(store_open(&f->store, &f->options));
	assert_ok(fixture_read(f, expect_prefix, &n));
	assert_true(n >= at_least);
	assert_ok(file_read(
	    f->arena, arena_printf(f->arena, "%s/keys/root.key", dir), 100, &text));
	assert_true(slice_is(text, "the key"));
	arena_reset(f->arena, mark);
}

static void
test_while_writing(void **state)
{
	struct fixture *f = *state;
	struct counter c = { .f = f };
	struct backup_summary sum, again;
	char *to = in_dir(f, "backup"), *dir = in_dir(f, "restored");
	struct stat st;

	assert_ok(store_start(f->store));
	assert_ok(fixture_write(f, put_pair, &c.next));
	c.next++;
	assert_int_equal(pthread_create(&c.thread, NULL, write_on, &c), 0);
	back_up(f, to, &sum);
	c.stop = true;
	pthread_join(c.thread, NULL);
	assert_int_equal(c.failed, 0);
	assert_int_equal(stat(to, &st), 0);
	assert_int_equal(st.st_size, sum.size);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(sum.files, 2);
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_ok(backup_read(to, dir, PASS, &again));
	assert_string_equal(sum.digest, again.digest);
	assert_int_equal(sum.taken, again.taken);
	assert_int_equal(sum.files, again.files);
	open_restored(f, dir, 1);
	assert_true(c.next > 1);
}

static int
back_up_beside(struct fixture *f, struct store *s, bool later)
{
	struct backup_summary sum;

	return later &&
	       backup_write(s, in_dir(f, "backup"), f->dir, PASS, NULL, 0, &sum) != E_OK;
}

static enum err
put_much(struct txn *t, void *arg)
{
	static char value[100000];
	char key[24];
	enum err err = E_OK;

	(void)arg;
	for (int i = 0; err == E_OK && i < 50; i++) {
		snprintf(key, sizeof(key), "m%d", i);
		err = t->store->ops->put(
		    t, space, slice_str(key), slice_of(value, sizeof(value)));
	}
	return err;
}

/* The server's map has grown since the backup's process opened the store. */
static void
test_map_grown(void **state)
{
	fixture_beside(*state, back_up_beside, put_much, NULL);
}

static void
test_refused(void **state)
{
	struct fixture *f = *state;
	char *to = in_dir(f, "backup"), *dir = in_dir(f, "restored");
	struct backup_summary sum;
	int64_t n = 0;
	off_t middle;
	struct stat st;
	char c;
	int fd;

	assert_ok(fixture_write(f, put_pair, &n));
	assert_int_equal(
	    backup_write(f->store, to, f->dir, SLICE_NULL, NULL, 0, &sum), E_VALIDATION);
	back_up(f, to, &sum);
	assert_int_equal(
	    backup_write(f->store, to, f->dir, PASS, NULL, 0, &sum), E_EXISTS);
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(backup_read(to, f->dir, PASS, &sum), E_NOT_EMPTY);
	assert_int_equal(backup_read(to, dir, SLICE("wrong"), &sum), E_VERIFY);
	expect_empty(dir);
	fd = open(to, O_RDWR);
	assert_int_equal(fstat(fd, &st), 0);
	middle = st.st_size / 2;
	assert_int_equal(pread(fd, &c, 1, middle), 1);
	c ^= 1;
	assert_int_equal(pwrite(fd, &c, 1, middle), 1);
	assert_int_equal(backup_read(to, dir, PASS, &sum), E_VERIFY);
	expect_empty(dir);
	c ^= 1;
	assert_int_equal(pwrite(fd, &c, 1, middle), 1);
	assert_ok(ftruncate(fd, st.st_size - 1));
	assert_int_equal(backup_read(to, dir, PASS, &sum), E_VERIFY);
	expect_empty(dir);
	close(fd);
}

int
run_backup(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_while_writing),
		TEST(test_map_grown),
		TEST(test_refused),
	};

	return _cmocka_run_group_tests("backup", tests, ARRAY_LEN(tests), NULL, NULL);
}
