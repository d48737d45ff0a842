#include "server/http/limit.h"

#include <limits.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"

#define HASHES 2
#define HEAP_FIRST 64

/* Of a key only its hashes under secret seeds are kept, so all buckets are small. */
struct digest {
	uint64_t part[HASHES];
};

/*
 * deficit is what the bucket lacks to be full, in tokens times rate.per; a microsecond
 * gives back rate.n of it, so that no rounding enters.
 */
struct bucket {
	int64_t deficit;
	int64_t at;
	int64_t full_at;
	size_t place;        /* in the heap */
	struct bucket *next; /* spare one */
	struct digest key;
};

struct limit {
	pthread_mutex_t mutex;
	struct arena *arena;
	struct conf_rate rate;
	atomic_bool on; /* rate.n > 0, for a look without the lock */
	struct map *map;
	struct bucket **heap; /* by full_at, earliest first */
	size_t n, room, max;
	struct bucket *spare;
	unsigned char seed[HASHES][crypto_shorthash_KEYBYTES];
};

static void
set_rate(struct limit *limit, const struct conf_rate *rate)
{
	int64_t whole;

	limit->rate = *rate;
	if (limit->rate.per < 1)
		limit->rate.per = 1;
	if (limit->rate.burst < 1)
		limit->rate.burst = 1;
	if (__builtin_mul_overflow(limit->rate.burst, limit->rate.per, &whole))
		limit->rate.burst = INT64_MAX / limit->rate.per;
	atomic_store(&limit->on, rate->n > 0);
}

struct limit *
limit_new(const struct conf_rate *rate, size_t max_keys)
{
	size_t bytes;

	/* Heaps that were too small stay in the arena. */
	if (sodium_init() < 0 || max_keys == 0 ||
	    __builtin_mul_overflow(
		max_keys, sizeof(struct bucket) + 4 * sizeof(void *), &bytes) ||
	    bytes > SIZE_MAX / 2)
		return NULL;
	struct arena *arena = arena_new(bytes + bytes / 2 + (1 << 16));
	struct limit *limit = arena ? arena_alloc(arena, sizeof(*limit)) : NULL;
	if (limit == NULL)
		goto fail;
	limit->arena = arena;
	limit->max = max_keys;
	limit->map = map_new();
	if (limit->map == NULL)
		goto fail;
	randombytes_buf(limit->seed, sizeof(limit->seed));
	set_rate(limit, rate);
	if (pthread_mutex_init(&limit->mutex, NULL) != 0)
		goto fail;
	return limit;
fail:
	if (limit != NULL && limit->map != NULL)
		map_free(limit->map);
	arena_free(arena);
	return NULL;
}

void
limit_free(struct limit *limit)
{
	if (limit == NULL)
		return;
	pthread_mutex_destroy(&limit->mutex);
	map_free(limit->map);
	arena_free(limit->arena);
}

static void
heap_put(struct limit *limit, size_t place, struct bucket *b)
{
	limit->heap[place] = b;
	b->place = place;
}

static void
heap_up(struct limit *limit, size_t place)
{
	struct bucket *b = limit->heap[place];

	while (place > 0) {
		size_t parent = (place - 1) / 2;
		if (limit->heap[parent]->full_at <= b->full_at)
			break;
		heap_put(limit, place, limit->heap[parent]);
		place = parent;
	}
	heap_put(limit, place, b);
}

static void
heap_down(struct limit *limit, size_t place)
{
	struct bucket *b = limit->heap[place];

	for (size_t child = 2 * place + 1; child < limit->n; child = 2 * place + 1) {
		if (child + 1 < limit->n &&
		    limit->heap[child + 1]->full_at < limit->heap[child]->full_at)
			child++;
		if (limit->heap[child]->full_at >= b->full_at)
			break;
		heap_put(limit, place, limit->heap[child]);
		place = child;
	}
	heap_put(limit, place, b);
}

static struct slice
name_of(const struct digest *key)
{
	return slice_of(key, sizeof(*key));
}

static void
put_aside(struct limit *limit, struct bucket *b)
{
	b->next = limit->spare;
	limit->spare = b;
}

static void
drop_first(struct limit *limit)
{
	struct bucket *b = limit->heap[0];

	map_take(limit->map, name_of(&b->key));
	limit->n--;
	if (limit->n > 0) {
		heap_put(limit, 0, limit->heap[limit->n]);
		heap_down(limit, 0);
	}
	put_aside(limit, b);
}

/* What the bucket lacks at `now`. */
static int64_t
deficit_at(const struct limit *limit, const struct bucket *b, int64_t now)
{
	int64_t given;

	if (b == NULL || now >= b->full_at)
		return 0;
	if (now <= b->at || __builtin_mul_overflow(now - b->at, limit->rate.n, &given))
		return now <= b->at ? b->deficit : 0;
	return given < b->deficit ? b->deficit - given : 0;
}

