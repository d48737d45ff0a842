#include "server/policy/activate.h"

#include "server/policy/validity.h"

struct walk {
	const struct activate_facts *facts;
	struct trace *trace;
	struct activate_verdict verdict;
};

static bool
note(struct walk *w, enum step_number n, bool ok, enum err code)
{
	return trace_note(w->trace, &w->verdict.err, &w->verdict.decided_by,
	    (struct trace_step){ .n = n,
		.ok = ok,
		.code = code,
		.value = FIELD_NONE,
		.limit = FIELD_NONE });
}

static bool
note_limit(struct walk *w, struct trace_step step)
{
	return trace_note(w->trace, &w->verdict.err, &w->verdict.decided_by, step);
}

static bool
is_state(const struct activation *activation, enum activation_state state)
{
	return activation && activation->state == (int)state;
}

/* Steps 6-9: what no device can change. True: stop. */
static bool
walk_license(struct walk *w)
{
	const struct license *license = w->facts->license;
	int64_t now = w->facts->now, start = license->start_date;

	return note(w, STEP_ENABLED, license->license_enabled, E_LICENSE_NOT_ENABLED) ||
	       note(w, STEP_BLACKLIST, !w->facts->blacklisted, E_BLACKLISTED) ||
	       note_limit(w, (struct trace_step){ .n = STEP_START_DATE,
				 .ok = start == FIELD_NONE || now >= start,
				 .code = E_LICENSE_START_DATE,
				 .value = now,
				 .limit = start }) ||
	       note_limit(w, (struct trace_step){ .n = STEP_EXPIRY,
				 .ok = !validity_expired(license, now),
				 .code = E_LICENSE_EXPIRED,
				 .value = now,
				 .limit = validity_end(license) });
}

/* Steps 10 and 11. True: stop. */
static bool
walk_machine(struct walk *w)
{
	const struct terms *terms = &w->facts->license->terms;

	if (note(w, STEP_VM, !(terms->prevent_vm && w->facts->is_vm), E_VM_NOT_ALLOWED))
		return true;
	if (!w->facts->offline)
		return false;
	return note(w, STEP_OFFLINE, terms->allow_offline_activation,
		   E_OFFLINE_ACTIVATION_NOT_ALLOWED) ||
	       note(w, STEP_OFFLINE, !terms->is_floating_cloud,
		   E_OFFLINE_FLOATING_CLOUD_NOT_SUPPORTED);
}

/* Step 12 for an active one: this caller may take it up again. */
static bool
may_resume(const struct activate_facts *facts)
{
	const struct activation *a = facts->activation;
	const struct terms *terms = &facts->license->terms;
	bool revoked = a->revoked_at != FIELD_NONE;
	bool same_key = slice_equal(a->device_key, facts->device_key);

	if (a->user_id != FIELD_NONE && facts->user_id != FIELD_NONE &&
	    a->user_id != facts->user_id)
		return false;
	if ((a->device_key.n || facts->refresh) && !same_key)
		return false;
	if (a->cloned && terms->clone_action == CLONE_REFUSE)
		return false;
	return revoked || facts->refresh || !terms->reject_reactivation;
}

/* Step 15. True: stop. */
static bool
walk_user(struct walk *w)
{
	const struct assignment *mine = w->facts->assignment;

	if (!mine || w->facts->user_id == FIELD_NONE)
		return false;
	return note_limit(
	    w, (struct trace_step){ .n = STEP_USER_MAX,
		   .ok = mine->allow_unlimited_activations ||
	                 mine->total_activations < mine->max_activations,
		   .code = E_LICENSE_USER_ACTIVATED_MAX_TIMES,
		   .value = mine->total_activations,
		   .limit = mine->allow_unlimited_activations ? FIELD_NONE
	                                                      : mine->max_activations });
}

