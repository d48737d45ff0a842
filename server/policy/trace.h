/*
 * What a decision looked at, for explain (management-api.md 9). A NULL trace: the walk
 * stops at the first refusal. With one, it goes on so that every obstacle shows; the
 * verdict is the same in both cases.
 */
#ifndef LICET_SERVER_POLICY_TRACE_H
#define LICET_SERVER_POLICY_TRACE_H

#include "base/err.h"

#define TRACE_MAX 32

/* Numbers of license-api-v4.md 7.1; D of 7.2 is STEP_DEVICE. */
enum step_number {
	STEP_ENABLED = 6,
	STEP_BLACKLIST = 7,
	STEP_START_DATE = 8,
	STEP_EXPIRY = 9,
	STEP_VM = 10,
	STEP_OFFLINE = 11,
	STEP_EXISTING = 12,
	STEP_TRANSFERS = 13,
	STEP_MAX_ACTIVATIONS = 14,
	STEP_USER_MAX = 15,
	STEP_DEVICE = 20, /* D */
	STEP_TYPE = 21,   /* license type suits the call */
	STEP_FLOATING = 22,
	STEP_PROOF = 23, /* device key of a deactivation */
	STEP_SIGN = 24,  /* negative amounts */
	STEP_LIMIT = 25  /* consumption limit */
};

struct trace_step {
	enum step_number n;
	const char *rule; /* "max_activations": stable, from one table */
	bool ok;
	enum err code;        /* E_OK when ok */
	int64_t value, limit; /* FIELD_NONE when the rule has none */
};

struct trace {
	struct trace_step step[TRACE_MAX];
	size_t n;
	int decided_by; /* step number of the first refusal, 0 when allowed */
};

/* Rule name of a step: "enabled", "blacklist", "start_date", "expiry", "vm", "offline",
 * "existing_activation", "transfers", "max_activations", "user_max", "device", "type",
 * "floating", "device_proof", "amount_sign", "limit". */
const char *trace_rule(enum step_number);

/*
 * For policy functions: notes one step and folds it into *verdict (first refusal wins).
 * True: stop now (refused, and no trace wants the rest).
 */
bool
trace_note(struct trace *, enum err *verdict, int *decided_by, struct trace_step step);

#endif
