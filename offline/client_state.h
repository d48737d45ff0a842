/*
 * What liblicet remembers between runs (offline-activation.md 5), as the bytes of the
 * file `state`: a CBOR map and 32 bytes of keyed BLAKE2b over it. Inside offline/ only.
 */
#ifndef LICET_OFFLINE_CLIENT_STATE_H
#define LICET_OFFLINE_CLIENT_STATE_H

#include "base/buf.h"
#include "base/secret.h"
#include "offline/claims.h"

#define STATE_MAC 32
#define STATE_KEY 32
#define STATE_DIGEST 32
#define STATE_ACCEPTED_MAX 64 /* the oldest is forgotten first; both */
#define STATE_TOMBSTONES_MAX 256
#define STATE_BYTES_MAX (65536 + STATE_MAC)

/* An object in a file of its own that the state knows by its BLAKE2b-256. */
struct state_file {
	bool held;
	int64_t sequence;
	unsigned char digest[STATE_DIGEST];
};

struct state_accepted {
	int64_t activation;
	int64_t sequence; /* highest ever accepted for it */
};

struct state_tombstone {
	uint64_t serial;
	bool confirmed;       /* by a receipt */
	struct slice payload; /* claims of the proof: signing them again gives the same */
};

struct client_state {
	uint64_t generation; /* grows with every write */
	int64_t highest;     /* time seen, seconds since 1970 */
	bool pending;
	unsigned char request[CLAIMS_ID]; /* the pending one */
	struct state_file activation, revocations;
	uint64_t serial; /* of the activation */
	struct state_accepted accepted[STATE_ACCEPTED_MAX];
	size_t n_accepted;
	struct state_tombstone tombstone[STATE_TOMBSTONES_MAX];
	size_t n_tombstones;
};

/* Key of both codes, of the device key's seed. */
void
state_key(struct slice seed, unsigned char key[static STATE_KEY]);
void
state_digest(struct slice object, unsigned char digest[static STATE_DIGEST]);
/* Failures stick to the buffer. */
void
state_put(
    struct buf *, const struct client_state *, const unsigned char key[static STATE_KEY]);
/* E_DAMAGED: not written under this key, or not such a map. Payloads lie in the bytes. */
must_check enum err
state_get(
    struct slice bytes, const unsigned char key[static STATE_KEY], struct client_state *);

/* The witness of a generation: an older state put back is known by it. */
#define STATE_WITNESS (8 + STATE_MAC)
void
state_witness_put(unsigned char out[static STATE_WITNESS], uint64_t generation,
    const unsigned char key[static STATE_KEY]);
must_check bool
state_witness_get(
    struct slice bytes, const unsigned char key[static STATE_KEY], uint64_t *generation);

/* Highest sequence accepted for the activation; FIELD_NONE: none yet. */
int64_t
state_accepted(const struct client_state *, int64_t activation);
void
state_accept(struct client_state *, int64_t activation, int64_t sequence);
/* NULL: not given up. */
struct state_tombstone *
state_tombstone(struct client_state *, uint64_t serial);
void
state_bury(struct client_state *, const struct state_tombstone *);

#endif
