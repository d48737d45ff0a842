#include "server/policy/release.h"

static bool
note(struct trace *trace, enum err *verdict, int *decided_by, enum step_number n,
    enum err code)
{
	return trace_note(trace, verdict, decided_by,
	    (struct trace_step){ .n = n,
		.ok = code == E_OK,
		.code = code,
		.value = FIELD_NONE,
		.limit = FIELD_NONE });
}

enum err
holder_device(const struct holder_facts *facts)
{
	const struct activation *a = facts->activation;

	if (facts->license->times_activated == 0)
		return E_LICENSE_NOT_ACTIVE;
	if (!a)
		return E_DEVICE_NOT_FOUND;
	if (facts->user_id != FIELD_NONE && a->user_id != FIELD_NONE &&
	    a->user_id != facts->user_id)
		return E_DEVICE_NOT_FOUND;
	if (a->state != AS_ACTIVE || a->revoked_at != FIELD_NONE)
		return E_LICENSE_NOT_ACTIVE;
	return E_OK;
}

enum err
holder_decide(const struct holder_facts *facts, struct trace *trace, int *decided_by)
{
	enum err verdict = E_OK;

	if (decided_by)
		*decided_by = 0;
	if (note(trace, &verdict, decided_by, STEP_ENABLED,
		facts->license->license_enabled ? E_OK : E_LICENSE_NOT_ENABLED))
		return verdict;
	if (note(trace, &verdict, decided_by, STEP_BLACKLIST,
		facts->blacklisted ? E_BLACKLISTED : E_OK))
		return verdict;
	note(trace, &verdict, decided_by, STEP_DEVICE, holder_device(facts));
	return verdict;
}

enum err
release_decide(const struct holder_facts *facts, struct slice device_key,
    struct trace *trace, int *decided_by)
{
	const struct activation *a = facts->activation;
	enum err verdict = holder_decide(facts, trace, decided_by);
	bool good;

	if ((verdict && !trace) || !a || a->state != AS_ACTIVE)
		return verdict;
	good = !a->device_key.n || !release_lease_live(a, facts->now) ||
	       slice_equal(a->device_key, device_key);
	note(trace, &verdict, decided_by, STEP_PROOF,
	    good ? E_OK : E_DEVICE_PROOF_INVALID);
	return verdict;
}

bool
release_lease_live(const struct activation *a, int64_t now)
{
	return a->state == AS_ACTIVE && a->offline &&
	       (a->lease_until == FIELD_NONE || a->lease_until > now);
}

enum err
release_by_staff(const struct activation *a, int64_t now, bool force)
{
	if (a->state == AS_INACTIVE)
		return E_WRONG_STATE;
	return release_lease_live(a, now) && !force ? E_OFFLINE_LEASE_LIVE : E_OK;
}
