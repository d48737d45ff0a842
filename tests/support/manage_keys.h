/* Keys for the management API in process: unsealed files in a folder of their own, their
 * rows in the store of the world, and the ring of both. */
#ifndef LICET_TESTS_SUPPORT_MANAGE_KEYS_H
#define LICET_TESTS_SUPPORT_MANAGE_KEYS_H

#include "keys/keyring_slot.h"
#include "keys/keystore.h"
#include "tests/support/manage_world.h"

enum { MK_ROOT, MK_ISSUING, MK_BOX, MK_STORE, MK_N };

struct manage_keys {
	struct manage_world *world;
	char folder[64];
	bool root_here;
	struct keyring_part part[MK_N];
	char kid[MK_N][KEY_KID_TEXT + 1];
	/* of manage_keys_keep */
	struct keyring *ring;
	struct {
		char path[96];
		struct slice bytes;
	} file[8];
	size_t n_files;
};

/* root_here: root.key lies in the folder, else only its row is there. */
void
manage_keys_open(struct manage_keys *, struct manage_world *, bool root_here);
void
manage_keys_close(struct manage_keys *);
/* Remembers files and ring; puts them back as they were then. The store is the caller's.
 */
void
manage_keys_keep(struct manage_keys *);
void
manage_keys_back(struct manage_keys *);
/* The text with the kid for N_KID and the armored certificate for N_CERT, N as above;
 * NULL for NULL. */
const char *
manage_keys_spell(struct manage_keys *, const char *text);
/* Names in the folder. */
size_t
manage_keys_files(struct manage_keys *);
bool
manage_keys_has(const struct manage_keys *, enum key_use, const char *kid);

#endif
