/* The rules that a [section] of a .cases file names. */
#ifndef LICET_TESTS_POLICY_VERBS_H
#define LICET_TESTS_POLICY_VERBS_H

#include "tests/policy/world.h"

struct verb {
	const char *name;
	void (*run)(struct world *); /* NULL: only steps */
	/* A column that acts, such as "A on": result into text. False: no such column. */
	bool (*step)(struct world *, const char *column, char text[WORLD_TEXT]);
};

/* NULL when unknown. */
const struct verb *
verb_find(struct slice name);

/* What a rule answered. */
void
verb_answer(struct world *, enum err);
/* verbs_offline.c */
void
verb_offline_age(struct world *);
void
verb_offline_repeat(struct world *);
void
verb_offline_refresh(struct world *);
void
verb_offline_stands(struct world *);
void
verb_offline_lease(struct world *);
void
verb_offline_sequence(struct world *);
void
verb_offline_proof(struct world *);

/* True once a case has given this error. */
bool verb_err_seen(enum err);

#endif
