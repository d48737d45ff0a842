#include "server/policy/offline.h"

#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)

enum err
offline_age(int64_t issued_at, int64_t now, int64_t max_age)
{
	if (issued_at > now + OFFLINE_AHEAD)
		return E_OFFLINE_REQUEST_EXPIRED;
	if (max_age && issued_at < now - max_age)
		return E_OFFLINE_REQUEST_EXPIRED;
	return E_OK;
}

bool
offline_in_force(const struct issued *issued, const struct activation *a)
{
	return a && a->state == AS_ACTIVE && issued->o.id >= a->first_serial &&
	       a->serial > 0;
}

bool
offline_stands(int64_t serial, const struct activation *a)
{
	const struct issued issued = { .o = { .id = serial } };

	return offline_in_force(&issued, a) && a->revoked_at == FIELD_NONE;
}

enum err
offline_repeat(const struct offline_known *known)
{
	bool given_up =
	    known->issued->state != IS_LIVE && known->issued->state != IS_SUPERSEDED;

	if (!known->same || given_up ||
	    !offline_stands(known->issued->o.id, known->activation))
		return E_REQUEST_REPLAYED;
	return E_OK;
}

struct offline_refresh_verdict
offline_refresh(const struct offline_refresh *facts)
{
	const struct activation *a = facts->activation;
	struct offline_refresh_verdict v = { E_OK, false };

	if (facts->told == FIELD_NONE || facts->told < 1 ||
	    facts->told - OFFLINE_SEQUENCE_LEAP > a->sequence) {
		v.err = E_OBJECT_CLAIM;
		return v;
	}
	v.cloned = facts->told <= a->refreshed_from;
	if (v.cloned && facts->terms->clone_action == CLONE_REFUSE)
		v.err = E_LICENSE_DEVICE_EXISTS;
	return v;
}

int64_t
offline_next_sequence(int64_t issued, int64_t told)
{
	return (told > issued ? told : issued) + 1;
}

int64_t
offline_lease_until(int64_t so_far, const struct terms *terms, int64_t now)
{
	int64_t end = now - now % SECOND + terms->offline_lease_days * DAY;

	if (terms->offline_lease_days == 0)
		return so_far;
	return so_far == FIELD_NONE || end < so_far ? end : so_far;
}

enum err
offline_proof(const struct offline_proof *facts)
{
	if (!facts->same_device)
		return E_DEVICE_PROOF_INVALID;
	return offline_in_force(facts->issued, facts->activation) ? E_OK
	                                                          : E_LICENSE_NOT_ACTIVE;
}
