/*
 * COSE_Sign1 (RFC 9052), tag 18, alg EdDSA (RFC 9053), as offline-activation.md 2 narrows
 * it: protected {1: -8, 4: kid, 16: typ}, unprotected empty or {-65537: certificate},
 * empty external_aad. Slices point into the bytes parsed. Any thread.
 */
#ifndef LICET_OFFLINE_COSE_H
#define LICET_OFFLINE_COSE_H

#include "base/buf.h"
#include "base/secret.h"
#include "keys/key.h"
#include "offline/object.h"

struct cose {
	enum object_kind kind;
	unsigned char kid[KEY_KID];
	struct slice certificate; /* a whole COSE_Sign1; null: none */
	struct slice payload;     /* the claims map, checked by cbor_check */
	/* private */
	struct slice protected_header, signature;
};

/*
 * Errors of cbor_check, over payload, protected header and certificate too;
 * E_OBJECT_HEADER: no such COSE_Sign1, an unknown member, another algorithm;
 * E_OBJECT_TYPE: a typ that is none of ours. The signature is not verified.
 */
must_check enum err
cose_parse(struct slice bytes, struct cose *);
/* The same for one kind: E_OBJECT_TYPE for any other. */
must_check enum err
cose_parse_as(enum object_kind, struct slice bytes, struct cose *);
/* E_OBJECT_SIGNATURE: not signed by this key over just this, or another kid; E_NO_MEMORY.
 */
must_check enum err
cose_verify(const struct cose *, const unsigned char public_key[static KEY_PUBLIC]);

/* Who signs. */
struct cose_signer {
	const struct secret *secret; /* of sign_expand */
	const unsigned char *kid;    /* KEY_KID bytes */
	struct slice certificate;    /* null: none goes along */
};

/* Appends the whole object. Failures stick to the buffer; so does one too large to be
 * read. */
void
cose_sign(
    struct buf *, enum object_kind, const struct cose_signer *, struct slice payload);

#endif
