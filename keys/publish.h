/* Public keys for others: JSON Web Keys of license-api-v4.md 4.4, PEM. Ed25519 only. */
#ifndef LICET_KEYS_PUBLISH_H
#define LICET_KEYS_PUBLISH_H

#include "base/buf.h"
#include "keys/keyring.h"

/* {"kty":"OKP","crv":"Ed25519","x":"…","use":"sig","alg":"EdDSA","kid":"…"} */
void
publish_jwk(struct buf *, const struct key *);
/* [JWK,…] of the issuing keys: the active one, then retired ones, no revoked ones. */
void
publish_jwk_list(struct buf *, const struct keyring *);
/* {"keys":[JWK,…]} */
void
publish_jwks(struct buf *, const struct keyring *);
/* -----BEGIN PUBLIC KEY----- (RFC 8410), LF ends. */
void
publish_pem(struct buf *, const struct key *);

#endif
