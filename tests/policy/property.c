/*
 * Random states: a trace never changes a verdict, an explained refusal names its own
 * step, and no walk of activations and releases passes the limits of license-api-v4.md
 * 5.6 and 6.4. The seed is fixed, so a failure repeats.
 */
#include "server/policy/activate.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "server/policy/consume.h"
#include "server/policy/lease.h"
#include "server/policy/release.h"

#define ROUNDS 20000
#define NOW INT64_C(1751587200000000)
#define DEVICES 5

static uint64_t seed = UINT64_C(0x2545f4914f6cdd1d);

static int64_t
pick(int64_t from, int64_t to)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return from + (int64_t)((seed >> 11) % (uint64_t)(to - from + 1));
}

static bool
coin(void)
{
	return pick(0, 1);
}

/* Around now, or none. */
static int64_t
pick_instant(void)
{
	return pick(0, 2) ? NOW + pick(-2, 2) * CLOCK_DAY : FIELD_NONE;
}

static struct slice
pick_key(void)
{
	static const char keys[2][32] = { { 1 }, { 2 } };
	int64_t i = pick(0, 3);

	return i < 2 ? slice_of(keys[i], 32) : SLICE_NULL;
}

static void
fill_license(struct license *license)
{
	struct terms *terms = &license->terms;

	license_default(license);
	license->license_enabled = pick(0, 5);
	license->start_date = pick_instant();
	license->validity_period = pick_instant();
	license->seats_used = pick(0, 3);
	license->vacant = pick(0, 3);
	license->times_activated = pick(0, license->seats_used);
	license->transfer_count = pick(0, 3);
	license->total_consumptions = pick(0, 20);
	license->period_start = NOW - pick(0, 3) * CLOCK_DAY;
	terms->license_type = (int)pick(0, LT_CONSUMPTION);
	terms->is_trial = coin();
	terms->allow_grace_period = coin();
	terms->grace_period = pick(0, 1) ? pick(0, 72) : FIELD_NONE;
	terms->max_activations = pick(0, 3);
	terms->allow_unlimited_activations = !pick(0, 4);
	terms->max_transfers = pick(-1, 3);
	terms->prevent_vm = coin();
	terms->allow_offline_activation = coin();
	terms->reject_reactivation = !pick(0, 3);
	terms->clone_action = (int)pick(0, 1);
	terms->is_floating_cloud = coin();
	terms->floating_users = pick(0, 3);
	terms->max_consumptions = pick(0, 20);
	terms->allow_unlimited_consumptions = !pick(0, 4);
	terms->allow_negative_consumptions = coin();
	terms->allow_overages = coin();
	terms->max_overages = pick(0, 5);
	terms->reset_consumption = coin();
	terms->consumption_period = (int)pick(-1, PERIOD_ANNUALLY);
}

static void
fill_row(struct activation *a)
{
	field_clear(&activation_table, a);
	a->state = (int)pick(AS_INACTIVE, AS_ACTIVE);
	a->vacant_since = a->state == AS_INACTIVE ? pick_instant() : FIELD_NONE;
	a->user_id = coin() ? pick(1, 2) : FIELD_NONE;
	a->device_key = pick_key();
	a->offline = coin();
	a->lease_until = pick_instant();
	a->cloned = coin();
	a->revoked_at = pick(0, 3) ? FIELD_NONE : NOW;
	a->floating_until = pick_instant();
	a->borrowed_until = pick_instant();
}

static bool
trace_agrees(const struct trace *trace, enum err e, int decided_by)
{
	enum err first = E_OK;

	for (size_t i = 0; i < trace->n && !first; i++)
		if (!trace->step[i].ok) {
			first = trace->step[i].code;
			if (decided_by >= 0 && (int)trace->step[i].n != decided_by)
				return false;
		}
	return first == e && trace->n <= TRACE_MAX &&
	       (decided_by < 0 || trace->decided_by == decided_by);
}

static bool
check_activate(const struct license *license, const struct activation *row)
{
	struct assignment mine = { .max_activations = pick(0, 2),
		.allow_unlimited_activations = coin(),
		.total_activations = pick(0, 2) };
	bool user = coin();
	struct activate_facts facts = { .now = NOW,
		.offline = coin(),
		.license = license,
		.activation = pick(0, 3) ? row : NULL,
		.blacklisted = !pick(0, 5),
		.is_vm = coin(),
		.user_id = user ? pick(1, 2) : FIELD_NONE,
		.assignment = user ? &mine : NULL,
		.device_key = pick_key() };
	struct trace trace = { 0 };
	struct activate_verdict a = activate_decide(&facts, NULL);
	struct activate_verdict b = activate_decide(&facts, &trace);

	return a.err == b.err && a.decided_by == b.decided_by && a.source == b.source &&
	       a.adopt == b.adopt && a.bind_key == b.bind_key &&
	       (a.err == E_OK) == (a.source != SEAT_NONE) &&
	       (a.err == E_OK) == (a.decided_by == 0) &&
	       trace_agrees(&trace, a.err, a.decided_by);
}

