/*
 * Argon2id is slow by design: the key files of one directory share a salt, so that one
 * run opens them all. A cache of derived keys for one passphrase; one thread.
 */
#ifndef LICET_KEYS_UNLOCK_H
#define LICET_KEYS_UNLOCK_H

#include "base/secret.h"

#define UNLOCK_SALT 16
#define UNLOCK_KEY 32

struct unlock;

struct unlock *
unlock_new(void); /* NULL when out of memory */
void
unlock_free(struct unlock *); /* wipes; accepts NULL */
/* Salt for new files: that of the first file opened, else random; always the same. */
void
unlock_salt(const struct unlock *, unsigned char out[static UNLOCK_SALT]);

struct unlock_work {
	unsigned char salt[UNLOCK_SALT];
	int64_t ops, memory; /* libsodium's opslimit and bytes */
};

/*
 * Key of the passphrase by Argon2id, from the cache if it holds passphrase, salt and
 * cost. The key is the cache's; it stays valid until unlock_free. E_NO_MEMORY, also when
 * the cost cannot be paid.
 */
must_check enum err
unlock_key(struct unlock *, struct slice passphrase, const struct unlock_work *,
    const unsigned char **key);

#endif
