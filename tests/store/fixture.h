/* One store for each test, of the kind the group runs on. */
#ifndef LICET_TESTS_STORE_FIXTURE_H
#define LICET_TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/store/record.h"
#include "tests/support/store_fault.h"
#include "tests/support/store_mem.h"
#include "tests/support/store_schema.h"

enum kind { KIND_MEM, KIND_LMDB, KIND_FAULT };

struct fixture {
	struct store_options options;
	struct store *store;
	struct arena *arena;
	char dir[64]; /* temporary; the store is in dir/store */
	char store_dir[80];
};

extern enum kind fixture_kind;

int
fixture_setup(void **state);
int
fixture_teardown(void **state);
/* Closes and opens again; false on a kind that keeps nothing. */
bool
fixture_reopen(struct fixture *);
/* Runs fn in one transaction with the fixture's arena. */
enum err
fixture_write(struct fixture *, txn_fn *fn, void *arg);
enum err
fixture_read(struct fixture *, txn_fn *fn, void *arg);
/*
 * Another process opens the store, read-only, and runs `step`; then fn is written by this
 * one, from which the map may grow; then the other runs `step` later. It tells 0 when all
 * is well.
 */
void
fixture_beside(struct fixture *,
    int (*step)(struct fixture *, struct store *, bool later), txn_fn *fn, void *arg);
/* record_verify and ops->check say that all is well. */
void
fixture_verify(struct fixture *);
/* The second alone, for tests whose values are no records. */
void
fixture_check(struct fixture *);
void
remove_tree(const char *dir);

#define assert_ok(call) assert_int_equal((call), E_OK)
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
run_verbs(const char *kind);
int
run_records(const char *kind);
int
run_worker(const char *kind);
int
run_random(const char *kind);
int
run_broken(const char *kind);
int
run_faults(void);
int
run_disk(void);
int
run_damage(void);
int
run_backup(void);
int
run_forged(void);

#endif
