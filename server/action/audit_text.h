/* What the audit hashes cover, as bytes (management-api.md 7.1). */
#ifndef LICET_SERVER_ACTION_AUDIT_TEXT_H
#define LICET_SERVER_ACTION_AUDIT_TEXT_H

#include "server/model/audit.h"

/* BLAKE2b-256 over tag, prev and the entry; prev empty: 32 zero bytes. E_NO_MEMORY. */
must_check enum err
audit_hash(
    struct arena *, const struct audit *, unsigned char out[static AUDIT_HASH_LEN]);
/*
 * BLAKE2b-256 over the salt and the deterministic CBOR of {"fields": …}. E_INVALID_JSON,
 * E_VALIDATION: the text is no JSON of ours. E_NO_MEMORY.
 */
must_check enum err
audit_detail_hash(struct arena *, const struct audit_detail *,
    unsigned char out[static AUDIT_HASH_LEN]);

#endif
