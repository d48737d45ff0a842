/* Public keys for others: JSON Web Keys of license-api-v4.md 4.4, PEM. */
#ifndef LICET_KEYS_PUBLISH_H
#define LICET_KEYS_PUBLISH_H

#include "base/buf.h"
#include "keys/keyring.h"

/* {"kty":"OKP","crv":"Ed25519","x":"…","use":"sig","alg":"EdDSA","kid":"…"}, and
 * "licet_cert" where there is a certificate. A box key: X25519, "use":"enc", no "alg". */
void
publish_jwk(struct buf *, const struct key *, struct slice certificate);
/* [JWK,…] of the issuing keys: the active one, then retired ones, no revoked ones. */
void
publish_jwk_list(struct buf *, const struct keyring *);
/* {"keys":[JWK,…]} */
void
publish_jwks(struct buf *, const struct keyring *);
/* -----BEGIN PUBLIC KEY----- (RFC 8410), LF ends. */
void
publish_pem(struct buf *, const struct key *);
/*
 * The first such block of a text: an X25519 key is of use KEY_BOX, an Ed25519 one is
 * given the use wanted. E_NOT_FOUND: there is none. E_KEY: it is no such key.
 * E_NO_MEMORY.
 */
must_check enum err
publish_pem_read(struct arena *, struct slice text, enum key_use, struct key *);

#endif
