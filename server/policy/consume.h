/* Consumption counters, overage and reset periods (license-api-v4.md 6.9). Pure. */
#ifndef LICET_SERVER_POLICY_CONSUME_H
#define LICET_SERVER_POLICY_CONSUME_H

#include "server/model/feature.h"
#include "server/model/license.h"
#include "server/policy/trace.h"

/* The counter of a license or a feature. */
struct meter {
	int64_t max, total;
	bool unlimited, negative, overages;
	int64_t max_overages;
	bool reset;
	int period; /* enum period, -1 none */
	int64_t period_start;
};

struct meter
meter_of_license(const struct license *);
void
meter_to_license(const struct meter *, struct license *);

struct meter
meter_of_feature(const struct license_feature *);
/* Total and period alone. */
void
meter_to_feature(const struct meter *, struct license_feature *);

/* Applies a reset that has fallen due; true when it changed the meter. */
bool
consume_roll(struct meter *, int64_t now);

struct consume_request {
	int64_t amount;
	bool has_overages, overages; /* allow_overages was sent */
	bool has_max_overages;
	int64_t max_overages;
	bool may_set; /* client_sets_overages */
};

/*
 * Adds to a meter already rolled. On E_OK *meter has the new total and settings; else it
 * is unchanged. E_VALIDATION: |amount| over 10^12, max_overages negative.
 * E_NEGATIVE_CONSUMPTION_NOT_ALLOWED, E_LICENSE_NOT_ENOUGH_CONSUMPTIONS.
 */
enum err
consume_add(struct meter *, const struct consume_request *, struct trace *);
/*
 * Amount handed in with a deactivation: clamped at the cap, *excess gets what was cut.
 * E_NEGATIVE_CONSUMPTION_NOT_ALLOWED, E_VALIDATION.
 */
enum err
consume_final(struct meter *, int64_t amount, int64_t *excess);

struct consume_facts {
	int64_t now;
	const struct license *license;
};
/* Type and expiry of add_consumption: E_LICENSE_NOT_CONSUMPTION, E_LICENSE_EXPIRED. */
enum err
consume_allowed(const struct consume_facts *, struct trace *);

#endif
