/*
 * Fixed keys and one sample of each object and of its corners: for the unit tests, the
 * fuzz corpora, the golden files and doc/vectors.
 */
#ifndef LICET_TESTS_OFFLINE_OBJECTS_H
#define LICET_TESTS_OFFLINE_OBJECTS_H

#include "offline/claims.h"
#include "offline/cose.h"

#define OBJECTS_NOW INT64_C(1751626573) /* 2025-07-04T10:56:13Z */
#define OBJECTS_DAY INT64_C(86400)

struct objects_key {
	enum key_use use; /* of the device key: KEY_ISSUING, that is Ed25519 */
	unsigned char seed[KEY_SECRET];
	unsigned char public_key[KEY_PUBLIC];
	unsigned char kid[KEY_KID];
	struct secret *secret; /* expanded; NULL for the box key */
};

struct objects {
	struct arena *arena;
	/* other: certified by nobody */
	struct objects_key root, issuing, box, device, other;
	struct slice issuing_certificate, box_certificate;
};

struct objects_sample {
	const char *name;
	enum object_kind kind;
	const void *claims; /* struct claims_… of the kind */
};

/* False: out of memory. */
bool
objects_open(struct objects *);
void
objects_close(struct objects *);

/* Puts the public keys into the samples; objects_open does it. */
void
objects_bind(const struct objects *);

/* In the order of enum object_kind; ends with a null name. */
extern const struct objects_sample objects_samples[];
/* Never NULL: ends the program when there is none. */
const struct objects_sample *
objects_find(const char *name);
struct slice
objects_payload(const struct objects *, const struct objects_sample *);
/* Signed as the kind wants it, certificate included. */
struct slice
objects_sign(const struct objects *, const struct objects_sample *);
/* Any payload, by any key; the certificate may be null. */
struct slice
objects_sign_as(const struct objects *, enum object_kind, const struct objects_key *,
    struct slice certificate, struct slice payload);

/* claims_put_… and claims_get_… of a kind; get gives a new struct in the arena. */
void
objects_put(struct buf *, enum object_kind, const void *claims);
enum err
objects_get(struct arena *, enum object_kind, struct slice payload, void **claims);

/*
 * What a reader of this kind does with the bytes: parse, signature, claims. A request is
 * by the device that it names, a proof by o->device, the others go back to o->root at
 * `now`; a sealed request is opened first. claims may be NULL.
 */
enum err
objects_check(const struct objects *, enum object_kind, struct slice bytes, int64_t now,
    void **claims);

#endif
