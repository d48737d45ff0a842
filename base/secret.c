#include "base/secret.h"

#include <malloc.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/arena.h"

struct secret {
	size_t n;
	unsigned char *p;
};

static atomic_size_t not_locked;

struct secret *
secret_new(size_t n)
{
	struct secret *s;

	if (!arena_may_alloc() || sodium_init() < 0)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->n = n;
	s->p = sodium_malloc(n);
	if (s->p == NULL) {
		free(s);
		return NULL;
	}
	/* sodium_malloc has tried and tells nobody. */
	if (n > 0 && mlock(s->p, n) != 0)
		atomic_fetch_add(&not_locked, 1);
	sodium_memzero(s->p, n);
	return s;
}

struct secret *
secret_copy(struct slice bytes)
{
	struct secret *s = secret_new(bytes.n);

	if (s != NULL && bytes.n > 0)
		memcpy(s->p, bytes.p, bytes.n);
	return s;
}

void
secret_free(struct secret *s)
{
	if (s == NULL)
		return;
	sodium_free(s->p);
	free(s);
}

unsigned char *
secret_bytes(struct secret *s)
{
	return s->p;
}

struct slice
secret_slice(const struct secret *s)
{
	return slice_of(s->p, s->n);
}

bool
secret_equal(struct slice a, struct slice b)
{
	if (a.n != b.n)
		return false;
	return a.n == 0 || sodium_memcmp(a.p, b.p, a.n) == 0;
}

void
secret_wipe(void *p, size_t n)
{
	sodium_memzero(p, n);
}

void
secret_heap_free(void *p)
{
	if (p != NULL)
		secret_wipe(p, malloc_usable_size(p));
	free(p);
}

void *
secret_heap_grow(void *p, size_t n)
{
	size_t old = p != NULL ? malloc_usable_size(p) : 0;
	void *fresh = malloc(n);

	if (fresh == NULL || p == NULL)
		return fresh;
	memcpy(fresh, p, old < n ? old : n);
	secret_heap_free(p);
	return fresh;
}

size_t
secret_not_locked(void)
{
	return atomic_load(&not_locked);
}
