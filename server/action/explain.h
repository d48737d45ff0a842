/*
 * Why a call of a device would be allowed or refused (management-api.md 9): the facts and
 * the policy functions of the call itself, with a trace. Nothing is written.
 */
#ifndef LICET_SERVER_ACTION_EXPLAIN_H
#define LICET_SERVER_ACTION_EXPLAIN_H

#include "server/action/bundle.h"
#include "server/action/manage.h"
#include "server/policy/trace.h"

action_fn license_explain; /* read: {id}/explain/ */

/* --- inside ------------------------------------------------------------------------ */

enum explain_action {
	EXPLAIN_ACTIVATE,
	EXPLAIN_ACTIVATE_OFFLINE,
	EXPLAIN_CHECK,
	EXPLAIN_DEACTIVATE,
	EXPLAIN_CONSUME
};
extern const struct names explain_action_names;

/* Steps of 7.1 that lie before policy. */
enum { EXPLAIN_STEP_PRODUCT = 3, EXPLAIN_STEP_CREDENTIAL = 5 };

/* A device that holds a seat. */
struct explain_holder {
	struct activation activation;
	struct slice hardware_id;
};

#define EXPLAIN_HOLDERS_MAX 200

/* One license of the set, decided. */
struct explain_part {
	const struct part *part;
	struct trace trace;
	enum err err;
	int decided_by;
	int64_t in_force;              /* floating seats */
	struct explain_holder *holder; /* longest unseen first */
	size_t n_holders;
};

struct explain {
	struct action_ctx *ctx; /* of the call, for faults and permissions */
	struct action_ctx then; /* the same with `at` as now */
	struct manage_res *res;
	enum explain_action action;
	struct client_req call;
	struct lookup l;
	struct set set;
	struct explain_part *part;
	size_t n_parts;
	enum err err; /* of the set, license-api-v4.md 7.3 */
	int decider;  /* index of the part, -1 when allowed */
};

/* From the license of ex->l and the other parameters of ex->call; no faults. */
must_check enum err
explain_decide(struct explain *, const struct license *);
/* {…} at the writer's place. */
must_check enum err
explain_print(struct explain *);
/* What a step says in words; n without p: out of memory. */
struct slice
explain_text(
    const struct explain *, const struct explain_part *, const struct trace_step *);
/* The array of what would help against the refusals of one license. */
must_check enum err
explain_fixes(struct explain *, const struct explain_part *);

#endif
