/* Whether and until when a license is usable (license-api-v4.md 6.1, 6.2). Pure. */
#ifndef LICET_SERVER_POLICY_VALIDITY_H
#define LICET_SERVER_POLICY_VALIDITY_H

#include "server/model/feature.h"
#include "server/model/license.h"

/* First instant at which the license is no longer valid, grace included; FIELD_NONE:
 * never. */
int64_t
validity_end(const struct license *);
bool
validity_expired(const struct license *, int64_t now);
bool
feature_expired(const struct license_feature *, int64_t now);

enum license_status { LS_DISABLED, LS_EXPIRED, LS_ACTIVE, LS_INACTIVE };
extern const struct names license_status_names;
/* First that holds, management-api.md 4.3. */
enum license_status
validity_status(const struct license *, int64_t now);

/*
 * Dates that the first activation ever sets (6.2), at t0, first_activated_at among them;
 * nothing else changes. A result past 9999-12-31 leaves the date null (it was refused
 * when the license was made).
 */
void
validity_first_activation(struct license *, int64_t t0);
/* The same for a feature; true when expiry_date was set. */
bool
validity_first_feature(struct license_feature *, int64_t t0);

/*
 * Terms that cannot hold together, for creating and editing policies and licenses:
 * floating cloud without users, bad durations, a duration past 9999-12-31 from `now`.
 * Adds faults under `path`.
 */
void
validity_check_terms(
    struct faults *, const char *path, const struct terms *, int64_t now);

#endif