static void
walk_active(struct walk *w)
{
	const struct activation *a = w->facts->activation;

	w->verdict.source = SEAT_KEPT;
	w->verdict.bind_key = !a->device_key.n && w->facts->device_key.n;
	w->verdict.adopt = a->user_id == FIELD_NONE && w->facts->user_id != FIELD_NONE;
	if (note(w, STEP_EXISTING, may_resume(w->facts), E_LICENSE_DEVICE_EXISTS))
		return;
	if (w->verdict.adopt)
		walk_user(w);
}

/* Steps 13-15 for a device that is not active. */
static void
walk_seat(struct walk *w)
{
	const struct license *license = w->facts->license;
	const struct terms *terms = &license->terms;
	enum err e;

	w->verdict.bind_key = true;
	e = activate_find_seat(license, w->facts->activation, &w->verdict.source);
	if ((e == E_LICENSE_TRANSFERRED_MAX_TIMES ||
		w->verdict.source == SEAT_TRANSFER) &&
	    note_limit(w, (struct trace_step){ .n = STEP_TRANSFERS,
			      .ok = e == E_OK,
			      .code = e,
			      .value = license->transfer_count,
			      .limit = terms->max_transfers }))
		return;
	if (w->verdict.source != SEAT_RESERVED && !terms->allow_unlimited_activations &&
	    note_limit(w, (struct trace_step){ .n = STEP_MAX_ACTIVATIONS,
			      .ok = e != E_LICENSE_ACTIVATED_MAX_TIMES,
			      .code = e,
			      .value = license->seats_used,
			      .limit = terms->max_activations }))
		return;
	walk_user(w);
}

/* Step 12 of a refresh, which is for a seat that this device holds. True: stop. */
static bool
walk_refresh(struct walk *w)
{
	const struct activation *a = w->facts->activation;
	bool held = is_state(a, AS_ACTIVE) && a->revoked_at == FIELD_NONE;

	return w->facts->refresh && note(w, STEP_EXISTING, held,
					a ? E_LICENSE_NOT_ACTIVE : E_DEVICE_NOT_FOUND);
}

/* Steps 12-15. */
static void
walk_device(struct walk *w)
{
	if (w->facts->device_unfit && note(w, STEP_EXISTING, false, E_DEVICE_NOT_FOUND))
		return;
	if (walk_refresh(w))
		return;
	if (is_state(w->facts->activation, AS_ACTIVE))
		walk_active(w);
	else
		walk_seat(w);
}

struct activate_verdict
activate_decide(const struct activate_facts *facts, struct trace *trace)
{
	struct walk w = { .facts = facts, .trace = trace };

	if (!walk_license(&w) && !walk_machine(&w))
		walk_device(&w);
	if (w.verdict.err) {
		w.verdict.source = SEAT_NONE;
		w.verdict.adopt = false;
		w.verdict.bind_key = false;
	}
	return w.verdict;
}

static bool
transfers_spent(const struct license *license)
{
	int64_t max = license->terms.max_transfers;

	return max < 0 || (max > 0 && license->transfer_count >= max);
}

enum err
activate_find_seat(const struct license *license, const struct activation *activation,
    enum seat_source *source)
{
	const struct terms *terms = &license->terms;

	*source = SEAT_NONE;
	if (is_state(activation, AS_ACTIVE))
		*source = SEAT_KEPT;
	else if (is_state(activation, AS_RESERVED))
		*source = SEAT_RESERVED;
	else if (terms->allow_unlimited_activations)
		*source = SEAT_FRESH;
	else if (license->seats_used >= terms->max_activations)
		return E_LICENSE_ACTIVATED_MAX_TIMES;
	else if (activation && activation->vacant_since != FIELD_NONE)
		*source = SEAT_OWN;
	else if (license->seats_used + license->vacant < terms->max_activations)
		*source = SEAT_FRESH;
	else if (transfers_spent(license))
		return E_LICENSE_TRANSFERRED_MAX_TIMES;
	else
		*source = SEAT_TRANSFER;
	return E_OK;
}
