/*
 * Whom a signature is believed: the root certifies issuing and box keys (3.5), an issuing
 * key signs what carries its certificate, a device key signs requests and proofs.
 * offline-activation.md 1, 5. Any thread.
 */
#ifndef LICET_OFFLINE_TRUST_H
#define LICET_OFFLINE_TRUST_H

#include "offline/claims.h"
#include "offline/cose.h"

/* Signs a certificate with the root's expanded secret. Failures stick to the buffer. */
void
trust_certify(
    struct buf *, const struct cose_signer *root, const struct claims_certificate *);
/*
 * The certificate (raw CBOR) is by this root, for this use and valid at `now` (seconds).
 * Errors of cose_parse and claims_get_certificate; E_NOT_CERTIFIED: another signer or
 * use; E_CERTIFICATE_EXPIRED: before or after its time (not_after itself is after it);
 * E_NO_MEMORY.
 */
must_check enum err
trust_certificate(const unsigned char root[static KEY_PUBLIC], struct slice certificate,
    enum key_use use, int64_t now, struct claims_certificate *);
/*
 * An object signed by an issuing key: its certificate as above (none: E_NOT_CERTIFIED),
 * then E_OBJECT_SIGNATURE. E_NO_MEMORY.
 */
must_check enum err
trust_object(
    const unsigned char root[static KEY_PUBLIC], const struct cose *, int64_t now);
/* A request or proof: E_OBJECT_SIGNATURE unless the device key that it names signed it.
 */
must_check enum err
trust_device(const unsigned char device_key[static KEY_PUBLIC], const struct cose *);

#endif
