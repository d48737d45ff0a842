/*
 * An immutable snapshot of the server's keys: one issuing key signs, any number verify,
 * box keys open requests. Replaced whole (keys/keyring_slot.h); counted references, any
 * thread.
 */
#ifndef LICET_KEYS_KEYRING_H
#define LICET_KEYS_KEYRING_H

#include "base/secret.h"
#include "keys/key.h"

struct keyring;

struct keyring_part {
	struct key key;
	struct slice certificate; /* raw CBOR; empty: not certified */
	struct secret *material;  /* NULL: only the public half is known */
};

/*
 * Copies the parts: exactly one active issuing key, one active box key and the store key,
 * each with material, at most one root key. Else E_KEY. One reference is the caller's.
 */
must_check enum err
keyring_new(const struct keyring_part *, size_t n, struct keyring **out);
struct keyring *
keyring_ref(struct keyring *);
void
keyring_unref(struct keyring *); /* accepts NULL; the last one wipes */

/* All parts: first the active issuing key, then the others as they were given. */
const struct keyring_part *
keyring_parts(const struct keyring *, size_t *n);
/* By kid; NULL: unknown. Never the store key. */
const struct keyring_part *
keyring_find(const struct keyring *, const unsigned char kid[static KEY_KID]);
const struct key *
keyring_issuing(const struct keyring *);
/* That of the active issuing key; empty: not certified. */
struct slice
keyring_certificate(const struct keyring *);
const struct key *
keyring_box(const struct keyring *);
/* NULL: not known. */
const struct key *
keyring_root(const struct keyring *);

/* For keys/ and the seal: private material, valid as long as the ring. */
const struct secret *
keyring_signer(const struct keyring *); /* expanded, for sign_detached */
struct slice
keyring_store_key(const struct keyring *);

#endif
