/*
 * Every call of the system and of LMDB, and every allocation, fails once: an error, and
 * nothing half done. Argon2id is cheap here, so what needs many backups is here, too.
 */
#include "tests/store/fixture.h"

#include <dirent.h>
#include <errno.h>
#include <lmdb.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "server/store/backup.h"
#include "tests/support/call_fault.h"

#define PASS SLICE("correct horse battery")
#define CALLS_MAX 3000
#define BIG 100000 /* a value that takes pages of its own, and chunks of a backup */

/* What a run with a failure in it must end with. */
enum end { END_ERROR, END_OK, END_ANY };

struct call_fault {
	enum call_kind kind;
	int code;
	enum end end;
};

/* Work that is done again and again while another call of it fails. */
struct piece {
	const char *name;
	enum err (*run)(struct fixture *);
	void (*expect)(struct fixture *, bool done); /* and what it made goes */
};

static char big[BIG];
static char backup[96], extra[96], restored[96], unpacked[128];

static enum err
add(struct txn *t, void *arg)
{
	struct thing rec = {
		.code = slice_str(arg), .group = 7, .note = slice_of(big, sizeof(big))
	};

	return record_add(t, T_PRODUCT, &rec);
}

/* Deletes what add made. */
static enum err
drop(struct txn *t, void *arg)
{
	struct record_scan s;
	struct thing rec;
	enum err err =
	    record_scan(t, T_PRODUCT, IX_THING_GROUP, SLICE_NULL, SLICE_NULL, true, &s);

	(void)arg;
	while (err == E_OK && (err = record_next(&s, &rec)) == E_OK)
		err = record_del(t, T_PRODUCT, &rec);
	return err == E_NOT_FOUND ? E_OK : err;
}

static enum err
drop_in_child(struct txn *t, void *arg)
{
	return t->store->ops->child(t, drop, arg);
}

static enum err
count(struct txn *t, void *arg)
{
	return record_count(t, T_PRODUCT, IX_THING_GROUP, SLICE_NULL, 100, arg);
}

static void
fill(struct fixture *f)
{
	assert_ok(fixture_write(f, add, "a"));
	assert_ok(fixture_write(f, add, "b"));
}

static void
expect_things(struct fixture *f, int64_t want)
{
	int64_t n;

	assert_ok(fixture_read(f, count, &n));
	assert_int_equal(n, want);
}

static enum err
run_open(struct fixture *f)
{
	store_close(f->store);
	f->store = NULL;
	f->options.create = false;
	return store_open(&f->store, &f->options);
}

static void
expect_opens(struct fixture *f, bool done)
{
	if (!done)
		assert_ok(run_open(f));
	expect_things(f, 2);
}

static enum err
run_create(struct fixture *f)
{
	store_close(f->store);
	f->store = NULL;
	remove_tree(f->store_dir);
	f->options.create = true;
	return store_open(&f->store, &f->options);
}

static void
expect_created(struct fixture *f, bool done)
{
	if (!done)
		assert_ok(store_open(&f->store, &f->options));
	expect_things(f, 0);
	fixture_check(f);
}

static enum err
run_write(struct fixture *f)
{
	return fixture_write(f, drop_in_child, NULL);
}

static void
expect_dropped(struct fixture *f, bool done)
{
	assert_ok(run_open(f));
	expect_things(f, done ? 0 : 2);
	fixture_verify(f);
	if (done)
		fill(f);
}

static enum err
run_read(struct fixture *f)
{
	int64_t n = 0;
	enum err err = fixture_read(f, count, &n);

	if (err == E_OK)
		assert_int_equal(n, 2);
	return err;
}

static enum err
run_check(struct fixture *f)
{
	int64_t records;

	return f->store->ops->check(f->store, &records);
}

static enum err
verify(struct txn *t, void *arg)
{
	int64_t entries;

	return record_verify(t, arg, &entries);
}

static enum err
run_verify(struct fixture *f)
{
	int64_t records;

	return fixture_read(f, verify, &records);
}

static enum err
run_start(struct fixture *f)
{
	return store_start(f->store);
}

static void
expect_started(struct fixture *f, bool done)
{
	(void)done;
	expect_things(f, 2);
	assert_ok(run_open(f));
}

