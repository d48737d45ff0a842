/*
 * Sealed requests (offline-activation.md 3.1): ["licet-sealed", kid of the box key,
 * crypto_box_seal of the whole request]. Any thread.
 */
#ifndef LICET_OFFLINE_SEAL_REQUEST_H
#define LICET_OFFLINE_SEAL_REQUEST_H

#include "base/buf.h"
#include "keys/key.h"

/* Failures stick to the buffer, so does a box key of small order. */
void
request_seal(
    struct buf *, const unsigned char box_key[static KEY_PUBLIC], struct slice request);
/* Errors of cbor_check; E_OBJECT_HEADER: no such array. */
must_check enum err
request_sealed_kid(struct slice sealed, unsigned char kid[static KEY_KID]);
/*
 * The request inside, in the arena. secret: KEY_SECRET bytes of the private key to
 * box_key. E_BOX_KEY_UNKNOWN: sealed to another key, or not opened by this one.
 * E_NO_MEMORY.
 */
must_check enum err
request_unseal(struct arena *, const unsigned char box_key[static KEY_PUBLIC],
    struct slice secret, struct slice sealed, struct slice *request);

#endif
