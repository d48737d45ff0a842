/* The server's signing and box keys and the vendor's root (management-api.md 6, `keys/`).
 * Public halves only: private ones lie in key files. */
#ifndef LICET_SERVER_MODEL_KEY_H
#define LICET_SERVER_MODEL_KEY_H

#include "server/model/types.h"

#define SIGNING_KID 16 /* hex digits */

/* Numbered as enum key_use and enum key_state of keys/key.h. */
enum signing_use { SU_ROOT, SU_ISSUING, SU_BOX };
enum signing_state { SS_ACTIVE, SS_RETIRED, SS_REVOKED, SS_PENDING };

struct signing_key {
	struct object o;
	struct slice kid;
	int use;
	int state;
	struct slice public_key;                      /* 32 bytes */
	struct slice certificate;                     /* raw CBOR; empty: not certified */
	int64_t not_before, not_after;                /* of the certificate; null */
	int64_t activated_at, retired_at, revoked_at; /* null */
	bool on_server; /* the private half is in a file here */
	bool sealed;    /* that file is */
};

extern const struct names signing_use_names;   /* root issuing box */
extern const struct names signing_state_names; /* active retired revoked pending */
extern const struct field_table signing_key_table;

#endif