/* Names in a directory, without . and .. */
static int
count_names(const char *dir)
{
	DIR *d = opendir(dir);
	int n = -2;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static void
clear_restored(void)
{
	remove_tree(restored);
	assert_int_equal(mkdir(restored, 0700), 0);
}

static enum err
run_backs_up(struct fixture *f)
{
	struct backup_entry e = { "keys/deep/root.key", extra };
	struct backup_summary sum;

	return backup_write(f->store, backup, f->dir, PASS, &e, 1, &sum);
}

static enum err
run_restores(struct fixture *f)
{
	struct backup_summary sum;

	(void)f;
	return backup_read(backup, restored, PASS, &sum);
}

/* A file that is there although the call failed is whole: it gets its name last. */
static void
expect_backup(struct fixture *f, bool done)
{
	bool there = file_exists(backup);

	assert_true(there || !done);
	assert_int_equal(count_names(f->dir), there ? 4 : 3);
	if (there) {
		assert_ok(run_restores(f));
		assert_true(file_exists(unpacked));
		clear_restored();
		assert_int_equal(unlink(backup), 0);
	}
	assert_ok(run_open(f));
	expect_things(f, 2);
}

static void
expect_restored(struct fixture *f, bool done)
{
	(void)f;
	assert_int_equal(count_names(restored), done ? 2 : 0);
	clear_restored();
}

static void
prepare(struct fixture *f)
{
	snprintf(backup, sizeof(backup), "%s/backup", f->dir);
	snprintf(extra, sizeof(extra), "%s/extra", f->dir);
	snprintf(restored, sizeof(restored), "%s/restored", f->dir);
	snprintf(unpacked, sizeof(unpacked), "%s/keys/deep/root.key", restored);
	assert_ok(file_write(extra, SLICE("the key"), 0600));
	assert_int_equal(mkdir(restored, 0700), 0);
	fill(f);
	assert_ok(run_open(f));
}

static void
arm(const struct call_fault *fault, long n)
{
	if (fault->kind == CALL_MEMORY)
		arena_fail_at((size_t)n);
	else
		call_fault_arm(fault->kind, fault->code, n);
}

/* Did a call fail? */
static bool
disarm(const struct call_fault *fault)
{
	bool failed;

	if (fault->kind != CALL_MEMORY)
		return call_fault_end();
	failed = arena_fail_left() == SIZE_MAX;
	arena_fail_at(SIZE_MAX);
	return failed;
}

static bool
fail_one(struct fixture *f, const struct piece *p, const struct call_fault *fault, long n)
{
	struct arena_mark mark = arena_mark(f->arena);
	bool failed;
	enum err err;

	arm(fault, n);
	err = p->run(f);
	failed = disarm(fault);
	if ((!failed || fault->end == END_OK) && err != E_OK)
		fail_msg(
		    "%s: call %ld, code %d: error %d", p->name, n, fault->code, (int)err);
	if (failed && fault->end == END_ERROR && err == E_OK)
		fail_msg("%s: call %ld, code %d: no error", p->name, n, fault->code);
	p->expect(f, err == E_OK);
	arena_reset(f->arena, mark);
	return failed;
}

/* Tells how many calls of its kind the piece makes. */
static long
fail_each(struct fixture *f, const struct piece *p, const struct call_fault *fault)
{
	long n = 0;

	while (n < CALLS_MAX && fail_one(f, p, fault, n))
		n++;
	assert_true(n < CALLS_MAX);
	return n;
}

static const struct piece create = { "create", run_create, expect_created };
static const struct piece reopen = { "open", run_open, expect_opens };
static const struct piece reads = { "read", run_read, expect_opens };
static const struct piece writes = { "write", run_write, expect_dropped };
static const struct piece verifies = { "verify", run_verify, expect_opens };
static const struct piece starts = { "start", run_start, expect_started };
static const struct piece check = { "check", run_check, expect_opens };
static const struct piece backs_up = { "backup", run_backs_up, expect_backup };
static const struct piece restores = { "restore", run_restores, expect_restored };

static void
test_lmdb(void **state)
{
	static const int codes[] = { EIO, ENOMEM, MDB_CORRUPTED };
	struct fixture *f = *state;

	prepare(f);
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		struct call_fault fault = { CALL_LMDB, codes[i], END_ERROR };

		assert_true(fail_each(f, &reopen, &fault) >= 6);
		assert_true(fail_each(f, &reads, &fault) >= 4);
		assert_true(fail_each(f, &writes, &fault) >= 20);
		assert_true(fail_each(f, &check, &fault) >= 1);
		assert_true(fail_each(f, &backs_up, &fault) >= 1);
	}
	assert_true(fail_each(f, &verifies,
			&(struct call_fault){ CALL_LMDB, EIO, END_ERROR }) >= 10);
}

