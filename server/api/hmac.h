/*
 * HMAC-SHA256 and SHA-256: the only part of the wire side that calls OpenSSL. Any thread;
 * each keeps what it needs until it ends.
 */
#ifndef LICET_SERVER_API_HMAC_H
#define LICET_SERVER_API_HMAC_H

#include "base/err.h"

#define SHA256_LEN 32

/* E_INTERNAL when the library refuses. */
must_check enum err
hmac_sha256(struct slice key, struct slice text, unsigned char out[static SHA256_LEN]);
must_check enum err
sha256(struct slice text, unsigned char out[static SHA256_LEN]);
/* Constant time. */
must_check bool
hmac_equal(
    const unsigned char a[static SHA256_LEN], const unsigned char b[static SHA256_LEN]);

#endif
