/*
 * Bump allocator, one per request, job or command. Memory is zeroed, aligned to 16
 * and released only as a whole, wiped. One thread at a time.
 *
 * Out of memory (or over the limit) returns NULL; nothing else fails.
 */
#ifndef LICET_BASE_ARENA_H
#define LICET_BASE_ARENA_H

#include "base/slice.h"

struct arena;

struct arena_mark {
	void *block;
	size_t used;
};

/* limit: most bytes ever handed out, 0 = 16 MiB. NULL when out of memory. */
struct arena *
arena_new(size_t limit);
void
arena_free(struct arena *); /* accepts NULL */
/* Gives everything back but the newest block, unless that is over 64 KiB: for the next
 * request, which needs about as much. */
void
arena_clear(struct arena *);

must_check void *
arena_alloc(struct arena *, size_t n);
/* n elements of size, refused on overflow. */
must_check void *
arena_array(struct arena *, size_t n, size_t size);
/* A NUL-terminated copy (the NUL is not counted); a null slice stays null. NULL p with
 * n != 0 in the result means out of memory. */
struct slice
arena_slice(struct arena *, struct slice s);
char *
arena_str(struct arena *, struct slice s); /* NUL-terminated copy, NULL on failure */
/* A larger copy of p, which has old bytes; in place when p was handed out last. What is
 * behind the old bytes is not zeroed. */
must_check void *
arena_grow(struct arena *, void *p, size_t old, size_t n);
/* NULL when out of memory. */
char *
arena_printf(struct arena *, const char *fmt, ...) printf_like(2, 3);
struct slice
arena_fold(struct arena *, struct slice s); /* copy, ASCII lower case */

/* Everything handed out after the mark is given back. */
struct arena_mark
arena_mark(struct arena *);
void
arena_reset(struct arena *, struct arena_mark);
size_t
arena_used(const struct arena *);

/*
 * Chaos tests: the n-th allocation from now on (0 = the next) and all later ones fail, in
 * every arena and buffer of the process; SIZE_MAX switches it off. Not for servers.
 */
void
arena_fail_after(size_t n);
/* The same, but just the n-th fails. */
void
arena_fail_at(size_t n);
/* Allocations until the one that fails; SIZE_MAX: none will, or arena_fail_at's has. */
size_t
arena_fail_left(void);
bool
arena_may_alloc(void); /* for base/ allocators only: counts one allocation */

#endif
