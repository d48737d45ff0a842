#include "server/sandbox.h"

#include <config.h>

#ifdef HAVE_SECCOMP

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

/* The leak check at the end of a sanitized run stops the threads as a debugger does. */
#ifdef __SANITIZE_ADDRESS__
#define IS_SANITIZED 1
#else
#define IS_SANITIZED 0
#endif

#define ARGS_MAX 2
#define TYPE_MASK 0xf /* of a socket, without SOCK_CLOEXEC and SOCK_NONBLOCK */

/* A call that is allowed when all the arguments compare so. */
struct rule {
	const char *name;
	unsigned n;
	struct scmp_arg_cmp arg[ARGS_MAX];
};

#define EQ(number, value)                                                                \
	{                                                                                \
		(number), SCMP_CMP_EQ, (value), 0                                        \
	}
#define BITS(number, mask, value)                                                        \
	{                                                                                \
		(number), SCMP_CMP_MASKED_EQ, (mask), (value)                            \
	}

static const char *const allowed[] = {
#define CALL(name) #name,
#define DEADLY(name)
#include "server/sandbox.def"
#undef CALL
#undef DEADLY
};

static const char *const deadly[] = {
#define CALL(name)
#define DEADLY(name) #name,
#include "server/sandbox.def"
#undef CALL
#undef DEADLY
#if !IS_SANITIZED
	"ptrace",
#endif
};

static const struct rule rules[] = {
	{ "mmap", 1, { BITS(2, PROT_EXEC, 0) } },
	{ "mmap2", 1, { BITS(2, PROT_EXEC, 0) } },
	{ "mprotect", 1, { BITS(2, PROT_EXEC, 0) } },
	{ "socket", 2, { EQ(0, AF_INET), BITS(1, TYPE_MASK, SOCK_STREAM) } },
	{ "socket", 2, { EQ(0, AF_INET), BITS(1, TYPE_MASK, SOCK_DGRAM) } },
	{ "socket", 2, { EQ(0, AF_INET6), BITS(1, TYPE_MASK, SOCK_STREAM) } },
	{ "socket", 2, { EQ(0, AF_INET6), BITS(1, TYPE_MASK, SOCK_DGRAM) } },
	{ "socket", 1, { EQ(0, AF_UNIX) } },
	/* The resolver asks the kernel which addresses this machine has (NETLINK_ROUTE).
	 */
	{ "socket", 2, { EQ(0, AF_NETLINK), EQ(2, 0) } },
	{ "ioctl", 1, { EQ(1, FIONBIO) } },
	{ "ioctl", 1, { EQ(1, FIONREAD) } },
	{ "ioctl", 1, { EQ(1, TIOCOUTQ) } }, /* SIOCOUTQ of a socket, too */
	{ "ioctl", 1, { EQ(1, TCGETS) } },
	/* Limits are read, not set. */
	{ "prlimit64", 1, { EQ(2, 0) } },
	{ "prctl", 1, { EQ(0, PR_SET_NAME) } },
	{ "prctl", 1, { EQ(0, PR_GET_NAME) } },
#if IS_SANITIZED
	{ "prctl", 0, { { 0 } } },
	{ "clone", 0, { { 0 } } },
	{ "ptrace", 0, { { 0 } } },
	{ "wait4", 0, { { 0 } } },
#else
	{ "clone", 1, { BITS(0, CLONE_THREAD, CLONE_THREAD) } },
#endif
};

/* 0, or a negative errno. A call that this machine does not have is no error. */
static int
add(scmp_filter_ctx filter, uint32_t action, const struct rule *rule)
{
	int number = seccomp_syscall_resolve_name(rule->name);

	if (number == __NR_SCMP_ERROR)
		return 0;
	return seccomp_rule_add_array(filter, action, number, rule->n, rule->arg);
}

static int
add_names(scmp_filter_ctx filter, uint32_t action, const char *const *name, size_t n)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = add(filter, action, &(struct rule){ .name = name[i] });
	return rc;
}

/* abort and raise: a signal for this process alone. */
static int
add_own_signals(scmp_filter_ctx filter)
{
	uint64_t self = (uint64_t)getpid();
	const struct rule own[] = {
		{ "kill", 1, { EQ(0, self) } },
		{ "tgkill", 1, { EQ(0, self) } },
	};
	int rc = 0;

	for (size_t i = 0; i < ARRAY_LEN(own) && rc == 0; i++)
		rc = add(filter, SCMP_ACT_ALLOW, &own[i]);
	return rc;
}

static int
add_rules(scmp_filter_ctx filter)
{
	int rc = add_names(filter, SCMP_ACT_ALLOW, allowed, ARRAY_LEN(allowed));

	if (rc == 0)
		rc = add_names(filter, SCMP_ACT_KILL_PROCESS, deadly, ARRAY_LEN(deadly));
	for (size_t i = 0; i < ARRAY_LEN(rules) && rc == 0; i++)
		rc = add(filter, SCMP_ACT_ALLOW, &rules[i]);
	/* Its flags lie in memory, where no filter sees them; the C library then uses
	 * clone. */
	if (rc == 0)
		rc = add(
		    filter, SCMP_ACT_ERRNO(ENOSYS), &(struct rule){ .name = "clone3" });
	return rc == 0 ? add_own_signals(filter) : rc;
}

/* SSB: no code of strangers runs here, so the slow guard against it stays off. OPTIMIZE
 * 2: calls are found by halving. */
static int
set_attributes(scmp_filter_ctx filter)
{
	static const struct {
		enum scmp_filter_attr name;
		uint32_t value;
		bool needed;
	} attribute[] = {
		{ SCMP_FLTATR_CTL_TSYNC, 1, true },
		{ SCMP_FLTATR_CTL_NNP, 1, true },
		{ SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS, true },
		{ SCMP_FLTATR_CTL_SSB, 1, false },
		{ SCMP_FLTATR_CTL_OPTIMIZE, 2, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(attribute); i++) {
		int rc = seccomp_attr_set(filter, attribute[i].name, attribute[i].value);

		if (rc != 0 && attribute[i].needed)
			return rc;
	}
	return 0;
}

bool
sandbox_is_built(void)
{
	return true;
}

enum err
sandbox_enter(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int rc;

	if (!filter)
		return E_NO_MEMORY;
	rc = set_attributes(filter);
	if (rc == 0)
		rc = add_rules(filter);
	if (rc == 0)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	if (rc == 0)
		return E_OK;
	log_error("sandbox_refused", "error=%s", strerror(-rc));
	return rc == -ENOMEM ? E_NO_MEMORY : E_DENIED;
}

size_t
sandbox_allowed(void)
{
	const char *last = "";
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(allowed); i++)
		n += seccomp_syscall_resolve_name(allowed[i]) >= 0;
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		if (strcmp(rules[i].name, last) != 0)
			n += seccomp_syscall_resolve_name(rules[i].name) >= 0;
		last = rules[i].name;
	}
	return n + 2; /* kill, tgkill */
}

#else

bool
sandbox_is_built(void)
{
	return false;
}

enum err
sandbox_enter(void)
{
	return E_UNAVAILABLE;
}

size_t
sandbox_allowed(void)
{
	return 0;
}

#endif