static void
test_create(void **state)
{
	struct call_fault lmdb = { CALL_LMDB, EIO, END_ERROR };
	struct call_fault system = { CALL_SYSTEM, EIO, END_ANY };
	struct call_fault memory = { CALL_MEMORY, 0, END_ERROR };

	assert_true(fail_each(*state, &create, &lmdb) >= 8);
	assert_true(fail_each(*state, &create, &system) >= 2);
	assert_true(fail_each(*state, &create, &memory) >= 3);
}

/* What LMDB tells when another process has changed something, or died. */
static void
test_retried(void **state)
{
	static const struct call_fault begin[] = { { CALL_BEGIN, MDB_READERS_FULL,
						       END_OK },
		{ CALL_BEGIN, MDB_MAP_RESIZED, END_OK } };
	static const struct call_fault renew[] = { { CALL_RENEW, MDB_BAD_RSLOT, END_OK },
		{ CALL_RENEW, MDB_MAP_RESIZED, END_OK } };
	static const struct call_fault copy[] = { { CALL_COPY, MDB_INCOMPATIBLE, END_OK },
		{ CALL_COPY, MDB_MAP_RESIZED, END_OK } };
	struct fixture *f = *state;

	prepare(f);
	for (size_t i = 0; i < 2; i++) {
		assert_ok(run_open(f));
		assert_true(fail_one(f, &reads, &begin[i], 0));
		assert_int_equal(fail_each(f, &reads, &renew[i]), 1);
		assert_int_equal(fail_each(f, &backs_up, &copy[i]), 1);
	}
}

static void
test_commit(void **state)
{
	static const struct call_fault panic = { CALL_COMMIT, MDB_PANIC, END_ERROR };
	static const struct call_fault full = { CALL_COMMIT, MDB_MAP_FULL, END_OK };
	struct fixture *f = *state;

	prepare(f);
	assert_int_equal(fail_each(f, &writes, &panic), 2);
	assert_int_equal(fail_each(f, &writes, &full), 2);
}

static void
test_system(void **state)
{
	static const struct call_fault lost = { CALL_SYSTEM, EIO, END_ANY };
	static const struct call_fault signals = { CALL_TRANSFER, EINTR, END_OK };
	struct fixture *f = *state;

	prepare(f);
	for (const struct call_fault *fault = &lost;; fault = &signals) {
		assert_true(fail_each(f, &reopen, fault) > 3);
		assert_true(fail_each(f, &check, fault) > 1);
		assert_true(fail_each(f, &backs_up, fault) > 10);
		assert_ok(run_backs_up(f));
		assert_true(fail_each(f, &restores, fault) > 10);
		assert_int_equal(unlink(backup), 0);
		if (fault == &signals)
			break;
	}
}

static void
test_memory(void **state)
{
	/* A key is tried twice: see make_key. */
	static const struct call_fault none = { CALL_MEMORY, 0, END_ANY };
	struct fixture *f = *state;

	prepare(f);
	assert_true(fail_each(f, &reopen, &none) >= 3);
	assert_true(fail_each(f, &reads, &none) >= 1);
	assert_true(fail_each(f, &writes, &none) >= 5);
	assert_true(fail_each(f, &check, &none) >= 1);
	assert_true(fail_each(f, &verifies, &none) >= 5);
	assert_true(fail_each(f, &starts, &none) >= 2);
	assert_true(fail_each(f, &backs_up, &none) >= 5);
	assert_ok(run_backs_up(f));
	assert_true(fail_each(f, &restores, &none) >= 5);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_lmdb),
		TEST(test_create),
		TEST(test_retried),
		TEST(test_commit),
		TEST(test_system),
		TEST(test_memory),
	};

	if (sodium_init() < 0)
		return 1;
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	log_setup(LOG_ERROR, LOG_LOGFMT, NULL);
	fixture_kind = KIND_LMDB;
	return cmocka_run_group_tests_name("calls", tests, NULL, NULL) + run_forged() ? 1
	                                                                              : 0;
}
