/*
 * The vendor's side of offline activation for tests of the device's side: keys from fixed
 * seeds, answers from claims. What it makes lies in its arena. Failures abort.
 */
#ifndef LICET_TESTS_SUPPORT_VENDOR_H
#define LICET_TESTS_SUPPORT_VENDOR_H

#include "base/secret.h"
#include "keys/key.h"
#include "offline/claims.h"
#include "offline/object.h"

struct vendor {
	struct arena *arena;
	struct key root, issuing, box;
	struct secret *root_secret, *issuing_secret, *box_secret;
	struct slice issuing_certificate, box_certificate; /* null: sign without one */
	int64_t now;                                       /* seconds */
	uint64_t serial;
	int64_t sequence;
	struct claims_license license; /* of every activation */
};

/* seed: another one is another vendor. Certificates begin a day before now. */
void
vendor_open(struct vendor *, unsigned char seed, int64_t now);
void
vendor_close(struct vendor *);
/* Of a key, by the root, for the use and the time. */
struct slice
vendor_certify(struct vendor *, const struct key *, enum key_use, int64_t not_before,
    int64_t not_after);
/* Opens an armored request and checks its signature. */
struct claims_request
vendor_request(struct vendor *, const char *armored);
/* Next serial and sequence, one perpetual license, no lease. */
struct claims_activation
vendor_terms(struct vendor *, const struct claims_request *);
struct slice
vendor_activation(struct vendor *, const struct claims_activation *);
/* Request in, activation out. */
struct slice
vendor_answer(struct vendor *, const char *armored);
struct slice
vendor_revocations(struct vendor *, const struct claims_revocations *);
/* Checks the proof by the device key (NULL: does not); the receipt for it. */
struct slice
vendor_receipt(struct vendor *, const char *proof, const unsigned char *device_key);
struct slice
vendor_sign(struct vendor *, enum object_kind, const struct buf *payload);
/* NUL-terminated. */
char *
vendor_armor(struct vendor *, enum object_kind, struct slice object);
char *
vendor_root_pem(struct vendor *);

#endif
