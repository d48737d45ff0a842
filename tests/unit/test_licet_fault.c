/*
 * liblicet: the n-th allocation fails, the n-th system call of a write fails, and the
 * process dies at the n-th: the old state or the new one is there, and it works on.
 */
#include "licet_rig.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

enum mode { PASS, FAIL, DIE };

static enum mode mode;
static size_t calls_left;

static int
strikes(void)
{
	if (mode == PASS || calls_left-- > 0)
		return 0;
	if (mode == DIE)
		raise(SIGKILL);
	mode = PASS;
	errno = EIO;
	return 1;
}

/* The linker puts these in the place of the real ones (--wrap). */
#define WRAP(name, params, args)                                                         \
	int __real_##name params;                                                        \
	int __wrap_##name params;                                                        \
	int __wrap_##name params                                                         \
	{                                                                                \
		return strikes() ? -1 : __real_##name args;                              \
	}

WRAP(rename, (const char *a, const char *b), (a, b))
WRAP(fsync, (int fd), (fd))
WRAP(fdatasync, (int fd), (fd))
WRAP(fchmod, (int fd, mode_t m), (fd, m))
WRAP(unlink, (const char *path), (path))

/* It fails, but the descriptor is gone. */
int
__real_close(int fd);
int
__wrap_close(int fd);
int
__wrap_close(int fd)
{
	int rc = strikes() ? -1 : 0;

	return __real_close(fd) < 0 ? -1 : rc;
}

ssize_t
__real_write(int fd, const void *p, size_t n);
ssize_t
__wrap_write(int fd, const void *p, size_t n);
ssize_t
__wrap_write(int fd, const void *p, size_t n)
{
	/* Half of it may be on the disk. */
	if (mode == DIE && calls_left == 0)
		(void)!__real_write(fd, p, n / 2);
	return strikes() ? -1 : __real_write(fd, p, n);
}

ssize_t
__real_pwrite(int fd, const void *p, size_t n, off_t at);
ssize_t
__wrap_pwrite(int fd, const void *p, size_t n, off_t at);
ssize_t
__wrap_pwrite(int fd, const void *p, size_t n, off_t at)
{
	return strikes() ? -1 : __real_pwrite(fd, p, n, at);
}

static void
arm(enum mode m, size_t n)
{
	mode = m;
	calls_left = n;
}

/* --- the operations ------------------------------------------------------------------
 */

static struct slice answer, first;

static enum licet_err
do_install(struct licet *l)
{
	return licet_install(l, answer.p, answer.n, NULL);
}

static enum licet_err
do_deactivate(struct licet *l)
{
	char *proof;
	enum licet_err e = licet_deactivate(l, 0, &proof);

	licet_free(proof);
	return e;
}

static enum licet_err
do_request(struct licet *l)
{
	struct licet_request r = { .size = sizeof(r), .license_key = "K" };
	char *text;
	enum licet_err e = licet_request_make(l, &r, &text);

	licet_free(text);
	return e;
}

static enum licet_err
do_check(struct licet *l)
{
	return licet_check(l, NULL);
}

/* A refresh lies ready. */
static void
prepare(void)
{
	struct licet *l;

	assert_int_equal(system(arena_printf(vendor.arena, "rm -rf '%s'/*", dir)), 0);
	keygen();
	l = open_at(0);
	first = activate(l);
	answer = vendor_answer(&vendor, request(l, true));
	licet_close(l);
}

/* Nothing is left of a write that was cut off. */
static void
check_swept(void)
{
	assert_int_equal(
	    system(arena_printf(vendor.arena, "! ls '%s' | grep -q tmp", dir)), 0);
}

/* Old or new, and nothing between: each can be gone on from. */
static void check_whole(enum licet_err (*op)(struct licet *))
{
	struct licet_status s = { .size = sizeof(s) };
	struct licet *l = open_at(T0 + 2 * HOUR);
	enum licet_err e = licet_check(l, &s);

	assert_int_not_equal(e, LICET_E_STATE);
	if (op == do_install) {
		assert_int_equal(e, LICET_OK);
		assert_true(s.serial == vendor.serial || s.serial == vendor.serial - 1);
		assert_int_equal(do_install(l), LICET_OK);
		assert_int_equal(licet_check(l, &s), LICET_OK);
		assert_int_equal(s.serial, vendor.serial);
		check_swept();
		assert_int_equal(
		    licet_verify(l, first.p, first.n, NULL), LICET_E_SEQUENCE);
	} else if (op == do_deactivate) {
		assert_true(e == LICET_OK || e == LICET_E_NOT_ACTIVATED);
		assert_int_equal(do_deactivate(l), LICET_OK);
		assert_int_equal(licet_check(l, NULL), LICET_E_NOT_ACTIVATED);
	} else {
		assert_int_equal(e, LICET_OK);
	}
	licet_close(l);
}

