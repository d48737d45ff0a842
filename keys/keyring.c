#include "keys/keyring.h"

#include <stdatomic.h>
#include <string.h>

#include "keys/sign.h"

struct keyring {
	_Atomic unsigned refs;
	struct arena *arena; /* holds the ring itself */
	struct key box;
	struct key root;
	bool has_root;
	struct secret *signer;
	struct secret *box_secret;
	struct secret *store_key;
	size_t n;
	struct key verifier[];
};

static void
free_ring(struct keyring *ring)
{
	secret_free(ring->signer);
	secret_free(ring->box_secret);
	secret_free(ring->store_key);
	arena_free(ring->arena);
}

static bool
is_working(const struct keyring_part *part)
{
	return part->key.state == KEY_ACTIVE && part->material != NULL;
}

static enum err
take_secret(struct secret **slot, struct secret *(*copy)(struct slice),
    const struct keyring_part *part)
{
	struct slice material = secret_slice(part->material);

	if (*slot != NULL || material.n != KEY_SECRET)
		return E_KEY;
	*slot = copy(material);
	return *slot != NULL ? E_OK : E_NO_MEMORY;
}

static enum err
add_issuing(struct keyring *ring, const struct keyring_part *part)
{
	struct key first = ring->verifier[0];

	ring->verifier[ring->n++] = part->key;
	if (part->key.state != KEY_ACTIVE)
		return E_OK;
	if (part->material == NULL)
		return E_KEY;
	ring->verifier[ring->n - 1] = first;
	ring->verifier[0] = part->key;
	return take_secret(&ring->signer, sign_expand, part);
}

static enum err
add_part(struct keyring *ring, const struct keyring_part *part)
{
	switch (part->key.use) {
	case KEY_ISSUING:
		return add_issuing(ring, part);
	case KEY_BOX:
		if (!is_working(part))
			return E_OK;
		ring->box = part->key;
		return take_secret(&ring->box_secret, secret_copy, part);
	case KEY_STORE:
		if (!is_working(part))
			return E_KEY;
		return take_secret(&ring->store_key, secret_copy, part);
	case KEY_ROOT:
		if (ring->has_root)
			return E_KEY;
		ring->root = part->key;
		ring->has_root = true;
		return E_OK;
	}
	return E_KEY;
}

enum err
keyring_new(const struct keyring_part *part, size_t n, struct keyring **out)
{
	struct arena *arena = arena_new(0);
	struct keyring *ring = NULL;
	enum err e = E_OK;

	if (arena != NULL && n < 4096)
		ring = arena_alloc(arena, sizeof(*ring) + (n + 1) * sizeof(struct key));
	if (ring == NULL) {
		arena_free(arena);
		return E_NO_MEMORY;
	}
	ring->refs = 1;
	ring->arena = arena;
	for (size_t i = 0; i < n && e == E_OK; i++)
		e = add_part(ring, &part[i]);
	if (e == E_OK &&
	    (ring->signer == NULL || ring->box_secret == NULL || ring->store_key == NULL))
		e = E_KEY;
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

const struct key *
keyring_issuing(const struct keyring *ring)
{
	return &ring->verifier[0];
}

const struct key *
keyring_box(const struct keyring *ring)
{
	return &ring->box;
}

const struct key *
keyring_root(const struct keyring *ring)
{
	return ring->has_root ? &ring->root : NULL;
}

const struct key *
keyring_verifiers(const struct keyring *ring, size_t *n)
{
	*n = ring->n;
	return ring->verifier;
}

const struct key *
keyring_find(const struct keyring *ring, const unsigned char kid[static KEY_KID])
{
	for (size_t i = 0; i < ring->n; i++) {
		const struct key *key = &ring->verifier[i];

		if (key->state != KEY_REVOKED && memcmp(key->kid, kid, KEY_KID) == 0)
			return key;
	}
	return NULL;
}

const struct secret *
keyring_signer(const struct keyring *ring)
{
	return ring->signer;
}

struct slice
keyring_box_secret(const struct keyring *ring)
{
	return secret_slice(ring->box_secret);
}

struct slice
keyring_store_key(const struct keyring *ring)
{
	return secret_slice(ring->store_key);
}
