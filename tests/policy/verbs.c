#include "tests/policy/verbs.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "server/policy/lease.h"
#include "server/policy/permit.h"
#include "server/policy/release.h"
#include "server/policy/validity.h"

static bool seen[E_MAX];

bool
verb_err_seen(enum err e)
{
	return seen[e];
}

void
verb_answer(struct world *w, enum err e)
{
	seen[e] = true;
	world_say_err(w, "answer", e);
}

static const char *
seat_name(enum seat_source source)
{
	static const char *const texts[] = { [SEAT_NONE] = "none",
		[SEAT_KEPT] = "kept",
		[SEAT_RESERVED] = "reserved",
		[SEAT_OWN] = "own",
		[SEAT_FRESH] = "fresh",
		[SEAT_TRANSFER] = "transfer" };

	return texts[source];
}

static struct activate_facts
activation_call(const struct world *w)
{
	return (struct activate_facts){ .now = w->now,
		.offline = w->offline,
		.refresh = w->refresh,
		.license = &w->license,
		.activation = w->has_row ? &w->row : NULL,
		.blacklisted = w->blacklisted,
		.device_unfit = w->device_unfit,
		.is_vm = w->is_vm,
		.user_id = w->user_id,
		.assignment = w->has_user ? &w->assignment : NULL,
		.device_key = w->key };
}

static struct holder_facts
holder_call(const struct world *w)
{
	return (struct holder_facts){ .now = w->now,
		.license = &w->license,
		.activation = w->has_row ? &w->row : NULL,
		.blacklisted = w->blacklisted,
		.user_id = w->user_id };
}

static void
run_activate(struct world *w)
{
	struct activate_facts facts = activation_call(w);
	struct activate_verdict v = activate_decide(&facts, NULL);

	verb_answer(w, v.err);
	world_say_int(w, "step", v.decided_by);
	world_say(w, "seat", seat_name(v.source));
	world_say_bool(w, "adopts", v.adopt);
	world_say_bool(w, "binds", v.bind_key);
}

/* Words joined by blanks, as many as fit. */
static void
add_word(char text[WORLD_TEXT], const char *word)
{
	size_t n = strlen(text);

	snprintf(text + n, WORLD_TEXT - n, "%s%s", n ? " " : "", word);
}

/* Every step that was looked at by its number, every obstacle by its rule. */
static void
run_explain(struct world *w)
{
	struct activate_facts facts = activation_call(w);
	struct trace trace = { 0 };
	char obstacles[WORLD_TEXT] = "", steps[WORLD_TEXT] = "", number[12];

	verb_answer(w, activate_decide(&facts, &trace).err);
	world_say_int(w, "step", trace.decided_by);
	for (size_t i = 0; i < trace.n; i++) {
		snprintf(number, sizeof(number), "%d", (int)trace.step[i].n);
		add_word(steps, number);
		if (!trace.step[i].ok)
			add_word(obstacles, trace.step[i].rule);
	}
	world_say(w, "obstacles", obstacles[0] ? obstacles : "none");
	world_say(w, "looks at", steps);
}

static void
run_seat(struct world *w)
{
	enum seat_source source;

	verb_answer(
	    w, activate_find_seat(&w->license, w->has_row ? &w->row : NULL, &source));
	world_say(w, "seat", seat_name(source));
}

static void
run_check(struct world *w)
{
	struct holder_facts facts = holder_call(w);
	int step;

	verb_answer(w, holder_decide(&facts, NULL, &step));
	world_say_int(w, "step", step);
}

static void
run_deactivate(struct world *w)
{
	struct holder_facts facts = holder_call(w);
	int step;

	verb_answer(w, release_decide(&facts, w->key, NULL, &step));
	world_say_int(w, "step", step);
}

static void
run_staff(struct world *w)
{
	world_say_bool(w, "lease is live", release_lease_live(&w->row, w->now));
	verb_answer(w, release_by_staff(&w->row, w->now, w->force));
}

