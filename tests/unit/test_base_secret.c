/* Where secrets lie and what is left of them. */
#include "base/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"

/* Whether the flags of the mapping that holds p have the word. */
static bool
mapping_has(const void *p, const char *flag)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	char line[512];
	bool inside = false, found = false;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		unsigned long from, to;

		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = (uintptr_t)p >= from && (uintptr_t)p < to;
		if (inside && strncmp(line, "VmFlags:", 8) == 0)
			found = strstr(line, flag) != NULL;
	}
	fclose(f);
	return found;
}

maybe_unused static void
is_locked_and_not_dumped(void **state)
{
	struct secret *s = secret_copy(SLICE("a secret of some length"));

	(void)state;
	assert_non_null(s);
	assert_int_equal(secret_not_locked(), 0);
	assert_true(mapping_has(secret_bytes(s), " lo"));
	assert_true(mapping_has(secret_bytes(s), " dd"));
	assert_true(secret_equal(secret_slice(s), SLICE("a secret of some length")));
	secret_free(s);
}

/* As an account that may lock nothing: the secret works, and the process can say so. */
static int
use_without_lock(void)
{
	struct rlimit none = { 0, 0 };
	struct secret *s;

	if (geteuid() == 0 && setuid(65534) != 0)
		return 1;
	if (setrlimit(RLIMIT_MEMLOCK, &none) != 0)
		return 2;
	s = secret_copy(SLICE("word"));
	if (s == NULL || !secret_equal(secret_slice(s), SLICE("word")))
		return 3;
	secret_free(s);
	return secret_not_locked() == 1 ? 0 : 4;
}

maybe_unused static void
works_without_lock(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(use_without_lock());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
heap_grows_and_shrinks(void **state)
{
	char *p = secret_heap_grow(NULL, 4);

	(void)state;
	assert_non_null(p);
	memcpy(p, "abc", 4);
	p = secret_heap_grow(p, 100000);
	assert_string_equal(p, "abc");
	p = secret_heap_grow(p, 2);
	assert_memory_equal(p, "ab", 2);
	secret_heap_free(p);
	secret_heap_free(NULL);
}

static void
arena_keeps_nothing_behind_a_mark(void **state)
{
	struct arena *arena = arena_new(0);
	const char *first = arena_str(arena, SLICE("stays"));
	struct arena_mark mark = arena_mark(arena);
	const char *secret = arena_str(arena, SLICE("goes"));

	(void)state;
	assert_non_null(secret);
	arena_reset(arena, mark);
	assert_string_equal(first, "stays");
	assert_memory_equal(secret, "\0\0\0\0", 4);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#ifndef __SANITIZE_ADDRESS__ /* which makes mlock do nothing */
		cmocka_unit_test(is_locked_and_not_dumped),
		cmocka_unit_test(works_without_lock),
#endif
		cmocka_unit_test(heap_grows_and_shrinks),
		cmocka_unit_test(arena_keeps_nothing_behind_a_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
