/* Where the present keyring lies. Each call takes one reference and signs with that ring
 * alone, while another takes its place. Any thread. */
#ifndef LICET_KEYS_KEYRING_SLOT_H
#define LICET_KEYS_KEYRING_SLOT_H

#include "keys/keyring.h"

struct keyring_slot;

/* Takes over the caller's reference. NULL when out of memory; it is the caller's then. */
struct keyring_slot *
keyring_slot_new(struct keyring *);
void
keyring_slot_free(struct keyring_slot *); /* accepts NULL */
/* A reference for the caller: keyring_unref. */
struct keyring *
keyring_slot_take(struct keyring_slot *);
/* Takes over the caller's reference and gives back that of the former ring. */
void
keyring_slot_set(struct keyring_slot *, struct keyring *);

#endif
