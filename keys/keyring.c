#include "keys/keyring.h"

#include <stdatomic.h>
#include <string.h>

#include "keys/sign.h"

struct keyring {
	_Atomic unsigned refs;
	struct arena *arena; /* holds the ring itself and the certificates */
	const struct keyring_part *box, *root, *store;
	struct secret *signer;
	size_t n;
	struct keyring_part part[];
};

static void
free_ring(struct keyring *ring)
{
	for (size_t i = 0; i < ring->n; i++)
		secret_free(ring->part[i].material);
	secret_free(ring->signer);
	arena_free(ring->arena);
}

static enum err
copy_part(struct keyring *ring, const struct keyring_part *part)
{
	struct keyring_part *copy = &ring->part[ring->n];

	if (part->material != NULL && secret_slice(part->material).n != KEY_SECRET)
		return E_KEY;
	copy->key = part->key;
	copy->certificate = SLICE("");
	if (part->certificate.n > 0)
		copy->certificate = arena_slice(ring->arena, part->certificate);
	ring->n++;
	copy->material =
	    part->material != NULL ? secret_copy(secret_slice(part->material)) : NULL;
	return copy->certificate.p != NULL && !copy->material == !part->material
	           ? E_OK
	           : E_NO_MEMORY;
}

static bool
is_signer(const struct keyring_part *part)
{
	return part->key.use == KEY_ISSUING && part->key.state == KEY_ACTIVE;
}

/* The one that signs stands first. */
static enum err
copy_parts(struct keyring *ring, const struct keyring_part *part, size_t n)
{
	enum err e = E_OK;

	for (size_t i = 0; i < n && e == E_OK; i++)
		if (is_signer(&part[i]))
			e = copy_part(ring, &part[i]);
	if (e == E_OK && ring->n != 1)
		return E_KEY;
	for (size_t i = 0; i < n && e == E_OK; i++)
		if (!is_signer(&part[i]))
			e = copy_part(ring, &part[i]);
	return e;
}

static enum err
take(const struct keyring_part **slot, const struct keyring_part *part, bool is_right)
{
	if (*slot != NULL || !is_right)
		return E_KEY;
	*slot = part;
	return E_OK;
}

static enum err
index_part(struct keyring *ring, const struct keyring_part *part)
{
	bool works = part->key.state == KEY_ACTIVE && part->material != NULL;

	switch (part->key.use) {
	case KEY_ISSUING:
		return part->key.state != KEY_ACTIVE || works ? E_OK : E_KEY;
	case KEY_BOX:
		return part->key.state == KEY_ACTIVE ? take(&ring->box, part, works)
		                                     : E_OK;
	case KEY_STORE:
		return take(&ring->store, part, works);
	case KEY_ROOT:
		return take(&ring->root, part, true);
	default:
		return E_KEY;
	}
}

static enum err
fill(struct keyring *ring, const struct keyring_part *part, size_t n)
{
	enum err e = copy_parts(ring, part, n);

	for (size_t i = 0; i < ring->n && e == E_OK; i++)
		e = index_part(ring, &ring->part[i]);
	if (e != E_OK)
		return e;
	if (ring->box == NULL || ring->store == NULL)
		return E_KEY;
	ring->signer = sign_expand(secret_slice(ring->part[0].material));
	return ring->signer != NULL ? E_OK : E_NO_MEMORY;
}

enum err
keyring_new(const struct keyring_part *part, size_t n, struct keyring **out)
{
	struct arena *arena = arena_new(0);
	struct keyring *ring = NULL;
	enum err e;

	if (arena != NULL)
		ring = arena_alloc(arena, sizeof(*ring) + (n + 1) * sizeof(*part));
	if (ring == NULL) {
		arena_free(arena);
		return E_NO_MEMORY;
	}
	ring->refs = 1;
	ring->arena = arena;
	e = fill(ring, part, n);
	if (e == E_OK)
		*out = ring;
	else
		free_ring(ring);
	return e;
}

struct keyring *
keyring_ref(struct keyring *ring)
{
	atomic_fetch_add_explicit(&ring->refs, 1, memory_order_relaxed);
	return ring;
}

void
keyring_unref(struct keyring *ring)
{
	if (ring != NULL &&
	    atomic_fetch_sub_explicit(&ring->refs, 1, memory_order_acq_rel) == 1)
		free_ring(ring);
}

const struct keyring_part *
keyring_parts(const struct keyring *ring, size_t *n)
{
	*n = ring->n;
	return ring->part;
}

const struct keyring_part *
keyring_find(const struct keyring *ring, const unsigned char kid[static KEY_KID])
{
	for (size_t i = 0; i < ring->n; i++) {
		const struct keyring_part *part = &ring->part[i];

		if (part != ring->store && memcmp(part->key.kid, kid, KEY_KID) == 0)
			return part;
	}
	return NULL;
}

const struct key *
keyring_issuing(const struct keyring *ring)
{
	return &ring->part[0].key;
}

struct slice
keyring_certificate(const struct keyring *ring)
{
	return ring->part[0].certificate;
}

const struct key *
keyring_box(const struct keyring *ring)
{
	return &ring->box->key;
}

const struct key *
keyring_root(const struct keyring *ring)
{
	return ring->root != NULL ? &ring->root->key : NULL;
}

const struct secret *
keyring_signer(const struct keyring *ring)
{
	return ring->signer;
}

struct slice
keyring_store_key(const struct keyring *ring)
{
	return secret_slice(ring->store->material);
}
