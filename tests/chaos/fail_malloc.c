/*
 * Preloaded into a program: its n-th call of malloc, calloc, realloc, posix_memalign or
 * aligned_alloc fails (FAIL_MALLOC_AT=n, from 0), whoever makes it. With
 * FAIL_MALLOC_COUNT=FILE none fails and the file gets their number at the end. strdup and
 * its kind come here through malloc. Counting begins with main.
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

typedef int
main_fn(int, char **, char **);

static _Atomic long calls, fail_at = -1;
static atomic_bool counting;
static main_fn *real_main;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* The sanitizers ask for this when a thread begins, and die without it. */
static __attribute__((tls_model("initial-exec"))) _Thread_local bool exempt;

int
pthread_getattr_np(pthread_t thread, pthread_attr_t *attr)
{
	int rc;

	exempt = true;
	rc = REAL(pthread_getattr_np)(thread, attr);
	exempt = false;
	return rc;
}

static bool
fails(void)
{
	return !exempt && atomic_load(&counting) &&
	       atomic_fetch_add(&calls, 1) == atomic_load(&fail_at);
}

void *
malloc(size_t n)
{
	static __typeof__(&malloc) real;

	if (!real)
		real = REAL(malloc);
	return fails() ? (errno = ENOMEM, NULL) : real(n);
}

/* dlsym may need memory before calloc is found. */
void *
calloc(size_t n, size_t size)
{
	static _Alignas(16) char early[8192];
	static size_t used;
	static bool looking;
	static __typeof__(&calloc) real;

	if (!real && looking) {
		void *p = early + used;

		used += (n * size + 15) & ~(size_t)15;
		return used <= sizeof(early) ? p : NULL;
	}
	looking = true;
	if (!real)
		real = REAL(calloc);
	return fails() ? (errno = ENOMEM, NULL) : real(n, size);
}

void *
realloc(void *p, size_t n)
{
	static __typeof__(&realloc) real;

	if (!real)
		real = REAL(realloc);
	return fails() ? (errno = ENOMEM, NULL) : real(p, n);
}

int
posix_memalign(void **p, size_t align, size_t n)
{
	static __typeof__(&posix_memalign) real;

	if (!real)
		real = REAL(posix_memalign);
	return fails() ? ENOMEM : real(p, align, n);
}

void *
aligned_alloc(size_t align, size_t n)
{
	static __typeof__(&aligned_alloc) real;

	if (!real)
		real = REAL(aligned_alloc);
	return fails() ? (errno = ENOMEM, NULL) : real(align, n);
}

static void
tell(void)
{
	const char *path = getenv("FAIL_MALLOC_COUNT");
	long n = atomic_load(&calls);
	FILE *out;

	atomic_store(&counting, false);
	if (path && (out = fopen(path, "w")) != NULL) {
		fprintf(out, "%ld\n", n);
		fclose(out);
	}
}

static int
counted_main(int argc, char **argv, char **env)
{
	const char *at = getenv("FAIL_MALLOC_AT");

	atexit(tell);
	atomic_store(&fail_at, at ? atol(at) : -1);
	atomic_store(&counting, true);
	return real_main(argc, argv, env);
}

/* No header has it. */
int
__libc_start_main(
    main_fn *, int, char **, void (*)(void), void (*)(void), void (*)(void), void *);
int
__libc_start_main(main_fn *fn, int argc, char **argv, void (*init)(void),
    void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
	__typeof__(&__libc_start_main) real = REAL(__libc_start_main);

	real_main = fn;
	return real(counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}
