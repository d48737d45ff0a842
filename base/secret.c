#include "base/secret.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

struct secret {
	size_t n;
	unsigned char *p;
};

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
