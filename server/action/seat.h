/*
 * The one place that adds, moves or removes an activation row and the counters over it:
 * license.seats_used, times_activated, vacant, transfer_count;
 * assignment.total_activations (license-api-v4.md 5.6, 6.2-6.4). Decisions come from
 * policy; this applies them.
 */
#ifndef LICET_SERVER_ACTION_SEAT_H
#define LICET_SERVER_ACTION_SEAT_H

#include "server/action/action.h"
#include "server/model/device.h"
#include "server/model/license.h"
#include "server/model/offline.h"
#include "server/policy/activate.h"

/* Numbers of an activation object that covers a seat (token.h). */
struct seat_token {
	int64_t serial, sequence;
	int64_t lease_until;    /* FIELD_NONE: no end */
	int64_t refreshed_from; /* sequence that a refresh told, 0: no refresh */
	bool offline, cloned;
};

struct seat {
	struct license *license;        /* in and out, stored by the call */
	struct activation *activation;  /* in and out; a new row has o.id == 0 */
	struct device *device;          /* in and out; o.id == 0: made */
	struct assignment *assignment;  /* NULL without user */
	const struct seat_token *token; /* taken: what is issued with it; NULL: nothing */
	enum issued_state end;          /* freed: what becomes of its serial */
};

/* By the verdict: makes or moves rows, first-activation dates (features too), counters.
 * Facts and key of the call are already in *activation. Stores license, activation,
 * assignment. */
must_check enum err
seat_take(struct action_ctx *, struct seat *, const struct activate_verdict *);
/* Holds a seat for a device that has not shown up; source is that of activate_find_seat.
 * Stores license and activation; the device has its id. */
must_check enum err
seat_reserve(struct action_ctx *, struct seat *, enum seat_source source);
/* 6.4 d: the seat vacated longest ago passes on, its former owner's mark goes. Does not
 * store the license. */
must_check enum err
seat_pass_vacant(struct action_ctx *, struct license *);
/* Ends an active or reserved seat: vacated mark, counters, floating seats (6.3). */
must_check enum err
seat_free(struct action_ctx *, struct seat *);
/* 6.3 management reset of the whole license. Stores all; *freed counts. */
must_check enum err
seat_reset(struct action_ctx *, struct license *, int64_t *freed);
/* Deletes an inactive row with its variables and its vacated mark. */
must_check enum err
seat_delete(struct action_ctx *, struct license *, struct activation *);
/* Recounts rows against counters for `licet check`: one fault per difference. */
must_check enum err
seat_recount(struct action_ctx *, struct license *, struct faults *);

#endif
