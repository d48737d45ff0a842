#include "server/process.h"

#include <errno.h>
#include <grp.h>
#include <malloc.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <config.h>
#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "base/log.h"
#include "base/secret.h"

static void
waited_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
}

static void
raise_limit(int resource)
{
	struct rlimit limit;

	if (getrlimit((__rlimit_resource_t)resource, &limit) != 0 ||
	    limit.rlim_cur >= limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit((__rlimit_resource_t)resource, &limit);
}

void
process_setup(void)
{
	struct rlimit none = { 0, 0 };
	sigset_t set;

	umask(077);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	waited_signals(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	raise_limit(RLIMIT_MEMLOCK);
	/* LMDB takes and gives back megabytes for each child transaction. */
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	raise_limit(RLIMIT_NOFILE);
}

int64_t
process_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur > INT32_MAX)
		return INT32_MAX;
	return (int64_t)files.rlim_cur;
}

static void
on_fault(int number)
{
	static const char text[] =
	    "licetd: damaged: the store's file cannot be read as it should\n"
	    "  next  licetd verify, then licetd restore from the last backup\n";
	ssize_t told = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)number;
	(void)told;
	_exit(6);
}

void
process_catch_faults(void)
{
	struct sigaction action = { .sa_handler = on_fault };

	sigemptyset(&action.sa_mask);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

enum process_signal
process_wait(void)
{
	sigset_t set;
	int number = 0;

	waited_signals(&set);
	while (sigwait(&set, &number) != 0)
		continue;
	return number == SIGHUP ? PROCESS_RELOAD : PROCESS_STOP;
}

static void
on_second_signal(int number)
{
	(void)number;
	_exit(0);
}

void
process_stop_on_signal(void)
{
	struct sigaction action = { .sa_handler = on_second_signal };
	sigset_t set;

	sigemptyset(&action.sa_mask);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	waited_signals(&set);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

enum err
process_drop_root(const char *account, const char *data_dir)
{
	const struct passwd *user;

	if (geteuid() != 0)
		return E_OK;
	if (!account || !*account) {
		log_warn("running_as_root", "hint=%s",
		    "set server.user or start as another account");
		return E_OK;
	}
	user = getpwnam(account);
	if (!user) {
		log_error("no_such_account", "server.user=%s", account);
		return E_CONFIG;
	}
	if (initgroups(account, user->pw_gid) != 0 || setgid(user->pw_gid) != 0 ||
	    setuid(user->pw_uid) != 0 || access(data_dir, R_OK | W_OK | X_OK) != 0) {
		log_error(
		    "cannot_become", "account=%s error=%s", account, strerror(errno));
		return E_DENIED;
	}
	/* The kernel has set it anew with the account. */
	prctl(PR_SET_DUMPABLE, 0);
	return E_OK;
}

void
process_notify(const char *state)
{
#ifdef HAVE_SYSTEMD
	sd_notify(0, state);
#else
	(void)state;
#endif
}

char *
process_take_env(const char *name)
{
	char *value = getenv(name);
	char *copy;

	if (!value)
		return NULL;
	copy = strdup(value);
	secret_wipe(value, strlen(value));
	unsetenv(name);
	return copy;
}
