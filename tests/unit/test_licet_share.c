/* liblicet: one directory, many handles: of threads, of processes, and of one that does
 * not let go. */
#include "licet_rig.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/wait.h>

#define THREADS 6
#define ROUNDS 30

struct worker {
	pthread_t thread;
	struct slice list; /* of the ones that install, else null */
	int wrong;
};

/* A later list may have come first. */
static void *
work(void *arg)
{
	struct worker *w = arg;
	struct licet_options o = {
		.size = sizeof(o), .dir = dir, .product = "editor", .hardware_id = "pc-2"
	};
	struct licet *l;

	for (int i = 0; i < ROUNDS; i++) {
		enum licet_err e = licet_open(&l, &o);

		if (e == LICET_OK)
			e = licet_check(l, NULL);
		w->wrong += e != LICET_OK;
		if (w->list.p) {
			e = licet_install(l, w->list.p, w->list.n, NULL);
			w->wrong += e != LICET_OK && e != LICET_E_SEQUENCE;
		}
		licet_close(l);
	}
	return NULL;
}

static void
test_threads(void **state)
{
	struct worker worker[THREADS] = { { .wrong = 0 } };
	struct claims_revocations list = {
		.vendor = 1, .issued_at = T0, .next_update = T0
	};
	struct licet *l;

	(void)state;
	keygen();
	l = open_at(0);
	activate(l);
	for (int i = 0; i < THREADS; i++) {
		list.sequence = i;
		if (i % 2)
			worker[i].list = vendor_revocations(&vendor, &list);
		assert_int_equal(
		    pthread_create(&worker[i].thread, NULL, work, &worker[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(worker[i].thread, NULL);
		assert_int_equal(worker[i].wrong, 0);
	}
	list.sequence = THREADS - 2;
	worker[0].list = vendor_revocations(&vendor, &list);
	assert_int_equal(
	    licet_verify(l, worker[0].list.p, worker[0].list.n, NULL), LICET_E_SEQUENCE);
	licet_close(l);
}

/* Of two processes that give up at once one has it, the other gets the same proof. */
static void
test_processes(void **state)
{
	struct licet *l;
	char *proof, *mine = NULL;
	int pipes[2];
	char other[4096] = "";
	ssize_t n;
	pid_t child;

	(void)state;
	keygen();
	l = open_at(0);
	activate(l);
	licet_close(l);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(pipe(pipes), 0);
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			l = open_at(0);
			if (licet_deactivate(l, 0, &proof) != LICET_OK ||
			    write(pipes[1], proof, strlen(proof) + 1) < 0)
				_exit(1);
			_exit(0);
		}
		l = open_at(0);
		assert_int_equal(licet_deactivate(l, 0, &mine), LICET_OK);
		n = read(pipes[0], other, sizeof(other) - 1);
		assert_true(n > 0);
		assert_int_equal(waitpid(child, NULL, 0), child);
		assert_string_equal(mine, other);
		licet_free(mine);
		activate(l);
		licet_close(l);
		close(pipes[0]);
		close(pipes[1]);
	}
}

static void
test_busy(void **state)
{
	struct licet *l;
	char why[LICET_EXPLAIN_MAX];
	int fd;

	(void)state;
	keygen();
	l = open_at(0);
	activate(l);
	fd = open(at("lock"), O_RDWR);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(licet_check(l, NULL), LICET_E_BUSY);
	assert_non_null(strstr(licet_explain(l, why, sizeof(why)), "Try again"));
	assert_int_equal(
	    licet_keygen(dir, vendor.root.public_key, NULL, 0), LICET_E_BUSY);
	close(fd);
	assert_int_equal(licet_check(l, NULL), LICET_OK);
	licet_close(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { ALL(test_threads), ALL(test_processes),
		ALL(test_busy) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
