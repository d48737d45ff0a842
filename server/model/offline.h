/*
 * What activations across the gap leave behind: objects issued for requests, proofs
 * taken, serials revoked (offline-activation.md 3, 6; management-api.md 5.3), requests of
 * License API v4 (license-api-v4.md 10.4).
 */
#ifndef LICET_SERVER_MODEL_OFFLINE_H
#define LICET_SERVER_MODEL_OFFLINE_H

#include "server/model/types.h"

#define OFFLINE_ID 16      /* cti of a request or proof */
#define OFFLINE_ID_TEXT 32 /* the same in hex, as records keep it */
#define OFFLINE_DIGEST 32  /* BLAKE2b-256 of the signed bytes of a request or proof */
#define OFFLINE_SERIAL_TEXT 20

enum issued_action { IA_ACTIVATE, IA_REFRESH };
enum issued_state {
	IS_LIVE,
	IS_SUPERSEDED,  /* a later object of the same activation is in its place */
	IS_DEACTIVATED, /* given up by the device */
	IS_REVOKED,     /* by staff; the seat may still be counted */
	IS_RELEASED,    /* the seat was freed by staff */
	IS_ENDED        /* the lease ran out */
};
enum upload_call { OC_ACTIVATE, OC_ACTIVATE_BUNDLE, OC_DEACTIVATE, OC_DEACTIVATE_BUNDLE };
enum revocation_cause { RC_GIVEN_BACK, RC_BARRED, RC_STAFF };

extern const struct names issued_action_names;    /* activate refresh */
extern const struct names issued_state_names;     /* live superseded … ended */
extern const struct names revocation_cause_names; /* given_back barred staff */
extern const struct names upload_call_names;      /* activate_offline … */

/* One activation object. Serials of online tokens are of the same count, without row. */
struct issued {
	struct object o; /* o.id is the serial */
	int action;
	struct slice request, digest; /* hex; bytes */
	int64_t license_id;           /* of a bundle the set's own */
	struct list licenses;         /* int64_t ids: what it covers */
	int64_t product_id;
	struct slice hardware_id;
	int64_t device; /* activation row on license_id */
	struct slice device_key;
	int64_t sequence;
	int64_t issued_at;
	struct slice issued_by; /* "portal", "api", "staff:" and the account */
	int64_t lease_until;    /* null: no end */
	int state;
	int64_t revoked_at;  /* null */
	struct slice reason; /* of revoke or release by staff, null */
	bool cloned;
	struct slice kid;    /* of the key that signed, hex */
	struct slice answer; /* the object, byte for byte */
};

/* A deactivation proof that was taken. */
struct proof {
	struct slice id, digest; /* hex; bytes */
	int64_t serial;
	int64_t taken_at;
	struct slice receipt; /* the object, byte for byte */
};

/* A serial on the revocation list. */
struct revocation {
	int64_t serial;
	int64_t at;
	int64_t until; /* end of the lease, after which no list needs it; null: none */
	int cause;
};

/* A request of License API v4 that was applied. */
struct offline_request {
	struct slice handle;     /* SHA-256 of its request_id or signature */
	struct slice digest;     /* SHA-256 of its signed bytes */
	int call;                /* enum upload_call */
	int64_t serial;          /* of its activations; 0: a deactivation */
	struct list activations; /* int64_t ids of rows */
	int64_t created_at;
	struct slice body; /* of the answer, byte for byte */
};

extern const struct field_table issued_table, proof_table, revocation_table,
    offline_request_table;

#endif
