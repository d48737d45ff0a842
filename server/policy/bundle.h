/* Folding the verdicts of a bundle set into one (license-api-v4.md 7.3). Pure. */
#ifndef LICET_SERVER_POLICY_BUNDLE_H
#define LICET_SERVER_POLICY_BUNDLE_H

#include "base/err.h"

struct bundle_part {
	enum err err;
	bool missing; /* member product without a license in the set */
	bool active;  /* this device is active on it (deactivation) */
};

/* Index of the part that decides, -1 when all are fine. A missing one is
 * E_LICENSE_NOT_FOUND. */
int
bundle_first_refusal(const struct bundle_part *, size_t n, enum err *err);
/*
 * Deactivation: E_OK when at least one part is active and none is refused by steps 6 and
 * 7 (part.err); else the error of the refused one, or of part 0's rule D given by the
 * caller.
 */
enum err
bundle_release(const struct bundle_part *, size_t n, enum err own_device, int *decider);

#endif
