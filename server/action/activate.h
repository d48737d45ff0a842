/* Activation in two steps, for calls online and requests offline (license-api-v4.md 7).
 */
#ifndef LICET_SERVER_ACTION_ACTIVATE_H
#define LICET_SERVER_ACTION_ACTIVATE_H

#include "server/action/bundle.h"
#include "server/action/seat.h"

/* A set with its verdict; a negative decider means that all may go on. */
struct activate_plan {
	struct set set;
	enum err err;
	int decider;
};

/* Steps 3 to 15 with the chosen candidate. An error is one of steps 3 to 5, or a fault;
 * those of the later ones are the plan's. */
must_check enum err
activate_find(struct lookup *, struct activate_plan *);
/* Takes the seats of an allowed plan and gives every row the numbers. */
must_check enum err
activate_take(struct lookup *, struct activate_plan *, const struct seat_token *);

#endif