/* Each n until the operation no longer meets it. */
static void fail_each(enum licet_err (*op)(struct licet *))
{
	bool struck = true;

	for (size_t n = 0; struck; n++) {
		struct licet *l;

		prepare();
		l = open_at(T0 + 2 * HOUR);
		arm(FAIL, n);
		op(l);
		struck = mode == PASS;
		arm(PASS, 0);
		licet_close(l);
		check_whole(op);
		assert_true(n < 200 && (struck || n > 5));
	}
}

static void die_each(enum licet_err (*op)(struct licet *))
{
	int status = 1;

	for (size_t n = 0; status != 0; n++) {
		pid_t child;

		prepare();
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			struct licet *l = open_at(T0 + 2 * HOUR);

			arm(DIE, n);
			op(l);
			arm(PASS, 0);
			licet_close(l);
			_exit(0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		check_whole(op);
		assert_true(n < 200 && (status != 0 || n > 5));
	}
}

static void
test_calls_fail(void **state)
{
	(void)state;
	fail_each(do_install);
	fail_each(do_deactivate);
	fail_each(do_request);
	fail_each(do_check);
}

static void
test_dies(void **state)
{
	(void)state;
	die_each(do_install);
	die_each(do_deactivate);
	die_each(do_request);
	die_each(do_check);
}

/* A key generation that was cut off starts over. */
static void
test_keygen_dies(void **state)
{
	int status = 1;

	(void)state;
	for (size_t n = 0; status != 0; n++) {
		pid_t child;
		enum licet_err e;

		assert_int_equal(
		    system(arena_printf(vendor.arena, "rm -rf '%s'/*", dir)), 0);
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			arm(DIE, n);
			(void)licet_keygen(dir, vendor.root.public_key,
			    vendor.box_certificate.p, vendor.box_certificate.n);
			_exit(0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		e = licet_keygen(dir, vendor.root.public_key, vendor.box_certificate.p,
		    vendor.box_certificate.n);
		assert_true(e == LICET_OK || e == LICET_E_EXISTS);
		assert_int_equal(check_at(T0), LICET_E_NOT_ACTIVATED);
		assert_true(n < 200);
	}
}

static void no_memory_each(enum licet_err (*op)(struct licet *))
{
	size_t n = 0;
	enum licet_err e;

	do {
		struct licet *l;

		prepare();
		l = open_at(T0 + 2 * HOUR);
		arena_fail_after(n++);
		e = op(l);
		arena_fail_after(SIZE_MAX);
		licet_close(l);
		if (e != LICET_OK)
			assert_int_equal(e, LICET_E_MEMORY);
		check_whole(op);
	} while (e != LICET_OK && n < 1000);
	assert_int_equal(e, LICET_OK);
}

static void
test_no_memory(void **state)
{
	struct licet_options o = { .size = sizeof(o), .dir = dir, .hardware_id = "pc-2" };
	struct licet *l;
	enum licet_err e;
	size_t n = 0;

	(void)state;
	no_memory_each(do_install);
	no_memory_each(do_deactivate);
	no_memory_each(do_request);
	no_memory_each(do_check);
	do {
		arena_fail_after(n++);
		e = licet_open(&l, &o);
		arena_fail_after(SIZE_MAX);
		licet_close(l);
		assert_true(e == LICET_OK || e == LICET_E_MEMORY);
	} while (e != LICET_OK);
	n = 0;
	do {
		assert_int_equal(
		    system(arena_printf(vendor.arena, "rm -rf '%s'/*", dir)), 0);
		arena_fail_after(n++);
		e = licet_keygen(dir, vendor.root.public_key, vendor.box_certificate.p,
		    vendor.box_certificate.n);
		arena_fail_after(SIZE_MAX);
		assert_true(e == LICET_OK || e == LICET_E_MEMORY);
	} while (e != LICET_OK && n < 1000);
	assert_int_equal(e, LICET_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { ALL(test_calls_fail), ALL(test_dies),
		ALL(test_keygen_dies), ALL(test_no_memory) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
