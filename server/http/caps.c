#include "server/http/caps.h"

#include <pthread.h>

#include "base/arena.h"
#include "base/map.h"

#define CAPS_BYTES 4096

struct caps {
	pthread_mutex_t mutex;
	struct arena *arena;
	struct map *map; /* address -> count */
	int64_t total, per_address;
	int64_t open[2]; /* [local] */
};

struct caps *
caps_new(int64_t total, int64_t per_address)
{
	struct arena *arena = arena_new(CAPS_BYTES);
	struct caps *caps = arena ? arena_alloc(arena, sizeof(*caps)) : NULL;

	if (caps == NULL)
		goto fail;
	caps->arena = arena;
	caps->total = total;
	caps->per_address = per_address;
	caps->map = map_new();
	if (caps->map == NULL)
		goto fail;
	if (pthread_mutex_init(&caps->mutex, NULL) != 0) {
		map_free(caps->map);
		goto fail;
	}
	return caps;
fail:
	arena_free(arena);
	return NULL;
}

void
caps_free(struct caps *caps)
{
	if (caps == NULL)
		return;
	pthread_mutex_destroy(&caps->mutex);
	map_free(caps->map);
	arena_free(caps->arena);
}

void
caps_set(struct caps *caps, int64_t total, int64_t per_address)
{
	pthread_mutex_lock(&caps->mutex);
	caps->total = total;
	caps->per_address = per_address;
	pthread_mutex_unlock(&caps->mutex);
}

static bool
take_address(struct caps *caps, struct slice address)
{
	intptr_t n = (intptr_t)map_get(caps->map, address);

	if (n >= caps->per_address)
		return false;
	return map_set(caps->map, address, (void *)(n + 1), NULL) == E_OK;
}

bool
caps_take(struct caps *caps, struct slice address, bool local)
{
	pthread_mutex_lock(&caps->mutex);
	bool ok = caps->open[local] < caps->total &&
	          (address.p == NULL || take_address(caps, address));
	if (ok)
		caps->open[local]++;
	pthread_mutex_unlock(&caps->mutex);
	return ok;
}

static void
drop_address(struct caps *caps, struct slice address)
{
	intptr_t n = (intptr_t)map_get(caps->map, address);

	/* Replacing a value needs no memory. */
	if (n <= 1 || map_set(caps->map, address, (void *)(n - 1), NULL) != E_OK)
		map_take(caps->map, address);
}

void
caps_drop(struct caps *caps, struct slice address, bool local)
{
	pthread_mutex_lock(&caps->mutex);
	caps->open[local]--;
	if (address.p != NULL)
		drop_address(caps, address);
	pthread_mutex_unlock(&caps->mutex);
}

int64_t
caps_count(struct caps *caps)
{
	pthread_mutex_lock(&caps->mutex);
	int64_t n = caps->open[0] + caps->open[1];
	pthread_mutex_unlock(&caps->mutex);
	return n;
}