static int64_t
divide_up(int64_t a, int64_t b)
{
	return a / b + (a % b != 0);
}

static bool
has_token(const struct limit *limit, int64_t deficit, int *retry_after)
{
	int64_t over = deficit - (limit->rate.burst - 1) * limit->rate.per;

	*retry_after = 0;
	if (over <= 0)
		return true;
	int64_t seconds = divide_up(divide_up(over, limit->rate.n), CLOCK_SECOND);
	*retry_after = seconds > INT_MAX ? INT_MAX : (int)seconds;
	return false;
}

static bool
make_room(struct limit *limit)
{
	size_t room = limit->room > 0 ? 2 * limit->room : HEAP_FIRST;
	const size_t size = sizeof(struct bucket *);

	if (limit->n < limit->room)
		return true;
	if (room > limit->max)
		room = limit->max;
	struct bucket **heap =
	    arena_grow(limit->arena, limit->heap, limit->room * size, room * size);
	if (heap == NULL)
		return false;
	limit->heap = heap;
	limit->room = room;
	return true;
}

static struct bucket *
take_spare(struct limit *limit)
{
	struct bucket *b = limit->spare;

	if (b == NULL)
		return arena_alloc(limit->arena, sizeof(*b));
	limit->spare = b->next;
	return b;
}

static struct bucket *
add_bucket(struct limit *limit, const struct digest *key, int64_t now)
{
	struct bucket *b;

	for (int i = 0; i < 2 && limit->n > 0 && limit->heap[0]->full_at <= now; i++)
		drop_first(limit);
	if (limit->n == limit->max)
		drop_first(limit);
	if (!make_room(limit) || (b = take_spare(limit)) == NULL)
		return NULL;
	*b = (struct bucket){ .at = now, .full_at = now, .key = *key };
	if (map_set(limit->map, name_of(&b->key), b, NULL) != E_OK) {
		put_aside(limit, b);
		return NULL;
	}
	heap_put(limit, limit->n++, b);
	return b;
}

static bool
take(struct limit *limit, const struct digest *key, int64_t now, int *retry_after)
{
	struct bucket *b = map_get(limit->map, name_of(key));
	int64_t deficit = deficit_at(limit, b, now);
	int64_t full_at;

	if (!has_token(limit, deficit, retry_after))
		return false;
	if (b == NULL && (b = add_bucket(limit, key, now)) == NULL) {
		*retry_after = 1;
		return false;
	}
	b->deficit = deficit + limit->rate.per;
	b->at = now > b->at ? now : b->at;
	if (__builtin_add_overflow(b->at, divide_up(b->deficit, limit->rate.n), &full_at))
		full_at = INT64_MAX;
	b->full_at = full_at;
	heap_up(limit, b->place);
	heap_down(limit, b->place);
	return true;
}

/* The seeds do not change, so this needs no lock. */
static struct digest
digest_of(const struct limit *limit, struct slice key)
{
	const unsigned char *p = (const unsigned char *)(key.p != NULL ? key.p : "");
	struct digest digest;

	_Static_assert(sizeof(digest.part[0]) == crypto_shorthash_BYTES, "hash size");
	for (size_t i = 0; i < HASHES; i++)
		crypto_shorthash(
		    (unsigned char *)&digest.part[i], p, key.n, limit->seed[i]);
	return digest;
}

bool
limit_take(struct limit *limit, struct slice key, int64_t now, int *retry_after)
{
	struct digest digest;
	bool ok = true;

	*retry_after = 0;
	if (!atomic_load(&limit->on))
		return true;
	digest = digest_of(limit, key);
	pthread_mutex_lock(&limit->mutex);
	if (limit->rate.n > 0)
		ok = take(limit, &digest, now, retry_after);
	pthread_mutex_unlock(&limit->mutex);
	return ok;
}

bool
limit_peek(struct limit *limit, struct slice key, int64_t now, int *retry_after)
{
	struct digest digest;
	bool ok = true;

	*retry_after = 0;
	if (!atomic_load(&limit->on))
		return true;
	digest = digest_of(limit, key);
	pthread_mutex_lock(&limit->mutex);
	if (limit->rate.n > 0) {
		const struct bucket *b = map_get(limit->map, name_of(&digest));
		ok = has_token(limit, deficit_at(limit, b, now), retry_after);
	}
	pthread_mutex_unlock(&limit->mutex);
	return ok;
}

void
limit_set_rate(struct limit *limit, const struct conf_rate *rate)
{
	struct conf_rate old;

	pthread_mutex_lock(&limit->mutex);
	old = limit->rate;
	set_rate(limit, rate);
	bool same = old.n == limit->rate.n && old.per == limit->rate.per &&
	            old.burst == limit->rate.burst;
	while (!same && limit->n > 0)
		drop_first(limit);
	pthread_mutex_unlock(&limit->mutex);
}