static void
run_validity(struct world *w)
{
	world_say_instant(w, "ends", validity_end(&w->license), "never");
	world_say_bool(w, "expired", validity_expired(&w->license, w->now));
	world_say(w, "status",
	    names_get(&license_status_names, (int)validity_status(&w->license, w->now)));
	world_say_bool(w, "feature expired", feature_expired(&w->feature, w->now));
}

static void
run_first(struct world *w)
{
	w->license.first_activated_at = FIELD_NONE;
	validity_first_activation(&w->license, w->now);
	validity_first_feature(&w->feature, w->now);
	world_say_instant(w, "valid until", w->license.validity_period, "unset");
	world_say_instant(w, "versions until", w->license.maintenance_period, "unset");
	world_say_instant(w, "new feature end", w->feature.expiry_date, "unset");
}

static void
run_terms(struct world *w)
{
	struct faults faults = { .arena = w->arena };
	char text[WORLD_TEXT] = "";

	validity_check_terms(&faults, "terms.", &w->license.terms, w->now);
	for (size_t i = 0; i < faults.n; i++)
		add_word(text, faults.item[i].field);
	world_say(w, "faults", text[0] ? text : "none");
	verb_answer(w, fault_first(&faults));
}

static void
run_floating(struct world *w)
{
	struct lease_facts facts = { .now = w->now,
		.license = &w->license,
		.activation = &w->row,
		.in_force = w->in_force,
		.read_only = w->read_only };
	struct lease_verdict v = lease_check(&facts, NULL);

	world_say_bool(w, "held before", lease_held(&w->row, w->now));
	verb_answer(w, v.err);
	world_say_instant(w, "written", v.write ? v.floating_until : FIELD_NONE, "no");
}

static void
say_meter(struct world *w, const struct meter *meter)
{
	meter_to_license(meter, &w->license);
	world_say_int(w, "new total", w->license.total_consumptions);
	world_say_instant(w, "new start", w->license.period_start, "none");
	world_say_bool(w, "new overages", w->license.terms.allow_overages);
	world_say_int(w, "new max overages", w->license.terms.max_overages);
}

static void
run_consume(struct world *w)
{
	struct meter meter = meter_of_license(&w->license);

	world_say_bool(w, "rolls", consume_roll(&meter, w->now));
	verb_answer(w, consume_add(&meter, &w->consume, NULL));
	say_meter(w, &meter);
}

static void
run_final(struct world *w)
{
	struct meter meter = meter_of_license(&w->license);
	int64_t excess;

	verb_answer(w, consume_final(&meter, w->consume.amount, &excess));
	say_meter(w, &meter);
	world_say_int(w, "cut off", excess);
}

static void
run_may_consume(struct world *w)
{
	struct consume_facts facts = { .now = w->now, .license = &w->license };

	verb_answer(w, consume_allowed(&facts, NULL));
}

static void
run_bundle(struct world *w)
{
	enum err e;
	int i = bundle_first_refusal(w->part, w->n_parts, &e);

	verb_answer(w, e);
	world_say(w, "decides", i < 0 ? "none" : w->part_name[i]);
}

static void
run_bundle_off(struct world *w)
{
	int i;

	verb_answer(w, bundle_release(w->part, w->n_parts, w->own_device, &i));
	world_say(w, "decides", i < 0 ? "none" : w->part_name[i]);
}

static void
run_permission(struct world *w)
{
	struct permit_set set = permit_of_role(ROLE_OWNER);
	struct slice rest = w->permissions, names[8];
	enum permission p = permit_find(w->asks);
	size_t n = 0;

	while (rest.p && n < ARRAY_LEN(names))
		names[n++] = slice_cut(&rest, ' ');
	set = permit_narrow(set, names, n);
	world_say(w, "name", permit_name(p));
	world_say_bool(w, "known", p < PERM_MAX);
	world_say_bool(w, "allowed", p < PERM_MAX && permit_allows(&set, p));
}

static void
vacate_oldest(struct world *w)
{
	struct activation *oldest = NULL;

	for (size_t i = 0; i < WORLD_DEVICES; i++) {
		struct activation *a = &w->device[i];

		if (a->vacant_since != FIELD_NONE &&
		    (!oldest || a->vacant_since < oldest->vacant_since))
			oldest = a;
	}
	if (!oldest)
		return;
	oldest->vacant_since = FIELD_NONE;
	w->license.vacant--;
	w->license.transfer_count++;
}

