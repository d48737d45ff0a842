/*
 * What is known of a key without its private part. kid: first 8 bytes of BLAKE2b-256 of
 * the raw public key (offline-activation.md 1); the store key has no public part, its
 * public and kid are zero.
 */
#ifndef LICET_KEYS_KEY_H
#define LICET_KEYS_KEY_H

#include "base/field.h"

#define KEY_KID 8
#define KEY_KID_TEXT 16
#define KEY_PUBLIC 32
#define KEY_SECRET 32 /* Ed25519 seed, X25519 private key or store key */

enum key_use {
	KEY_ROOT,    /* Ed25519: signs key certificates and nothing else */
	KEY_ISSUING, /* Ed25519: signs answers and activations */
	KEY_BOX,     /* X25519: opens sealed requests */
	KEY_STORE,   /* master of keys/seal.h */
	KEY_DEVICE   /* Ed25519: signs requests of a machine without a network */
};

enum key_state {
	KEY_ACTIVE,  /* signs */
	KEY_RETIRED, /* still verifies */
	KEY_REVOKED,
	KEY_PENDING /* waits for its certificate */
};

struct key {
	enum key_use use;
	enum key_state state;
	unsigned char kid[KEY_KID];
	unsigned char public_key[KEY_PUBLIC];
	int64_t created;
	int64_t not_before; /* FIELD_NONE: no bound */
	int64_t not_after;
};

extern const struct names key_uses;   /* root issuing box store device */
extern const struct names key_states; /* active retired revoked pending */

void
key_id(
    const unsigned char public_key[static KEY_PUBLIC], unsigned char kid[static KEY_KID]);
/* 16 lower-case hex digits. */
void
key_kid_text(const struct key *, char out[static KEY_KID_TEXT + 1]);
/* False: not 16 lower-case hex digits. */
must_check bool
key_kid_parse(struct slice text, unsigned char kid[static KEY_KID]);
/* BLAKE2b-256 of the public key in hex: what people compare by eye. */
void
key_fingerprint(const struct key *, char out[static 65]);
/* "root.key", "issuing-KID.key", "box-KID.key", "store.key" (cli.md 2.2), "device.key".
 */
#define KEY_FILE_NAME 32
void
key_file_name(const struct key *, char out[static KEY_FILE_NAME]);

#endif
