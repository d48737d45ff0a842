/*
 * The claims of the objects of offline-activation.md 3 as plain structs. Instants are
 * seconds since 1970 UTC, as on the wire; FIELD_NONE is an absent one, and an absent
 * integer. A null slice is an absent text. Reading copies into the arena; unknown claims
 * and members are passed over, elements of a feature are just four. Text limits are those
 * of license-api-v4.md 1.3: over-long facts are cut, other texts refused.
 */
#ifndef LICET_OFFLINE_CLAIMS_H
#define LICET_OFFLINE_CLAIMS_H

#include "base/buf.h"
#include "base/field.h"
#include "keys/key.h"

#define CLAIMS_ID 16     /* cti of a request or proof */
#define CLAIMS_DIGEST 16 /* of a hardware_id */
#define CLAIMS_HASH 32

struct claims_pair {
	struct slice name, value;
};
struct claims_pairs {
	struct claims_pair *item; /* on the wire in the order of their encoded names */
	size_t n;
};

enum claims_action { CLAIMS_ACTIVATE = 1, CLAIMS_REFRESH = 2 };

/* 3.1 */
struct claims_request {
	int64_t issued_at;
	unsigned char id[CLAIMS_ID];
	unsigned char device_key[KEY_PUBLIC];
	enum claims_action action;
	struct slice product;
	bool bundle;
	struct slice license_key; /* or: */
	struct slice username,
	    password; /* null password: SSO and the like, refused later */
	struct slice hardware_id;
	bool is_vm;
	struct claims_pairs facts; /* hostname os_ver app_ver vm_info mac_address */
	int64_t license_id;
	struct claims_pairs variables;
	int64_t consumptions, sequence; /* refresh */
};

struct claims_feature {
	struct slice code;
	int64_t type; /* 1 activation, 2 consumption */
	int64_t until, max_consumption;
};

struct claims_license {
	int64_t id;
	struct slice product;
	int64_t type; /* 1 perpetual 2 time-limited 3 subscription 4 consumption */
	int64_t until, grace_hours, maintenance_until;
	struct claims_feature *features;
	size_t n_features;
	int64_t max_consumptions, total_consumptions;
	bool trial;
	int64_t activation_id;
	struct claims_pairs custom_fields;
};

/* 3.2 */
struct claims_activation {
	int64_t vendor;       /* iss */
	struct slice product; /* aud */
	int64_t lease_until;  /* exp; FIELD_NONE: no end */
	int64_t not_before, issued_at;
	uint64_t serial;
	bool has_device_key, has_request;
	unsigned char device_key[KEY_PUBLIC];
	unsigned char request[CLAIMS_ID];
	unsigned char device[CLAIMS_DIGEST];
	struct claims_license *licenses; /* at least one; of a bundle its own first */
	size_t n_licenses;
	int64_t sequence;
};

/* 3.3 */
struct claims_deactivation {
	int64_t issued_at;
	unsigned char id[CLAIMS_ID];
	uint64_t serial;
	unsigned char device[CLAIMS_DIGEST];
	int64_t sequence;
	int64_t consumptions; /* FIELD_NONE: none told */
	struct claims_pairs variables;
};

struct claims_receipt {
	int64_t vendor; /* FIELD_NONE: not told */
	int64_t issued_at;
	unsigned char id[CLAIMS_ID]; /* that of the proof */
	uint64_t serial;
	unsigned char device[CLAIMS_DIGEST];
};

/* 3.4. Serials ascend; digests and kids ascend too. */
struct claims_revocations {
	int64_t vendor; /* FIELD_NONE: not told */
	int64_t issued_at, next_update;
	int64_t sequence;
	const uint64_t *serials;
	size_t n_serials;
	const unsigned char (*devices)[CLAIMS_DIGEST];
	size_t n_devices;
	const unsigned char (*kids)[KEY_KID];
	size_t n_kids;
};

/* 3.5. use: KEY_ISSUING or KEY_BOX. */
struct claims_certificate {
	int64_t not_before, not_after; /* FIELD_NONE: no end */
	enum key_use use;
	unsigned char public_key[KEY_PUBLIC];
};

/* management-api.md 7.1 */
struct claims_checkpoint {
	int64_t vendor, issued_at;
	int64_t seq;
	unsigned char hash[CLAIMS_HASH];
	unsigned char epoch[CLAIMS_ID];
};

/* BLAKE2b-128 of "licet-hwid", NUL, hardware_id. */
void
claims_device_digest(struct slice hardware_id, unsigned char out[static CLAIMS_DIGEST]);
/* The value of the pair of this name, null when there is none. */
struct slice
claims_pair_get(const struct claims_pairs *, const char *name);

/*
 * One pair of functions a kind. put: the CWT claims map in deterministic order, pairs in
 * that of their names; failures stick to the buffer, so does a name that is there twice.
 * What get would refuse is written all the same. get: `payload` is that of cose_parse.
 * E_OBJECT_CLAIM: a claim is missing, has another type or is out of range, an array is
 * empty, too long or not ascending where it must be, a request has not exactly one
 * credential, a certified key is of the curve of another use or a box key of small order.
 * E_NO_MEMORY.
 */
void
claims_put_request(struct buf *, const struct claims_request *);
must_check enum err
claims_get_request(struct arena *, struct slice payload, struct claims_request *);
void
claims_put_activation(struct buf *, const struct claims_activation *);
must_check enum err
claims_get_activation(struct arena *, struct slice payload, struct claims_activation *);
void
claims_put_deactivation(struct buf *, const struct claims_deactivation *);
must_check enum err
claims_get_deactivation(
    struct arena *, struct slice payload, struct claims_deactivation *);
void
claims_put_receipt(struct buf *, const struct claims_receipt *);
must_check enum err
claims_get_receipt(struct arena *, struct slice payload, struct claims_receipt *);
void
claims_put_revocations(struct buf *, const struct claims_revocations *);
must_check enum err
claims_get_revocations(struct arena *, struct slice payload, struct claims_revocations *);
void
claims_put_certificate(struct buf *, const struct claims_certificate *);
must_check enum err
claims_get_certificate(struct arena *, struct slice payload, struct claims_certificate *);
void
claims_put_checkpoint(struct buf *, const struct claims_checkpoint *);
must_check enum err
claims_get_checkpoint(struct arena *, struct slice payload, struct claims_checkpoint *);

#endif
