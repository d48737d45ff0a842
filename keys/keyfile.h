/*
 * One private key in one text file:
 *
 *   licet-key 1
 *   use: issuing
 *   kid: 7849ac3049680be1            (not for use store, nor is public)
 *   public: BASE64
 *   created: 2025-07-04T10:56:13.412Z
 *   sealed: yes
 *   kdf: argon2id                    (this and the next four only if sealed)
 *   kdf-ops: 3
 *   kdf-memory: 268435456
 *   salt: BASE64
 *   nonce: BASE64
 *   payload: BASE64
 *   checksum: HEX
 *
 * Sealed: payload is the private part under XChaCha20-Poly1305, the key is Argon2id of
 * the passphrase, associated data are the lines before `payload`. The checksum is
 * BLAKE2b-256 of all lines before it. Exactly these lines in this order, LF ends.
 */
#ifndef LICET_KEYS_KEYFILE_H
#define LICET_KEYS_KEYFILE_H

#include "base/secret.h"
#include "keys/key.h"
#include "keys/unlock.h"

#define KEYFILE_MAX 4096

/*
 * A new file of mode 0600 (O_EXCL, O_NOFOLLOW); a null passphrase leaves it unsealed.
 * material: KEY_SECRET bytes. E_EXISTS, E_KEY (material of another length), E_NO_MEMORY
 * (Argon2id wants 256 MiB), E_IO and so on.
 */
must_check enum err
keyfile_write(const char *path, const struct key *, struct slice material,
    struct slice passphrase, struct unlock *cache);
/*
 * E_NOT_PRIVATE: group or others may read it, or another user owns it. E_KEY: damaged,
 * sealed without a passphrase, wrong passphrase, public half of another key. E_NOT_FOUND.
 * cache (may be NULL) spares Argon2id runs over files that one cache has sealed.
 * A passphrase for an unsealed file is not used. The key is active, without bounds.
 */
must_check enum err
keyfile_read(const char *path, struct slice passphrase, struct key *,
    struct secret **material, struct unlock *cache);
/* Only the public head; the checksum is checked, the seal is not. */
must_check enum err
keyfile_peek(const char *path, struct key *, bool *sealed);
/* False for unsealed files and for those that keyfile_peek refuses. */
bool
keyfile_is_sealed(const char *path);
/* Any *.key file of the directory is sealed. */
bool
keyfile_dir_is_sealed(const char *dir);

#endif
