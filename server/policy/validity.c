#include "server/policy/validity.h"

#include <string.h>

#include "base/clock.h"

static const char *const statuses[] = { [LS_DISABLED] = "disabled",
	[LS_EXPIRED] = "expired",
	[LS_ACTIVE] = "active",
	[LS_INACTIVE] = "inactive" };
const struct names license_status_names = { statuses, (int)ARRAY_LEN(statuses) };

int64_t
validity_end(const struct license *license)
{
	const struct terms *terms = &license->terms;
	int64_t end = license->validity_period;

	if (end == FIELD_NONE)
		return FIELD_NONE;
	if (terms->license_type == LT_PERPETUAL && !terms->is_trial)
		return FIELD_NONE;
	if (terms->license_type == LT_SUBSCRIPTION && terms->allow_grace_period &&
	    terms->grace_period > 0)
		end += terms->grace_period * CLOCK_HOUR;
	return end;
}

bool
validity_expired(const struct license *license, int64_t now)
{
	int64_t end = validity_end(license);

	return end != FIELD_NONE && now >= end;
}

bool
feature_expired(const struct license_feature *feature, int64_t now)
{
	return feature->expiry_date != FIELD_NONE && now >= feature->expiry_date;
}

enum license_status
validity_status(const struct license *license, int64_t now)
{
	if (!license->license_enabled)
		return LS_DISABLED;
	if (validity_expired(license, now))
		return LS_EXPIRED;
	return license->times_activated > 0 ? LS_ACTIVE : LS_INACTIVE;
}

/* FIELD_NONE when the result lies past the last year. */
static int64_t
instant_after(int64_t t0, struct slice duration)
{
	int64_t t;

	return clock_add(t0, duration, &t) ? t : FIELD_NONE;
}

static int64_t
first_validity(const struct terms *terms, int64_t t0)
{
	if (terms->is_trial && terms->trial_days > 0) {
		int64_t t = t0 + terms->trial_days * CLOCK_DAY;

		return t <= CLOCK_MAX ? t : FIELD_NONE;
	}
	if (terms->license_type == LT_SUBSCRIPTION && terms->subscription_duration.n)
		return instant_after(t0, terms->subscription_duration);
	if (terms->license_type != LT_PERPETUAL && terms->valid_duration.n)
		return instant_after(t0, terms->valid_duration);
	return FIELD_NONE;
}

void
validity_first_activation(struct license *license, int64_t t0)
{
	const struct terms *terms = &license->terms;

	if (license->first_activated_at == FIELD_NONE)
		license->first_activated_at = t0;
	if (license->validity_period == FIELD_NONE)
		license->validity_period = first_validity(terms, t0);
	if (terms->enable_maintenance_period &&
	    license->maintenance_period == FIELD_NONE && terms->maintenance_duration.n)
		license->maintenance_period =
		    instant_after(t0, terms->maintenance_duration);
}

bool
validity_first_feature(struct license_feature *feature, int64_t t0)
{
	if (feature->expiry_date != FIELD_NONE || !feature->terms.valid_duration.n)
		return false;
	feature->expiry_date = instant_after(t0, feature->terms.valid_duration);
	return feature->expiry_date != FIELD_NONE;
}

static void
add_fault(struct faults *faults, const char *path, const char *name, const char *what)
{
	struct slice head = slice_str(path), tail = slice_str(name);
	char field[256];

	if (head.n + tail.n >= sizeof(field))
		head.n = 0;
	if (head.n)
		memcpy(field, head.p, head.n);
	memcpy(field + head.n, tail.p, tail.n);
	field[head.n + tail.n] = '\0';
	fault_add(faults, field, E_VALIDATION, "%s", what);
}

static void
check_duration(struct faults *faults, const char *path, const char *name,
    struct slice duration, int64_t now)
{
	int64_t t;

	if (!duration.p)
		return;
	if (!clock_duration_valid(duration))
		add_fault(faults, path, name,
		    "A duration is a number from 1 to 9999 and d, m or y");
	else if (!clock_add(now, duration, &t))
		add_fault(faults, path, name, "The duration ends after the year 9999");
}

void
validity_check_terms(
    struct faults *faults, const char *path, const struct terms *terms, int64_t now)
{
	check_duration(faults, path, "valid_duration", terms->valid_duration, now);
	check_duration(
	    faults, path, "subscription_duration", terms->subscription_duration, now);
	check_duration(
	    faults, path, "maintenance_duration", terms->maintenance_duration, now);
	if (terms->is_floating_cloud && terms->floating_users == 0)
		add_fault(faults, path, "floating_users",
		    "A floating license needs at least one floating user");
}
