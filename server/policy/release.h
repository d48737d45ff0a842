/*
 * Checks and deactivations of a device that has (or should have) a seat:
 * license-api-v4.md 7.2 with rule D, 6.6 last rows. Pure.
 */
#ifndef LICET_SERVER_POLICY_RELEASE_H
#define LICET_SERVER_POLICY_RELEASE_H

#include "server/model/device.h"
#include "server/model/license.h"
#include "server/policy/trace.h"

struct holder_facts {
	int64_t now;
	const struct license *license;
	const struct activation *activation; /* of this device; NULL: none */
	bool blacklisted;
	int64_t user_id; /* ID-B by user; FIELD_NONE otherwise */
};

/* Steps 6, 7, D: who may go on at all. E_OK or the code; decided_by may be NULL. */
enum err
holder_decide(const struct holder_facts *, struct trace *, int *decided_by);
/* D alone. */
enum err
holder_device(const struct holder_facts *);

/*
 * Steps 6, 7, D and the device key: device_key is what the call presented with a good
 * proof, null when none.
 */
enum err
release_decide(const struct holder_facts *, struct slice device_key, struct trace *,
    int *decided_by);

/*
 * Release by staff: E_OK, E_WRONG_STATE (inactive), E_OFFLINE_LEASE_LIVE unless force.
 */
enum err
release_by_staff(const struct activation *, int64_t now, bool force);
/* Active, marked offline, lease null or ahead (management-api.md 5.1). */
bool
release_lease_live(const struct activation *, int64_t now);

#endif
