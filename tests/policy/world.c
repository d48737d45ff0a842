#include "tests/policy/world.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

void
world_init(struct world *w, struct arena *arena)
{
	memset(w, 0, sizeof(*w));
	w->arena = arena;
	w->now = INT64_C(1751587200000000); /* 2025-07-04 */
	license_default(&w->license);
	w->license.o.id = 1;
	field_clear(&activation_table, &w->row);
	field_clear(&assignment_table, &w->assignment);
	w->assignment.allow_unlimited_activations = true;
	field_clear(&license_feature_table, &w->feature);
	feature_terms_default(&w->feature.terms);
	w->user_id = FIELD_NONE;
	w->consume.may_set = true;
	field_clear(&issued_table, &w->issued);
	w->told = w->so_far = FIELD_NONE;
	for (size_t i = 0; i < WORLD_DEVICES; i++) {
		field_clear(&activation_table, &w->device[i]);
		w->device[i].o.id = (int64_t)i + 1;
	}
}

void
world_say(struct world *w, const char *name, const char *text)
{
	if (w->n_out == WORLD_OUT)
		return;
	w->out[w->n_out].name = name;
	snprintf(w->out[w->n_out].text, WORLD_TEXT, "%s", text);
	w->n_out++;
}

void
world_say_int(struct world *w, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	world_say(w, name, text);
}

void
world_say_bool(struct world *w, const char *name, bool value)
{
	world_say(w, name, value ? "yes" : "no");
}

void
world_say_instant(struct world *w, const char *name, int64_t t, const char *none)
{
	char text[CLOCK_ISO_LEN + 1];

	if (t == FIELD_NONE) {
		world_say(w, name, none);
		return;
	}
	clock_iso(t, text);
	world_say(w, name, text);
}

void
world_say_err(struct world *w, const char *name, enum err e)
{
	world_say(w, name, err_code(e));
}

const char *
world_said(const struct world *w, const char *name)
{
	for (size_t i = 0; i < w->n_out; i++)
		if (!strcmp(w->out[i].name, name))
			return w->out[i].text;
	return NULL;
}
