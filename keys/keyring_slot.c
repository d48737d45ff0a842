#include "keys/keyring_slot.h"

#include <pthread.h>
#include <stdlib.h>

struct keyring_slot {
	pthread_mutex_t lock;
	struct keyring *ring; /* under lock */
};

struct keyring_slot *
keyring_slot_new(struct keyring *ring)
{
	struct keyring_slot *slot = calloc(1, sizeof(*slot));

	if (slot == NULL)
		return NULL;
	if (pthread_mutex_init(&slot->lock, NULL) != 0) {
		free(slot);
		return NULL;
	}
	slot->ring = ring;
	return slot;
}

void
keyring_slot_free(struct keyring_slot *slot)
{
	if (slot == NULL)
		return;
	keyring_unref(slot->ring);
	pthread_mutex_destroy(&slot->lock);
	free(slot);
}

struct keyring *
keyring_slot_take(struct keyring_slot *slot)
{
	struct keyring *ring;

	pthread_mutex_lock(&slot->lock);
	ring = keyring_ref(slot->ring);
	pthread_mutex_unlock(&slot->lock);
	return ring;
}

void
keyring_slot_set(struct keyring_slot *slot, struct keyring *ring)
{
	struct keyring *former;

	pthread_mutex_lock(&slot->lock);
	former = slot->ring;
	slot->ring = ring;
	pthread_mutex_unlock(&slot->lock);
	keyring_unref(former);
}
