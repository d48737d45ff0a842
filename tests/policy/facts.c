#include "tests/policy/world.h"

#include <string.h>

#include "base/clock.h"

enum kind {
	BOOLEAN, /* yes, no */
	NUMBER,
	INSTANT,
	TEXT,
	NAME,     /* of names */
	NUMBER_OR /* a number, or the word, which sets `also` */
};

struct fact {
	const char *column;
	enum kind kind;
	size_t at;
	const struct names *names;
	const char *word;
	size_t also;
};

#define AT(member) offsetof(struct world, member)
#define T(member) offsetof(struct world, license.terms.member)

static const struct fact facts[] = {
	{ "now", INSTANT, AT(now), NULL, NULL, 0 },
	{ "type", NAME, T(license_type), &license_type_names, NULL, 0 },
	{ "enabled", BOOLEAN, AT(license.license_enabled), NULL, NULL, 0 },
	{ "start", INSTANT, AT(license.start_date), NULL, NULL, 0 },
	{ "until", INSTANT, AT(license.validity_period), NULL, NULL, 0 },
	{ "maintenance until", INSTANT, AT(license.maintenance_period), NULL, NULL, 0 },
	{ "has grace", BOOLEAN, T(allow_grace_period), NULL, NULL, 0 },
	{ "grace hours", NUMBER, T(grace_period), NULL, NULL, 0 },
	{ "trial", BOOLEAN, T(is_trial), NULL, NULL, 0 },
	{ "trial days", NUMBER, T(trial_days), NULL, NULL, 0 },
	{ "duration", TEXT, T(valid_duration), NULL, NULL, 0 },
	{ "subscription", TEXT, T(subscription_duration), NULL, NULL, 0 },
	{ "has maintenance", BOOLEAN, T(enable_maintenance_period), NULL, NULL, 0 },
	{ "maintenance", TEXT, T(maintenance_duration), NULL, NULL, 0 },
	{ "seats", NUMBER_OR, T(max_activations), NULL, "unlimited",
	    T(allow_unlimited_activations) },
	{ "used", NUMBER, AT(license.seats_used), NULL, NULL, 0 },
	{ "active devices", NUMBER, AT(license.times_activated), NULL, NULL, 0 },
	{ "vacated", NUMBER, AT(license.vacant), NULL, NULL, 0 },
	{ "max transfers", NUMBER, T(max_transfers), NULL, NULL, 0 },
	{ "transfers", NUMBER, AT(license.transfer_count), NULL, NULL, 0 },
	{ "prevent VM", BOOLEAN, T(prevent_vm), NULL, NULL, 0 },
	{ "offline allowed", BOOLEAN, T(allow_offline_activation), NULL, NULL, 0 },
	{ "no reactivation", BOOLEAN, T(reject_reactivation), NULL, NULL, 0 },
	{ "clones", NAME, T(clone_action), &clone_action_names, NULL, 0 },
	{ "floating", BOOLEAN, T(is_floating_cloud), NULL, NULL, 0 },
	{ "floating users", NUMBER, T(floating_users), NULL, NULL, 0 },
	{ "timeout minutes", NUMBER, T(floating_timeout), NULL, NULL, 0 },
	{ "max", NUMBER_OR, T(max_consumptions), NULL, "unlimited",
	    T(allow_unlimited_consumptions) },
	{ "total", NUMBER, AT(license.total_consumptions), NULL, NULL, 0 },
	{ "negative", BOOLEAN, T(allow_negative_consumptions), NULL, NULL, 0 },
	{ "overages", BOOLEAN, T(allow_overages), NULL, NULL, 0 },
	{ "max overages", NUMBER, T(max_overages), NULL, NULL, 0 },
	{ "reset", BOOLEAN, T(reset_consumption), NULL, NULL, 0 },
	{ "period", NAME, T(consumption_period), &period_names, NULL, 0 },
	{ "period start", INSTANT, AT(license.period_start), NULL, NULL, 0 },

	{ "device user", NUMBER, AT(row.user_id), NULL, NULL, 0 },
	{ "bound key", TEXT, AT(row.device_key), NULL, NULL, 0 },
	{ "on offline lease", BOOLEAN, AT(row.offline), NULL, NULL, 0 },
	{ "lease until", INSTANT, AT(row.lease_until), NULL, NULL, 0 },
	{ "cloned", BOOLEAN, AT(row.cloned), NULL, NULL, 0 },
	{ "revoked", INSTANT, AT(row.revoked_at), NULL, NULL, 0 },
	{ "row serial", NUMBER, AT(row.serial), NULL, NULL, 0 },
	{ "first serial", NUMBER, AT(row.first_serial), NULL, NULL, 0 },
	{ "sequence", NUMBER, AT(row.sequence), NULL, NULL, 0 },
	{ "refreshed from", NUMBER, AT(row.refreshed_from), NULL, NULL, 0 },
	{ "serial", NUMBER, AT(issued.o.id), NULL, NULL, 0 },
	{ "issued", NAME, AT(issued.state), &issued_state_names, NULL, 0 },
	{ "same request", BOOLEAN, AT(same), NULL, NULL, 0 },
	{ "same device", BOOLEAN, AT(same), NULL, NULL, 0 },
	{ "made", INSTANT, AT(made), NULL, NULL, 0 },
	{ "max age", NUMBER, AT(max_age), NULL, NULL, 0 },
	{ "told", NUMBER, AT(told), NULL, NULL, 0 },
	{ "so far", INSTANT, AT(so_far), NULL, NULL, 0 },
	{ "lease days", NUMBER, T(offline_lease_days), NULL, NULL, 0 },
	{ "refresh", BOOLEAN, AT(refresh), NULL, NULL, 0 },
	{ "seat until", INSTANT, AT(row.floating_until), NULL, NULL, 0 },
	{ "borrowed until", INSTANT, AT(row.borrowed_until), NULL, NULL, 0 },

	{ "user max", NUMBER_OR, AT(assignment.max_activations), NULL, "unlimited",
	    AT(assignment.allow_unlimited_activations) },
	{ "user has", NUMBER, AT(assignment.total_activations), NULL, NULL, 0 },

	{ "feature until", INSTANT, AT(feature.expiry_date), NULL, NULL, 0 },
	{ "feature duration", TEXT, AT(feature.terms.valid_duration), NULL, NULL, 0 },

	{ "offline call", BOOLEAN, AT(offline), NULL, NULL, 0 },
	{ "blacklisted", BOOLEAN, AT(blacklisted), NULL, NULL, 0 },
	{ "is VM", BOOLEAN, AT(is_vm), NULL, NULL, 0 },
	{ "unfit uuid", BOOLEAN, AT(device_unfit), NULL, NULL, 0 },
	{ "read-only key", BOOLEAN, AT(read_only), NULL, NULL, 0 },
	{ "force", BOOLEAN, AT(force), NULL, NULL, 0 },
	{ "key", TEXT, AT(key), NULL, NULL, 0 },
	{ "in force", NUMBER, AT(in_force), NULL, NULL, 0 },
	{ "add", NUMBER, AT(consume.amount), NULL, NULL, 0 },
	{ "client may set", BOOLEAN, AT(consume.may_set), NULL, NULL, 0 },
	{ "permissions", TEXT, AT(permissions), NULL, NULL, 0 },
	{ "asks for", TEXT, AT(asks), NULL, NULL, 0 },
};

