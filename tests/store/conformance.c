/* One suite over every backend: memory, LMDB, LMDB behind the fault wrapper. An argument
 * is a pattern of test names. */
#include "tests/store/fixture.h"

#include <sodium.h>

#include "base/log.h"

static int
run_kind(enum kind kind, const char *name)
{
	fixture_kind = kind;
	return run_verbs(name) + run_records(name) + run_worker(name) + run_random(name) +
	       run_broken(name);
}

int
main(int argc, char **argv)
{
	int failed;

	if (sodium_init() < 0)
		return 1;
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	log_setup(LOG_ERROR, LOG_LOGFMT, NULL);
	failed = run_kind(KIND_MEM, "mem") + run_kind(KIND_LMDB, "lmdb") +
	         run_kind(KIND_FAULT, "fault over lmdb");
	fixture_kind = KIND_FAULT;
	failed += run_faults();
	fixture_kind = KIND_LMDB;
	failed += run_disk() + run_damage() + run_backup();
	return failed ? 1 : 0;
}