static bool
check_holder(const struct license *license, const struct activation *row)
{
	struct holder_facts facts = { .now = NOW,
		.license = license,
		.activation = pick(0, 3) ? row : NULL,
		.blacklisted = !pick(0, 5),
		.user_id = coin() ? pick(1, 2) : FIELD_NONE };
	struct trace one = { 0 }, two = { 0 };
	struct slice key = pick_key();
	int a, b, c, d;
	enum err ea = holder_decide(&facts, NULL, &a);
	enum err eb = holder_decide(&facts, &one, &b);
	enum err ec = release_decide(&facts, key, NULL, &c);
	enum err ed = release_decide(&facts, key, &two, &d);

	return ea == eb && a == b && ec == ed && c == d && (!ea || ea == ec) &&
	       trace_agrees(&one, ea, a) && trace_agrees(&two, ec, c);
}

static bool
check_floating(const struct license *license, const struct activation *row)
{
	struct lease_facts facts = { .now = NOW,
		.license = license,
		.activation = row,
		.in_force = pick(0, 3),
		.read_only = !pick(0, 3) };
	struct trace trace = { 0 };
	struct lease_verdict a = lease_check(&facts, NULL);
	struct lease_verdict b = lease_check(&facts, &trace);

	return a.err == b.err && a.write == b.write &&
	       a.floating_until == b.floating_until && trace_agrees(&trace, a.err, -1);
}

static bool
check_consume(const struct license *license)
{
	struct consume_facts facts = { .now = NOW, .license = license };
	struct consume_request request = { .amount = pick(-10, 30),
		.has_overages = coin(),
		.overages = coin(),
		.has_max_overages = coin(),
		.max_overages = pick(0, 5),
		.may_set = coin() };
	struct meter a = meter_of_license(license), b = a, before = a;
	struct trace one = { 0 }, two = { 0 };
	enum err ea = consume_add(&a, &request, NULL);
	enum err eb = consume_add(&b, &request, &one);
	enum err ec = consume_allowed(&facts, NULL);
	enum err ed = consume_allowed(&facts, &two);

	if (ea && a.total != before.total)
		return false;
	return ea == eb && a.total == b.total && a.overages == b.overages &&
	       a.max_overages == b.max_overages && a.total >= 0 && ec == ed &&
	       trace_agrees(&one, ea, -1) && trace_agrees(&two, ec, -1);
}

static void
take_seat(
    struct license *license, struct activation *row, size_t i, enum seat_source source)
{
	struct activation *oldest = NULL;

	for (size_t k = 0; k < DEVICES; k++)
		if (row[k].vacant_since != FIELD_NONE &&
		    (!oldest || row[k].vacant_since < oldest->vacant_since))
			oldest = &row[k];
	if (source == SEAT_TRANSFER && oldest) {
		oldest->vacant_since = FIELD_NONE;
		license->vacant--;
		license->transfer_count++;
	}
	if (row[i].vacant_since != FIELD_NONE)
		license->vacant--;
	row[i].vacant_since = FIELD_NONE;
	row[i].state = AS_ACTIVE;
	license->seats_used++;
}

/* A life of one license: limits hold after every step. */
static bool
check_life(void)
{
	struct activation row[DEVICES];
	struct license license;

	license_default(&license);
	license.terms.max_activations = pick(1, 3);
	license.terms.max_transfers = pick(-1, 2);
	for (size_t i = 0; i < DEVICES; i++)
		field_clear(&activation_table, &row[i]);
	for (int64_t t = 0; t < 30; t++) {
		size_t i = (size_t)pick(0, DEVICES - 1);
		enum seat_source source;

		if (row[i].state == AS_ACTIVE && coin()) {
			row[i].state = AS_INACTIVE;
			row[i].vacant_since = t;
			license.seats_used--;
			license.vacant++;
		} else if (!activate_find_seat(&license, &row[i], &source) &&
			   source != SEAT_KEPT) {
			take_seat(&license, row, i, source);
		}
		if (license.seats_used > license.terms.max_activations ||
		    license.seats_used + license.vacant > license.terms.max_activations ||
		    license.vacant < 0)
			return false;
		if (license.terms.max_transfers != 0 &&
		    license.transfer_count > (license.terms.max_transfers < 0
						     ? 0
						     : license.terms.max_transfers))
			return false;
	}
	return true;
}

int
main(void)
{
	int failed = 0;

	for (int i = 0; i < ROUNDS && failed < 10; i++) {
		struct license license;
		struct activation row;

		fill_license(&license);
		fill_row(&row);
		if (!check_activate(&license, &row) || !check_holder(&license, &row) ||
		    !check_floating(&license, &row) || !check_consume(&license) ||
		    !check_life()) {
			fprintf(stderr, "round %d: the trace or a limit is wrong\n", i);
			failed++;
		}
	}
	printf("%d rounds, %d failed\n", ROUNDS, failed);
	return failed ? 1 : 0;
}
