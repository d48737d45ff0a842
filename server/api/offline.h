/*
 * Objects of Licet's own format on the wire: /offline/v1/ of the public listener
 * (offline-activation.md 6), and offline/ of the management API, which takes the same
 * bodies.
 */
#ifndef LICET_SERVER_API_OFFLINE_H
#define LICET_SERVER_API_OFFLINE_H

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
	/* verification of passwords */
	void (*next)(struct offline_call *, enum err);
	size_t at;
	struct slice user; /* key of the rate */
	struct password_res found;
	bool matches;
	struct pool_job job;
};

/* Objects in any carrier into oc->batch. E_MISSING_CONTENT, E_NO_MEMORY, errors of
 * carrier_read with oc->more. */
must_check enum err
offline_read(struct offline_call *, struct slice body);
/* Verifies the passwords of the requests on the pool, one after the other, then calls
 * next on this loop. E_UNAVAILABLE: the pool is full. */
void
offline_verify(struct offline_call *, void (*next)(struct offline_call *, enum err));

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
