/*
 * The store key (32 random bytes, never rotated) as a crypto_kdf master, context
 * "licetkey": subkey 1 seals secrets that must be recoverable (XChaCha20-Poly1305;
 * associated data: table name, NUL, id as 8 bytes), subkey 2 keys the record checksums.
 * cli.md 2.2. Immutable after creation, any thread.
 */
#ifndef LICET_KEYS_SEAL_H
#define LICET_KEYS_SEAL_H

#include "base/buf.h"
#include "base/secret.h"

struct seal;

#define SEAL_CHECKSUM_KEY 16

/* master: 32 bytes, copied. NULL when out of memory or of another length. */
struct seal *
seal_new(struct slice master);
void
seal_free(struct seal *); /* wipes; accepts NULL */
/* nonce, then ciphertext with tag, in the arena. E_NO_MEMORY. */
must_check enum err
seal_close(const struct seal *, struct arena *, const char *table, int64_t id,
    struct slice plain, struct slice *sealed);
/* E_DAMAGED: not sealed with this key for this table and id. plain lies in the arena. */
must_check enum err
seal_open(const struct seal *, struct arena *, const char *table, int64_t id,
    struct slice sealed, struct slice *plain);
void
seal_checksum_key(const struct seal *, unsigned char out[static SEAL_CHECKSUM_KEY]);

#endif
