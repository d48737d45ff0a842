#include "server/policy/offline.h"
#include "tests/policy/verbs.h"

static const struct activation *
row(const struct world *w)
{
	return w->has_row ? &w->row : NULL;
}

void
verb_offline_age(struct world *w)
{
	verb_answer(w, offline_age(w->made, w->now, w->max_age * INT64_C(86400000000)));
}

void
verb_offline_repeat(struct world *w)
{
	struct offline_known known = {
		.issued = &w->issued, .same = w->same, .activation = row(w)
	};

	verb_answer(w, offline_repeat(&known));
}

void
verb_offline_stands(struct world *w)
{
	verb_answer(
	    w, offline_stands(w->issued.o.id, row(w)) ? E_OK : E_REQUEST_REPLAYED);
}

void
verb_offline_refresh(struct world *w)
{
	struct offline_refresh facts = {
		.terms = &w->license.terms, .activation = &w->row, .told = w->told
	};
	struct offline_refresh_verdict v = offline_refresh(&facts);

	verb_answer(w, v.err);
	world_say_bool(w, "marks cloned", v.cloned);
}

void
verb_offline_lease(struct world *w)
{
	world_say_instant(w, "lease end",
	    offline_lease_until(w->so_far, &w->license.terms, w->now), "never");
}

void
verb_offline_sequence(struct world *w)
{
	int64_t told = w->told == FIELD_NONE ? 0 : w->told;

	world_say_int(w, "next", offline_next_sequence(w->row.sequence, told));
}

void
verb_offline_proof(struct world *w)
{
	struct offline_proof facts = {
		.issued = &w->issued, .activation = row(w), .same_device = w->same
	};

	verb_answer(w, offline_proof(&facts));
}
