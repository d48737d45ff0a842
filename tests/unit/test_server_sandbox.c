/* The sandbox from inside: each case is a process of its own, which enters it and tries.
 */
#include "server/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attr.h"

#ifdef __SANITIZE_ADDRESS__
#define IS_SANITIZED 1
#else
#define IS_SANITIZED 0
#endif

#define WORKS 0
#define REFUSED 1
#define OTHERWISE 2

static int go[2];

static int
verdict(bool done)
{
	return done ? WORKS : errno == EPERM ? REFUSED : OTHERWISE;
}

/* Exit code of a process in the sandbox that calls try; minus the signal it died of. */
static int
in_sandbox(int (*try)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(sandbox_enter() == E_OK ? try() : 99);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int
try_program(void)
{
	char *const argv[] = { (char *)"true", NULL };

	return verdict(execv("/bin/true", argv) == 0);
}

static int
try_program_by_descriptor(void)
{
	char *const argv[] = { (char *)"true", NULL };

	return verdict(syscall(SYS_execveat, AT_FDCWD, "/bin/true", argv, NULL, 0) == 0);
}

static int
try_trace(void)
{
	return verdict(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
}

static int
try_other_memory(void)
{
	return verdict(
	    syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0) == 0);
}

static int
try_namespace(void)
{
	return verdict(syscall(SYS_unshare, 0x10000000) == 0);
}

static int
try_ring(void)
{
	return verdict(syscall(SYS_io_uring_setup, 1, NULL) == 0);
}

static int
try_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return verdict(pid > 0);
}

static int
try_packets(void)
{
	return verdict(socket(AF_PACKET, SOCK_RAW, 0) >= 0);
}

static int
try_raw_socket(void)
{
	return verdict(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) >= 0);
}

static int
try_audit_socket(void)
{
	return verdict(socket(AF_NETLINK, SOCK_RAW, 9) >= 0);
}

static int
try_listen(void)
{
	return verdict(listen(socket(AF_INET, SOCK_STREAM, 0), 1) == 0);
}

static int
try_signal_to_another(void)
{
	return verdict(kill(getppid(), 0) == 0);
}

static int
try_code(void)
{
	void *p =
	    mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return verdict(p != MAP_FAILED);
}

static int
try_data_as_code(void)
{
	void *p =
	    mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return verdict(mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0);
}

static int
try_dumpable(void)
{
	return verdict(prctl(PR_SET_DUMPABLE, 1) == 0);
}

static int
try_limits(void)
{
	struct rlimit none = { 0, 0 };

	return verdict(setrlimit(RLIMIT_CORE, &none) == 0);
}

static int
try_account(void)
{
	return verdict(setuid(getuid()) == 0);
}

static int
try_owner(void)
{
	return verdict(chown("/nonexistent", 0, 0) == 0);
}

static void
refuses_with_an_error(void **state)
{
	static int (*const call[])(void) = { try_packets, try_raw_socket,
		try_audit_socket, try_listen, try_signal_to_another, try_code,
		try_data_as_code, try_limits, try_account, try_owner };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(call); i++)
		assert_int_equal(in_sandbox(call[i]), REFUSED);
	if (IS_SANITIZED)
		return;
	assert_int_equal(in_sandbox(try_process), REFUSED);
	assert_int_equal(in_sandbox(try_dumpable), REFUSED);
}

static void
ends_the_process(void **state)
{
	static int (*const call[])(void) = { try_program, try_program_by_descriptor,
		try_other_memory, try_namespace, try_ring };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(call); i++)
		assert_int_equal(in_sandbox(call[i]), -SIGSYS);
	if (!IS_SANITIZED)
		assert_int_equal(in_sandbox(try_trace), -SIGSYS);
}

static int
use_file(void)
{
	int fd = open("/etc/hostname", O_RDONLY | O_CLOEXEC);
	char c;

	return fd < 0 || read(fd, &c, 1) < 0 || close(fd) < 0;
}

static int
use_resolver(void)
{
	struct addrinfo *found = NULL;
	int rc = getaddrinfo("localhost", "80", NULL, &found);

	if (rc == 0)
		freeaddrinfo(found);
	return rc;
}

static void *
allocate(void *arg)
{
	void *p = malloc(64 << 20);

	if (p)
		memset(p, 1, 64 << 20);
	free(p);
	return p ? arg : NULL;
}

static int
use_threads(void)
{
	pthread_t thread;
	void *end = NULL;

	if (pthread_create(&thread, NULL, allocate, &go) != 0)
		return 1;
	return pthread_join(thread, &end) != 0 || end == NULL;
}

static int
use_abort(void)
{
	signal(SIGABRT, SIG_DFL);
	abort();
}

static void
leaves_what_the_server_needs(void **state)
{
	(void)state;
	assert_int_equal(in_sandbox(use_file), 0);
	assert_int_equal(in_sandbox(use_resolver), 0);
	assert_int_equal(in_sandbox(use_threads), 0);
	assert_int_equal(in_sandbox(use_abort), -SIGABRT);
}

static void *
wait_and_try(void *arg)
{
	char c;

	(void)arg;
	if (read(go[0], &c, 1) != 1)
		return NULL;
	return try_packets() == REFUSED ? &go : NULL;
}

/* A thread that was there before is inside, too. */
static void
holds_for_all_threads(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		pthread_t thread;
		void *end = NULL;

		if (pipe(go) != 0 ||
		    pthread_create(&thread, NULL, wait_and_try, NULL) != 0 ||
		    sandbox_enter() != E_OK || write(go[1], "x", 1) != 1 ||
		    pthread_join(thread, &end) != 0)
			_exit(1);
		_exit(end == NULL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
is_a_short_list(void **state)
{
	(void)state;
	assert_in_range(sandbox_allowed(), 60, 160);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_with_an_error),
		cmocka_unit_test(ends_the_process),
		cmocka_unit_test(leaves_what_the_server_needs),
		cmocka_unit_test(holds_for_all_threads),
		cmocka_unit_test(is_a_short_list),
	};

	if (!sandbox_is_built())
		return sandbox_enter() != E_UNAVAILABLE;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
