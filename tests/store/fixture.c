#include "tests/store/fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum kind fixture_kind;

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
remove_tree(const char *dir)
{
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int
fixture_setup(void **state)
{
	static const struct store_ops *const ops[] = { &store_mem_ops, &store_lmdb_ops,
		&store_fault_ops };
	struct arena *a = arena_new((size_t)1 << 30);
	struct fixture *f = arena_alloc(a, sizeof(*f));

	f->arena = a;
	snprintf(f->dir, sizeof(f->dir), "/tmp/licet-store-XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->store_dir, sizeof(f->store_dir), "%s/store", f->dir);
	store_fault_setup(&store_lmdb_ops);
	f->options = (struct store_options){ .ops = ops[fixture_kind],
		.schema = &test_schema,
		.dir = f->store_dir,
		.map_max = 64 << 20,
		.batch_max = 64,
		.create = true,
		.checksum_key = "0123456789abcde" };
	*state = f;
	return store_open(&f->store, &f->options) == E_OK ? 0 : -1;
}

int
fixture_teardown(void **state)
{
	struct fixture *f = *state;

	store_close(f->store);
	remove_tree(f->dir);
	arena_free(f->arena);
	return 0;
}

bool
fixture_reopen(struct fixture *f)
{
	if (fixture_kind == KIND_MEM)
		return false;
	store_close(f->store);
	f->store = NULL;
	f->options.create = false;
	assert_ok(store_open(&f->store, &f->options));
	return true;
}

enum err
fixture_write(struct fixture *f, txn_fn *fn, void *arg)
{
	return store_write_now(f->store, f->arena, fn, arg);
}

enum err
fixture_read(struct fixture *f, txn_fn *fn, void *arg)
{
	return store_read_now(f->store, f->arena, fn, arg);
}

/* gcc --coverage: writes the counts, which _exit drops. */
void
__gcov_dump(void) __attribute__((weak));

static int
run_beside(struct fixture *f, int (*step)(struct fixture *, struct store *, bool later),
    int ready, int go)
{
	struct store *s;
	char c = 0;

	f->options.create = false;
	f->options.read_only = true;
	if (store_open(&s, &f->options) != E_OK || step(f, s, false) != 0)
		return 1;
	if (write(ready, &c, 1) != 1 || read(go, &c, 1) != 1)
		return 2;
	if (step(f, s, true) != 0)
		return 3;
	store_close(s);
	return 0;
}

void
fixture_beside(struct fixture *f,
    int (*step)(struct fixture *, struct store *, bool later), txn_fn *fn, void *arg)
{
	int ready[2], go[2], status;
	char c = 0;

	assert_int_equal(pipe(ready) + pipe(go), 0);
	pid_t pid = fork();
	if (pid == 0) {
		status = run_beside(f, step, ready[1], go[0]);
		if (__gcov_dump)
			__gcov_dump();
		_exit(status);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_ok(fixture_write(f, fn, arg));
	assert_int_equal(write(go[1], &c, 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(ready[0]);
	close(go[0]);
	close(go[1]);
}

static enum err
verify(struct txn *txn, void *arg)
{
	int64_t records, entries;

	(void)arg;
	return record_verify(txn, &records, &entries);
}

void
fixture_check(struct fixture *f)
{
	int64_t records;

	assert_ok(f->store->ops->check(f->store, &records));
}

void
fixture_verify(struct fixture *f)
{
	assert_ok(fixture_read(f, verify, NULL));
	fixture_check(f);
}
