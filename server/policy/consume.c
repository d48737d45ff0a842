#include "server/policy/consume.h"

#include "base/clock.h"
#include "server/policy/validity.h"

#define TOTAL_MAX INT64_C(9007199254740991)

struct meter
meter_of_license(const struct license *license)
{
	const struct terms *terms = &license->terms;

	return (struct meter){
		.max = terms->max_consumptions,
		.total = license->total_consumptions,
		.unlimited = terms->allow_unlimited_consumptions,
		.negative = terms->allow_negative_consumptions,
		.overages = terms->allow_overages,
		.max_overages = terms->max_overages,
		.reset = terms->reset_consumption,
		.period = terms->consumption_period,
		.period_start = license->period_start,
	};
}

void
meter_to_license(const struct meter *meter, struct license *license)
{
	license->total_consumptions = meter->total;
	license->period_start = meter->period_start;
	license->terms.allow_overages = meter->overages;
	license->terms.max_overages = meter->max_overages;
}

struct meter
meter_of_feature(const struct license_feature *feature)
{
	const struct feature_terms *terms = &feature->terms;

	return (struct meter){
		.max = terms->max_consumption,
		.total = feature->total_consumptions,
		.unlimited = terms->allow_unlimited_consumptions,
		.negative = terms->allow_negative_consumptions,
		.overages = terms->allow_overages,
		.max_overages = terms->max_overages,
		.reset = terms->reset_consumption,
		.period = terms->consumption_period,
		.period_start = feature->period_start,
	};
}

void
meter_to_feature(const struct meter *meter, struct license_feature *feature)
{
	feature->total_consumptions = meter->total;
	feature->period_start = meter->period_start;
}

bool
consume_roll(struct meter *meter, int64_t now)
{
	int64_t boundary;

	if (!meter->reset || meter->period < 0)
		return false;
	boundary = clock_period_start(now, (enum clock_period)meter->period);
	if (meter->period_start >= boundary)
		return false;
	meter->total = 0;
	meter->period_start = boundary;
	return true;
}

/* Highest total that may be reached by adding, FIELD_NONE when there is no cap. */
static int64_t
meter_cap(const struct meter *meter)
{
	if (meter->unlimited || (meter->overages && meter->max_overages == 0))
		return FIELD_NONE;
	return meter->max + (meter->overages ? meter->max_overages : 0);
}

static bool
amount_valid(int64_t amount)
{
	return amount >= -MAX_CONSUMPTION_STEP && amount <= MAX_CONSUMPTION_STEP;
}

static bool
total_allowed(int64_t total, int64_t cap)
{
	return total <= TOTAL_MAX && (cap == FIELD_NONE || total <= cap);
}

enum err
consume_add(
    struct meter *meter, const struct consume_request *request, struct trace *trace)
{
	struct meter m = *meter;
	int64_t amount = request->amount, total, cap;
	enum err verdict = E_OK;

	if (!amount_valid(amount))
		return E_VALIDATION;
	if (request->has_max_overages &&
	    (request->max_overages < 0 || request->max_overages > TOTAL_MAX))
		return E_VALIDATION;
	if (request->may_set && request->has_overages)
		m.overages = request->overages;
	if (request->may_set && request->has_max_overages)
		m.max_overages = request->max_overages;
	if (trace_note(trace, &verdict, NULL,
		(struct trace_step){ .n = STEP_SIGN,
		    .ok = amount >= 0 || m.negative,
		    .code = E_NEGATIVE_CONSUMPTION_NOT_ALLOWED,
		    .value = amount,
		    .limit = FIELD_NONE }))
		return verdict;
	total = m.total + amount;
	m.total = total > 0 ? total : 0;
	cap = meter_cap(&m);
	trace_note(trace, &verdict, NULL,
	    (struct trace_step){ .n = STEP_LIMIT,
		.ok = amount <= 0 || total_allowed(total, cap),
		.code = E_LICENSE_NOT_ENOUGH_CONSUMPTIONS,
		.value = m.total,
		.limit = cap });
	if (verdict == E_OK)
		*meter = m;
	return verdict;
}

enum err
consume_final(struct meter *meter, int64_t amount, int64_t *excess)
{
	int64_t cap = meter_cap(meter), asked, total;

	*excess = 0;
	if (!amount_valid(amount))
		return E_VALIDATION;
	if (amount < 0)
		return E_NEGATIVE_CONSUMPTION_NOT_ALLOWED;
	if (cap == FIELD_NONE || cap > TOTAL_MAX)
		cap = TOTAL_MAX;
	asked = meter->total + amount;
	total = asked < cap ? asked : cap;
	if (total < meter->total)
		total = meter->total;
	*excess = asked - total;
	meter->total = total;
	return E_OK;
}

enum err
consume_allowed(const struct consume_facts *facts, struct trace *trace)
{
	const struct license *license = facts->license;
	enum err verdict = E_OK;

	if (trace_note(trace, &verdict, NULL,
		(struct trace_step){ .n = STEP_TYPE,
		    .ok = license->terms.license_type == LT_CONSUMPTION,
		    .code = E_LICENSE_NOT_CONSUMPTION,
		    .value = FIELD_NONE,
		    .limit = FIELD_NONE }))
		return verdict;
	trace_note(trace, &verdict, NULL,
	    (struct trace_step){ .n = STEP_EXPIRY,
		.ok = !validity_expired(license, facts->now),
		.code = E_LICENSE_EXPIRED,
		.value = facts->now,
		.limit = validity_end(license) });
	return verdict;
}
