#include "base/arena.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

#define ALIGN 16
#define FIRST_BLOCK 4096
#define LARGEST_BLOCK (256 * 1024)
#define KEPT_BLOCK (64 * 1024)
#define DEFAULT_LIMIT (16u * 1024 * 1024)

struct block {
	struct block *older;
	size_t size;
	size_t used;
	_Alignas(ALIGN) char bytes[];
};

struct arena {
	struct block *newest;
	size_t limit;
	size_t used;
};

static _Atomic size_t allocs_left = SIZE_MAX;
static atomic_bool fails_once;

void
arena_fail_after(size_t n)
{
	atomic_store(&fails_once, false);
	atomic_store(&allocs_left, n);
}

void
arena_fail_at(size_t n)
{
	atomic_store(&fails_once, true);
	atomic_store(&allocs_left, n);
}

size_t
arena_fail_left(void)
{
	return atomic_load(&allocs_left);
}

bool
arena_may_alloc(void)
{
	size_t left = atomic_load_explicit(&allocs_left, memory_order_relaxed);

	while (left != SIZE_MAX) {
		size_t next = left ? left - 1 : atomic_load(&fails_once) ? SIZE_MAX : 0;

		if (atomic_compare_exchange_weak(&allocs_left, &left, next))
			return left != 0;
	}
	return true;
}

struct arena *
arena_new(size_t limit)
{
	struct arena *a = arena_may_alloc() ? calloc(1, sizeof(*a)) : NULL;

	if (a)
		a->limit = limit ? limit : DEFAULT_LIMIT;
	return a;
}

static void
drop_blocks(struct arena *a, const struct block *until)
{
	while (a->newest && a->newest != until) {
		struct block *older = a->newest->older;

		a->used -= a->newest->used;
		secret_wipe(a->newest->bytes, a->newest->used);
		free(a->newest);
		a->newest = older;
	}
}

void
arena_free(struct arena *a)
{
	if (!a)
		return;
	drop_blocks(a, NULL);
	free(a);
}

void
arena_clear(struct arena *a)
{
	struct block *kept = a->newest;

	if (!kept || kept->size > KEPT_BLOCK) {
		drop_blocks(a, NULL);
		return;
	}
	a->newest = kept->older;
	drop_blocks(a, NULL);
	secret_wipe(kept->bytes, kept->used);
	a->used = kept->used = 0;
	kept->older = NULL;
	a->newest = kept;
}

static bool
add_block(struct arena *a, size_t n)
{
	size_t size = a->newest ? a->newest->size * 2 : FIRST_BLOCK;
	struct block *b;

	if (size > LARGEST_BLOCK)
		size = LARGEST_BLOCK;
	if (size < n)
		size = n;
	b = malloc(sizeof(*b) + size);
	if (!b)
		return false;
	b->older = a->newest;
	b->size = size;
	b->used = 0;
	a->newest = b;
	return true;
}

/* n bytes that are not zeroed. */
static void *
take(struct arena *a, size_t n)
{
	struct block *b;
	char *p;

	if (n > SIZE_MAX - ALIGN || !arena_may_alloc())
		return NULL;
	n = n ? (n + ALIGN - 1) & ~(size_t)(ALIGN - 1) : ALIGN;
	if (n > a->limit - a->used)
		return NULL;
	b = a->newest;
	if ((!b || n > b->size - b->used) && !add_block(a, n))
		return NULL;
	b = a->newest;
	p = b->bytes + b->used;
	b->used += n;
	a->used += n;
	return p;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	void *p = take(a, n);

	return p ? memset(p, 0, n) : NULL;
}

void *
arena_array(struct arena *a, size_t n, size_t size)
{
	size_t all;

	return __builtin_mul_overflow(n, size, &all) ? NULL : arena_alloc(a, all);
}

static bool
grow_in_place(struct arena *a, char *p, size_t n)
{
	struct block *b = a->newest;
	size_t at, used;

	if (!b || p < b->bytes || p > b->bytes + b->used)
		return false;
	at = (size_t)(p - b->bytes);
	if (n > b->size - at)
		return false;
	used = (at + n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (used > b->size || used < b->used || used - b->used > a->limit - a->used)
		return false;
	a->used += used - b->used;
	b->used = used;
	return true;
}

void *
arena_grow(struct arena *a, void *p, size_t old, size_t n)
{
	struct block *b = a->newest;
	size_t span = (old + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	char *fresh;

	if (p && b && old && (char *)p + span == b->bytes + b->used &&
	    arena_may_alloc() && grow_in_place(a, p, n))
		return p;
	fresh = take(a, n);
	if (fresh && p && old)
		memcpy(fresh, p, old);
	return fresh;
}

char *
arena_str(struct arena *a, struct slice s)
{
	char *p = s.n == SIZE_MAX ? NULL : take(a, s.n + 1);

	if (!p)
		return NULL;
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}

struct slice
arena_slice(struct arena *a, struct slice s)
{
	if (!s.p)
		return s;
	return s.n ? slice_of(arena_str(a, s), s.n) : SLICE("");
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	p = n < 0 ? NULL : take(a, (size_t)n + 1);
	if (!p)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

struct slice
arena_fold(struct arena *a, struct slice s)
{
	struct slice copy = arena_slice(a, s);
	char *p = (char *)copy.p;

	for (size_t i = 0; p && i < copy.n; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] + ('a' - 'A'));
	return copy;
}

struct arena_mark
arena_mark(struct arena *a)
{
	return (struct arena_mark){ a->newest, a->newest ? a->newest->used : 0 };
}

void
arena_reset(struct arena *a, struct arena_mark mark)
{
	drop_blocks(a, mark.block);
	if (a->newest) {
		size_t n = a->newest->used - mark.used;

		secret_wipe(a->newest->bytes + mark.used, n);
		a->used -= n;
		a->newest->used = mark.used;
	}
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}
