#include "server/http/limit.h"

#include <limits.h>
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"

#define KEY_MAX 320

/*
 * deficit is what the bucket lacks to be full, in tokens times rate.per; a microsecond
 * gives back rate.n of it, so that no rounding enters.
 */
struct bucket {
	int64_t deficit;
	int64_t at;
	int64_t full_at;
	size_t place; /* in the heap */
	size_t key_n;
	char key[KEY_MAX];
};

struct limit {
	pthread_mutex_t mutex;
	struct arena *arena;
	struct conf_rate rate;
	struct map *map;
	struct bucket **heap; /* by full_at, earliest first */
	size_t n, max;
	struct bucket **spare;
	size_t n_spare;
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
}

struct limit *
limit_new(const struct conf_rate *rate, size_t max_keys)
{
	size_t bytes;

	if (max_keys == 0 ||
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
	limit->heap = arena_array(arena, max_keys, sizeof(*limit->heap));
	limit->spare = arena_array(arena, max_keys, sizeof(*limit->spare));
	limit->map = map_new();
	if (limit->heap == NULL || limit->spare == NULL || limit->map == NULL)
		goto fail;
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

static void
drop_first(struct limit *limit)
{
	struct bucket *b = limit->heap[0];

	map_take(limit->map, slice_of(b->key, b->key_n));
	limit->n--;
	if (limit->n > 0) {
		heap_put(limit, 0, limit->heap[limit->n]);
		heap_down(limit, 0);
	}
	limit->spare[limit->n_spare++] = b;
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

static struct bucket *
add_bucket(struct limit *limit, struct slice key, int64_t now)
{
	struct bucket *b;

	for (int i = 0; i < 2 && limit->n > 0 && limit->heap[0]->full_at <= now; i++)
		drop_first(limit);
	if (limit->n == limit->max)
		drop_first(limit);
	if (limit->n_spare > 0)
		b = limit->spare[--limit->n_spare];
	else
		b = arena_alloc(limit->arena, sizeof(*b));
	if (b == NULL)
		return NULL;
	memcpy(b->key, key.p, key.n);
	b->key_n = key.n;
	if (map_set(limit->map, key, b, NULL) != E_OK) {
		limit->spare[limit->n_spare++] = b;
		return NULL;
	}
	b->full_at = now;
	heap_put(limit, limit->n++, b);
	return b;
}

static bool
take(struct limit *limit, struct slice key, int64_t now, int *retry_after)
{
	struct bucket *b = map_get(limit->map, key);
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

static struct slice
clip(struct slice key)
{
	return key.p == NULL ? SLICE("") : slice_head(key, KEY_MAX);
}

bool
limit_take(struct limit *limit, struct slice key, int64_t now, int *retry_after)
{
	bool ok = true;

	*retry_after = 0;
	pthread_mutex_lock(&limit->mutex);
	if (limit->rate.n > 0)
		ok = take(limit, clip(key), now, retry_after);
	pthread_mutex_unlock(&limit->mutex);
	return ok;
}

bool
limit_peek(struct limit *limit, struct slice key, int64_t now, int *retry_after)
{
	bool ok = true;

	*retry_after = 0;
	pthread_mutex_lock(&limit->mutex);
	if (limit->rate.n > 0) {
		const struct bucket *b = map_get(limit->map, clip(key));
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
