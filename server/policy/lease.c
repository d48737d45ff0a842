#include "server/policy/lease.h"

#include "base/clock.h"
#include "server/policy/validity.h"

bool
lease_held(const struct activation *activation, int64_t now)
{
	return activation && activation_seat_until(activation) > now;
}

static enum err
seat_refusal(const struct lease_facts *facts)
{
	if (lease_held(facts->activation, facts->now))
		return E_OK;
	if (facts->read_only)
		return E_READ_ONLY_API_KEY;
	return facts->in_force >= facts->license->terms.floating_users
	           ? E_FLOATING_NOT_AVAILABLE
	           : E_OK;
}

struct lease_verdict
lease_check(const struct lease_facts *facts, struct trace *trace)
{
	const struct terms *terms = &facts->license->terms;
	struct lease_verdict verdict = { .floating_until = FIELD_NONE };
	enum err refusal;

	if (!terms->is_floating_cloud || validity_expired(facts->license, facts->now))
		return verdict;
	refusal = seat_refusal(facts);
	trace_note(trace, &verdict.err, NULL,
	    (struct trace_step){ .n = STEP_FLOATING,
		.ok = refusal == E_OK,
		.code = refusal,
		.value = facts->in_force,
		.limit = terms->floating_users });
	if (verdict.err || facts->read_only)
		return verdict;
	verdict.write = true;
	verdict.floating_until = facts->now + terms->floating_timeout * CLOCK_MINUTE;
	return verdict;
}
