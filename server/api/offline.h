/*
 * Objects of Licet's own format on the wire: /offline/v1/ of the public listener
 * (offline-activation.md 6), and offline/ of the management API, which takes the same
 * bodies.
 */
#ifndef LICET_SERVER_API_OFFLINE_H
#define LICET_SERVER_API_OFFLINE_H

#include "offline/carrier.h"
#include "server/action/offline.h"
#include "server/api/endpoint.h"
#include "server/api/manage.h"

#define OFFLINE_BODY_MAX (1 << 20)
#define OFFLINE_ASKS_MAX 256

/* A body read, and the passwords in it verified; lives in the call's arena. */
struct offline_call {
	struct call *call;
	bool proofs; /* deactivations, else requests */
	struct offline_batch batch;
	struct offline_answers answers;
	const char *more; /* what exactly is wrong with the body; NULL: nothing more */
	int retry_after;  /* of E_TOO_MANY_REQUESTS */
	void (*done)(struct offline_call *, enum err); /* of offline_run */
	/* objects to be opened, as many as the batch has asks; NULL: they are */
	const struct carrier_object *item;
	void (*opened)(struct offline_call *, enum err);
	enum err open_err;
	/* verification of passwords */
	void (*next)(struct offline_call *, enum err);
	size_t at;
	struct slice user; /* key of the rate */
	struct password_res found;
	bool matches;
	struct pool_job job;
};

/* A call of a stranger: its actor is the portal, requests or proofs are to come. */
void
offline_init(struct offline_call *, struct call *, bool proofs);
/* Takes one of offline.rate. True: refuse; also while the address guesses license keys.
 */
must_check bool
offline_is_over_rate(struct call *, int *seconds);
/* Objects as a carrier had them, which stay, into oc->batch, not opened yet.
 * E_UNAVAILABLE, E_NO_MEMORY. */
must_check enum err
offline_take(struct offline_call *, const struct carrier_object *, size_t n);
/* The same with objects in any carrier. E_MISSING_CONTENT, E_NO_MEMORY, errors of
 * carrier_read with oc->more. */
must_check enum err
offline_read(struct offline_call *, struct slice body);
/* Opens them, more than a few on the pool, then calls next on this loop. E_NO_MEMORY;
 * E_UNAVAILABLE: the pool is full. */
void
offline_open(struct offline_call *, void (*next)(struct offline_call *, enum err));
/* Opens them, unless that is done, and verifies the passwords of the requests on the
 * pool, one after the other, then calls next on this loop. E_NO_MEMORY; E_UNAVAILABLE:
 * the pool is full. */
void
offline_verify(struct offline_call *, void (*next)(struct offline_call *, enum err));

/*
 * Opens the objects, verifies the passwords, carries the batch out, counts what was
 * refused, then calls done on this loop: oc->answers are there, or an error that is one
 * of the whole call.
 */
void
offline_run(struct offline_call *, void (*done)(struct offline_call *, enum err));
/* In the figures of refusals; offline_run has counted its own. */
void
offline_count_refusal(struct call *, enum err);
/* Where a fault is and what, in words; NULL: nothing more, or no memory. */
const char *
offline_fault_text(struct arena *, const struct carrier_fault *);

void
offline_front(struct call *);
void
offline_list_front(struct call *);

/* The open steps of manage_route: the body of the call into req->kept. */
void
manage_open_requests(struct manage_call *, void (*next)(struct manage_call *));
void
manage_open_proofs(struct manage_call *, void (*next)(struct manage_call *));

#endif
