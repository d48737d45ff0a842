/*
 * Rules of Licet's own offline format beside those of every activation
 * (offline-activation.md 6). Pure.
 */
#ifndef LICET_SERVER_POLICY_OFFLINE_H
#define LICET_SERVER_POLICY_OFFLINE_H

#include "server/model/device.h"
#include "server/model/license.h"
#include "server/model/offline.h"

/* Most that a request may be dated ahead. */
#define OFFLINE_AHEAD (INT64_C(86400) * 1000000)
/* Most by which a device may be ahead of the server in its sequence, after a restore. */
#define OFFLINE_SEQUENCE_LEAP 1000000

/* Microseconds; max_age 0: no limit. E_OFFLINE_REQUEST_EXPIRED. */
enum err
offline_age(int64_t issued_at, int64_t now, int64_t max_age);

/* A request id that was answered before. */
struct offline_known {
	const struct issued *issued;
	bool same;                           /* the request is the same, byte for byte */
	const struct activation *activation; /* of its first license; NULL: gone */
};
/* E_OK: the stored answer; E_REQUEST_REPLAYED. */
enum err
offline_repeat(const struct offline_known *);

/* The answer that held this serial may be given out again: its activation is the one that
 * stands, and was not activated anew. NULL: the row is gone. */
bool
offline_stands(int64_t serial, const struct activation *);

/* A refresh that the rules of activation allow, of the activation it is for. */
struct offline_refresh {
	const struct terms *terms;
	const struct activation *activation;
	int64_t told; /* sequence of the object that the device holds; FIELD_NONE: none */
};
struct offline_refresh_verdict {
	enum err err; /* E_OBJECT_CLAIM: no sequence, or one that was never given */
	bool cloned;  /* to be marked, whatever err is */
};
struct offline_refresh_verdict
offline_refresh(const struct offline_refresh *);

/* Sequence of the next object: above what was issued and what the device told. */
int64_t
offline_next_sequence(int64_t issued, int64_t told);

/*
 * End of a lease that begins now, in whole seconds; FIELD_NONE: none. Of a bundle the
 * earliest end of its licenses: fold it over them, beginning with FIELD_NONE.
 */
int64_t
offline_lease_until(int64_t so_far, const struct terms *, int64_t now);

/* A deactivation proof that the device's key signed. */
struct offline_proof {
	const struct issued *issued;
	const struct activation *activation; /* of its first license; NULL: gone */
	bool same_device;                    /* the digest is that of the hardware_id */
};
/* E_DEVICE_PROOF_INVALID, E_LICENSE_NOT_ACTIVE: nothing is left to give up. */
enum err
offline_proof(const struct offline_proof *);

/* The activation object still stands for the seat that the row holds. */
bool
offline_in_force(const struct issued *, const struct activation *);

#endif
