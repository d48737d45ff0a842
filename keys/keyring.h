/*
 * An immutable snapshot of the server's keys: one issuing key signs, any number verify,
 * one box key opens requests. Replaced whole; counted references, any thread.
 */
#ifndef LICET_KEYS_KEYRING_H
#define LICET_KEYS_KEYRING_H

#include "base/secret.h"
#include "keys/key.h"

struct keyring;

struct keyring_part {
	struct key key;
	struct secret *material; /* NULL: only the public half is known */
};

/*
 * Copies the keys and what it needs of the material, in this order of use: exactly one
 * active issuing key, one active box key and the store key, each with material, at most
 * one root key. Else E_KEY. One reference is the caller's.
 */
must_check enum err
keyring_new(const struct keyring_part *, size_t n, struct keyring **out);
/*
 * The files issuing-KID.key, box-KID.key, store.key and, if it is there, root.key of the
 * directory; other names are passed over. Of root.key only the public half is read. On
 * an error *what names the file, or the directory when keys are missing (E_KEY) or there
 * is no directory (E_NOT_FOUND). The arena holds what is read on the way and *what.
 */
must_check enum err
keyring_load(struct arena *, const char *dir, struct slice passphrase,
    struct keyring **out, const char **what);
struct keyring *
keyring_ref(struct keyring *);
void
keyring_unref(struct keyring *); /* accepts NULL; the last one wipes */

const struct key *
keyring_issuing(const struct keyring *);
const struct key *
keyring_box(const struct keyring *);
const struct key *
keyring_root(const struct keyring *); /* NULL: kept elsewhere */
/* Issuing keys, the active one first; revoked ones are among them. */
const struct key *
keyring_verifiers(const struct keyring *, size_t *n);
/* An issuing key that is not revoked, or NULL. */
const struct key *
keyring_find(const struct keyring *, const unsigned char kid[static KEY_KID]);

/* For keys/ and the seal: private material, valid as long as the ring. */
const struct secret *
keyring_signer(const struct keyring *); /* expanded, for sign_detached */
struct slice
keyring_box_secret(const struct keyring *);
struct slice
keyring_store_key(const struct keyring *);

#endif