static bool
read_bool(struct slice cell, bool *out)
{
	*out = slice_is(cell, "yes");
	return *out || slice_is(cell, "no");
}

static bool
read_fact(const struct fact *fact, struct slice cell, char *world)
{
	void *at = world + fact->at;

	switch (fact->kind) {
	case BOOLEAN:
		return read_bool(cell, at);
	case NUMBER:
		return slice_to_int(cell, at);
	case NUMBER_OR:
		*(bool *)(void *)(world + fact->also) = slice_is(cell, fact->word);
		return slice_is(cell, fact->word) || slice_to_int(cell, at);
	case INSTANT:
		return clock_parse_iso(cell, at);
	case TEXT:
		*(struct slice *)at = cell;
		return true;
	case NAME:
		*(int *)at = names_find(fact->names, cell);
		return *(int *)at >= 0;
	}
	return false;
}

/* The device's row: none, reserved, active, inactive, vacated (inactive, owns a seat). */
static bool
set_device(struct world *w, struct slice cell)
{
	bool vacated = slice_is(cell, "vacated");
	int state = vacated ? AS_INACTIVE : names_find(&activation_state_names, cell);

	w->has_row = !slice_is(cell, "none");
	if (!w->has_row)
		return true;
	w->row.state = state;
	if (vacated)
		w->row.vacant_since = w->now - CLOCK_DAY;
	if (state == AS_ACTIVE && w->license.times_activated == 0)
		w->license.times_activated = 1;
	return state >= 0;
}

static bool
set_user(struct world *w, struct slice cell)
{
	w->has_user = true;
	return slice_to_int(cell, &w->user_id);
}

static bool
set_client_overages(struct world *w, struct slice cell)
{
	w->consume.has_overages = true;
	return read_bool(cell, &w->consume.overages);
}

static bool
set_client_max_overages(struct world *w, struct slice cell)
{
	w->consume.has_max_overages = true;
	return slice_to_int(cell, &w->consume.max_overages);
}

static bool
read_err(struct slice cell, enum err *out)
{
	*out = slice_is(cell, "ok") ? E_OK : err_from_code(cell);
	return *out != E_INTERNAL;
}

static bool
set_part(struct world *w, const char *column, struct slice cell)
{
	struct bundle_part *part = &w->part[w->n_parts];

	if (w->n_parts == WORLD_PARTS)
		return false;
	w->part_name[w->n_parts++] = column;
	part->missing = slice_is(cell, "missing");
	part->active = slice_is(cell, "active");
	if (part->missing || part->active || slice_is(cell, "inactive"))
		return true;
	return read_err(cell, &part->err);
}

static bool
set_own_device(struct world *w, struct slice cell)
{
	return read_err(cell, &w->own_device);
}

static const struct {
	const char *column;
	bool (*set)(struct world *, struct slice cell);
} specials[] = {
	{ "device", set_device },
	{ "user", set_user },
	{ "client overages", set_client_overages },
	{ "client max overages", set_client_max_overages },
	{ "rule D", set_own_device },
};

bool
world_set(struct world *w, const char *column, struct slice cell, bool *bad)
{
	struct slice name = slice_str(column);

	*bad = false;
	for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
		if (!slice_is(name, facts[i].column))
			continue;
		*bad = cell.n && !read_fact(&facts[i], cell, (char *)w);
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(specials); i++) {
		if (!slice_is(name, specials[i].column))
			continue;
		*bad = cell.n && !specials[i].set(w, cell);
		return true;
	}
	if (!slice_is(name, "own") && !slice_starts(name, SLICE("member ")))
		return false;
	*bad = cell.n && !set_part(w, column, cell);
	return true;
}
