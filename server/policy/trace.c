#include "server/policy/trace.h"

static const struct {
	enum step_number n;
	const char *rule;
} rules[] = {
	{ STEP_ENABLED, "enabled" },
	{ STEP_BLACKLIST, "blacklist" },
	{ STEP_START_DATE, "start_date" },
	{ STEP_EXPIRY, "expiry" },
	{ STEP_VM, "vm" },
	{ STEP_OFFLINE, "offline" },
	{ STEP_EXISTING, "existing_activation" },
	{ STEP_TRANSFERS, "transfers" },
	{ STEP_MAX_ACTIVATIONS, "max_activations" },
	{ STEP_USER_MAX, "user_max" },
	{ STEP_DEVICE, "device" },
	{ STEP_TYPE, "type" },
	{ STEP_FLOATING, "floating" },
	{ STEP_PROOF, "device_proof" },
	{ STEP_SIGN, "amount_sign" },
	{ STEP_LIMIT, "limit" },
};

const char *
trace_rule(enum step_number n)
{
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (rules[i].n == n)
			return rules[i].rule;
	return "";
}

bool
trace_note(
    struct trace *trace, enum err *verdict, int *decided_by, struct trace_step step)
{
	bool first = !step.ok && *verdict == E_OK;

	if (step.ok)
		step.code = E_OK;
	if (first)
		*verdict = step.code;
	if (first && decided_by)
		*decided_by = step.n;
	if (!trace)
		return !step.ok;
	if (first && !trace->decided_by)
		trace->decided_by = step.n;
	step.rule = trace_rule(step.n);
	if (trace->n < TRACE_MAX)
		trace->step[trace->n++] = step;
	return false;
}
