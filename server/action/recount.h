/*
 * Recounts the ledger of all licenses against their counters, assignments and members,
 * and compares issued activations with the rows that hold their seats: what `licet check`
 * and `licetd verify` print (management-api.md 8, check/).
 */
#ifndef LICET_SERVER_ACTION_RECOUNT_H
#define LICET_SERVER_ACTION_RECOUNT_H

#include "server/action/action.h"

struct recount_res {
	int64_t rows; /* activations */
	int64_t licenses;
	/* Differences are in ctx->faults: field "license/1202.seats_used", message with
	 * the expected and the found value. */
};

action_fn action_recount; /* read -> recount_res; E_OK also when there are differences */

#endif
