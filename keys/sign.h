/*
 * Detached Ed25519 signatures; the only caller of crypto_sign_*. What is signed carries
 * its own domain: a signature base of license-api-v4.md 4.4 starts with '"' (0x22), a
 * COSE signing structure with 0x84.
 */
#ifndef LICET_KEYS_SIGN_H
#define LICET_KEYS_SIGN_H

#include "base/secret.h"
#include "keys/key.h"

#define SIGN_BYTES 64
#define SIGN_SECRET 64 /* expanded private key: seed and public key */

struct keyring;

void
sign_public_of(
    const unsigned char seed[static KEY_SECRET], unsigned char out[static KEY_PUBLIC]);
/* The expanded private key of a seed of KEY_SECRET bytes; NULL: other length, memory. */
struct secret *
sign_expand(struct slice seed);
/* secret: of sign_expand. */
void
sign_detached(const struct secret *secret, struct slice text,
    unsigned char signature[static SIGN_BYTES]);
/* By the active issuing key. */
void
sign_text(const struct keyring *, struct slice text,
    unsigned char signature[static SIGN_BYTES]);
/* False for a wrong length of either and for public keys of small order. */
must_check bool
sign_verify(struct slice public_key, struct slice text, struct slice signature);

#endif
