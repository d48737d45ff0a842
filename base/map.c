#include "base/map.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define FIRST_BUCKETS 16

struct entry {
	struct entry *next;
	uint64_t hash;
	void *value;
	size_t n;
	char key[];
};

struct map {
	struct entry **bucket;
	size_t n_buckets; /* power of two */
	size_t count;
	unsigned char seed[crypto_shorthash_KEYBYTES];
};

struct map *
map_new(void)
{
	struct map *m;

	if (sodium_init() < 0 || !arena_may_alloc())
		return NULL;
	m = calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	m->n_buckets = FIRST_BUCKETS;
	m->bucket = calloc(m->n_buckets, sizeof(struct entry *));
	if (!m->bucket) {
		free(m);
		return NULL;
	}
	randombytes_buf(m->seed, sizeof(m->seed));
	return m;
}

void
map_free(struct map *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n_buckets; i++)
		while (m->bucket[i]) {
			struct entry *e = m->bucket[i];

			m->bucket[i] = e->next;
			free(e);
		}
	free(m->bucket);
	free(m);
}

static uint64_t
hash_key(const struct map *m, struct slice key)
{
	uint64_t hash;
	const unsigned char *p = (const unsigned char *)(key.p ? key.p : "");

	_Static_assert(sizeof(hash) == crypto_shorthash_BYTES, "hash size");
	crypto_shorthash((unsigned char *)&hash, p, key.n, m->seed);
	return hash;
}

/* The link that holds the entry, or the empty link at the end. */
static struct entry **
find(const struct map *m, struct slice key, uint64_t hash)
{
	struct entry **at = &m->bucket[hash & (m->n_buckets - 1)];

	while (*at &&
	       ((*at)->hash != hash || !slice_equal(slice_of((*at)->key, (*at)->n), key)))
		at = &(*at)->next;
	return at;
}

void *
map_get(const struct map *m, struct slice key)
{
	struct entry *e = *find(m, key, hash_key(m, key));

	return e ? e->value : NULL;
}

/* A map that cannot grow goes on, only slower. */
static void
grow(struct map *m)
{
	size_t n = m->n_buckets * 2;
	struct entry **bucket = arena_may_alloc() ? calloc(n, sizeof(*bucket)) : NULL;

	if (!bucket)
		return;
	for (size_t i = 0; i < m->n_buckets; i++)
		while (m->bucket[i]) {
			struct entry *e = m->bucket[i];

			m->bucket[i] = e->next;
			e->next = bucket[e->hash & (n - 1)];
			bucket[e->hash & (n - 1)] = e;
		}
	free(m->bucket);
	m->bucket = bucket;
	m->n_buckets = n;
}

enum err
map_set(struct map *m, struct slice key, void *value, void **old)
{
	uint64_t hash = hash_key(m, key);
	struct entry *e = *find(m, key, hash);
	struct entry **bucket;

	if (old)
		*old = e ? e->value : NULL;
	if (e) {
		e->value = value;
		return E_OK;
	}
	if (key.n > SIZE_MAX - sizeof(*e) || !arena_may_alloc())
		return E_NO_MEMORY;
	e = malloc(sizeof(*e) + key.n);
	if (!e)
		return E_NO_MEMORY;
	if (m->count >= m->n_buckets)
		grow(m);
	bucket = &m->bucket[hash & (m->n_buckets - 1)];
	*e = (struct entry){ .next = *bucket, .hash = hash, .value = value, .n = key.n };
	if (key.n)
		memcpy(e->key, key.p, key.n);
	*bucket = e;
	m->count++;
	return E_OK;
}

void *
map_take(struct map *m, struct slice key)
{
	struct entry **at = find(m, key, hash_key(m, key));
	struct entry *e = *at;
	void *value;

	if (!e)
		return NULL;
	value = e->value;
	*at = e->next;
	free(e);
	m->count--;
	return value;
}

size_t
map_count(const struct map *m)
{
	return m->count;
}

void
map_each(
    const struct map *m, void (*fn)(struct slice key, void *value, void *arg), void *arg)
{
	for (size_t i = 0; i < m->n_buckets; i++)
		for (const struct entry *e = m->bucket[i]; e; e = e->next)
			fn(slice_of(e->key, e->n), e->value, arg);
}