static enum err
switch_on(struct world *w, struct activation *a)
{
	struct activate_facts facts = activation_call(w);
	struct activate_verdict v;

	facts.activation = a;
	v = activate_decide(&facts, NULL);
	if (v.err || v.source == SEAT_KEPT)
		return v.err;
	if (v.source == SEAT_TRANSFER)
		vacate_oldest(w);
	if (a->vacant_since != FIELD_NONE)
		w->license.vacant--;
	a->vacant_since = FIELD_NONE;
	a->state = AS_ACTIVE;
	w->license.seats_used++;
	w->license.times_activated++;
	return E_OK;
}

static enum err
switch_off(struct world *w, struct activation *a)
{
	struct holder_facts facts = holder_call(w);
	enum err e;

	facts.activation = a;
	e = release_decide(&facts, SLICE_NULL, NULL, NULL);
	if (e)
		return e;
	a->state = AS_INACTIVE;
	w->license.seats_used--;
	w->license.times_activated--;
	if (!w->license.terms.allow_unlimited_activations) {
		a->vacant_since = w->now;
		w->license.vacant++;
	}
	return E_OK;
}

static void
say_step(const struct world *w, enum err e, char text[WORLD_TEXT])
{
	seen[e] = true;
	switch (e) {
	case E_OK:
		snprintf(
		    text, WORLD_TEXT, "ok %lld", (long long)w->license.transfer_count);
		break;
	case E_LICENSE_TRANSFERRED_MAX_TIMES:
		snprintf(text, WORLD_TEXT, "TR");
		break;
	case E_LICENSE_ACTIVATED_MAX_TIMES:
		snprintf(text, WORLD_TEXT, "MAX");
		break;
	case E_LICENSE_NOT_ACTIVE:
		snprintf(text, WORLD_TEXT, "-");
		break;
	default:
		snprintf(text, WORLD_TEXT, "%s", err_code(e));
	}
}

/* "A on", "C off". */
static bool
step_device(struct world *w, const char *column, char text[WORLD_TEXT])
{
	struct slice name = slice_str(column);
	struct activation *a;
	bool on = slice_ends(name, SLICE(" on"));

	if (!on && !slice_ends(name, SLICE(" off")))
		return false;
	if (!name.p || name.p[0] < 'A' || name.p[0] >= 'A' + WORLD_DEVICES)
		return false;
	a = &w->device[name.p[0] - 'A'];
	w->now += CLOCK_DAY;
	say_step(w, on ? switch_on(w, a) : switch_off(w, a), text);
	return true;
}

static const struct verb verbs[] = {
	{ "activate", run_activate, NULL },
	{ "explain", run_explain, NULL },
	{ "take a seat", run_seat, NULL },
	{ "devices in turn", NULL, step_device },
	{ "check", run_check, NULL },
	{ "deactivate", run_deactivate, NULL },
	{ "staff release", run_staff, NULL },
	{ "validity", run_validity, NULL },
	{ "first activation", run_first, NULL },
	{ "terms", run_terms, NULL },
	{ "floating check", run_floating, NULL },
	{ "consume", run_consume, NULL },
	{ "consume at the end", run_final, NULL },
	{ "may consume", run_may_consume, NULL },
	{ "bundle", run_bundle, NULL },
	{ "bundle deactivation", run_bundle_off, NULL },
	{ "permission", run_permission, NULL },
	{ "offline age", verb_offline_age, NULL },
	{ "offline repeat", verb_offline_repeat, NULL },
	{ "offline stands", verb_offline_stands, NULL },
	{ "offline refresh", verb_offline_refresh, NULL },
	{ "offline lease", verb_offline_lease, NULL },
	{ "offline sequence", verb_offline_sequence, NULL },
	{ "offline proof", verb_offline_proof, NULL },
};

const struct verb *
verb_find(struct slice name)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (slice_is(name, verbs[i].name))
			return &verbs[i];
	return NULL;
}
