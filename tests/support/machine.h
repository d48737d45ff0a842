/* A machine without a network for tests of the server's side: requests and proofs by a
 * device key from a fixed seed. Failures abort. */
#ifndef LICET_TESTS_SUPPORT_MACHINE_H
#define LICET_TESTS_SUPPORT_MACHINE_H

#include "base/secret.h"
#include "offline/claims.h"
#include "offline/object.h"

struct machine {
	const char *hardware_id;
	unsigned char public_key[KEY_PUBLIC], kid[KEY_KID];
	struct secret *secret;
};

void
machine_open(struct machine *, const char *hardware_id, unsigned char seed);
void
machine_close(struct machine *);
/* An activation request by license key; id: all bytes of its cti. Change it, then sign.
 */
struct claims_request
machine_ask(const struct machine *, const char *product, const char *license_key,
    int64_t now, unsigned char id);
struct slice
machine_sign_request(
    const struct machine *, struct arena *, const struct claims_request *);
struct claims_deactivation
machine_give(const struct machine *, uint64_t serial, int64_t now, unsigned char id);
struct slice
machine_sign_proof(
    const struct machine *, struct arena *, const struct claims_deactivation *);
/* NUL-terminated. */
char *
machine_armor(struct arena *, enum object_kind, struct slice);

#endif
