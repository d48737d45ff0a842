#include "server/http/backoff.h"

#include <pthread.h>
#include <sodium.h>

#include "base/arena.h"
#include "base/clock.h"

#define FREE_FAILURES 5
#define WAIT_MAX (15 * CLOCK_MINUTE)
#define QUIET (15 * CLOCK_MINUTE)
#define SETS 512 /* power of two */
#define WAYS 8

/* Of a key only its hash under a secret seed is kept; no stranger can aim at a set. */
struct failures {
	uint64_t hash;
	int64_t until; /* end of the wait; without one the time of the last failure */
	int n;         /* 0: the place is free */
};

struct backoff {
	pthread_mutex_t mutex;
	struct arena *arena;
	struct failures place[SETS][WAYS];
	unsigned char seed[crypto_shorthash_KEYBYTES];
};

struct backoff *
backoff_new(void)
{
	struct arena *arena =
	    sodium_init() < 0 ? NULL : arena_new(sizeof(struct backoff) + 4096);
	struct backoff *b = arena ? arena_alloc(arena, sizeof(*b)) : NULL;

	if (b == NULL || pthread_mutex_init(&b->mutex, NULL) != 0) {
		arena_free(arena);
		return NULL;
	}
	b->arena = arena;
	randombytes_buf(b->seed, sizeof(b->seed));
	return b;
}

void
backoff_free(struct backoff *b)
{
	if (b == NULL)
		return;
	pthread_mutex_destroy(&b->mutex);
	arena_free(b->arena);
}

static uint64_t
hash_key(const struct backoff *b, struct slice key)
{
	uint64_t hash;

	_Static_assert(sizeof(hash) == crypto_shorthash_BYTES, "hash size");
	crypto_shorthash((unsigned char *)&hash,
	    (const unsigned char *)(key.p ? key.p : ""), key.n, b->seed);
	return hash;
}

static struct failures *
find(struct backoff *b, uint64_t hash)
{
	struct failures *set = b->place[hash & (SETS - 1)];

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].n > 0 && set[i].hash == hash)
			return &set[i];
	return NULL;
}

/* A free place of the set, or the one nearest to being forgotten. */
static struct failures *
take_place(struct backoff *b, uint64_t hash)
{
	struct failures *set = b->place[hash & (SETS - 1)];
	struct failures *best = &set[0];

	for (size_t i = 0; i < WAYS && best->n > 0; i++)
		if (set[i].n == 0 || set[i].until < best->until)
			best = &set[i];
	*best = (struct failures){ .hash = hash };
	return best;
}

static int64_t
wait_after(int failures)
{
	int n = failures - FREE_FAILURES + 1;

	if (n < 1)
		return 0;
	return n < 10 ? (CLOCK_SECOND << n) : WAIT_MAX;
}

static void
note(struct backoff *b, uint64_t hash, int64_t now)
{
	struct failures *f = find(b, hash);

	if (f == NULL)
		f = take_place(b, hash);
	else if (now - f->until >= QUIET)
		f->n = 0;
	if (f->n < INT32_MAX)
		f->n++;
	f->until = now + wait_after(f->n);
}

static int64_t
wait_left(struct backoff *b, uint64_t hash, int64_t now)
{
	const struct failures *f = find(b, hash);

	return f != NULL && f->until > now ? f->until - now : 0;
}

int
backoff_fail(struct backoff *b, const struct slice *keys, size_t n, int64_t now)
{
	int64_t longest = 0;

	pthread_mutex_lock(&b->mutex);
	for (size_t i = 0; i < n; i++) {
		int64_t left = wait_left(b, hash_key(b, keys[i]), now);
		if (left > longest)
			longest = left;
	}
	for (size_t i = 0; i < n && longest == 0; i++)
		note(b, hash_key(b, keys[i]), now);
	pthread_mutex_unlock(&b->mutex);
	return (int)((longest + CLOCK_SECOND - 1) / CLOCK_SECOND);
}

void
backoff_pass(struct backoff *b, struct slice key)
{
	struct failures *f;

	pthread_mutex_lock(&b->mutex);
	f = find(b, hash_key(b, key));
	if (f != NULL)
		f->n = 0;
	pthread_mutex_unlock(&b->mutex);
}
