/*
 * Endpoints as rows. The pipeline looks a route up and calls its family's front (v4.c,
 * manage.c, ops.c), which reads the row's spec: limit, authentication, decoding, action,
 * encoding and signing are columns there, so that no handler can forget one.
 */
#ifndef LICET_SERVER_API_ENDPOINT_H
#define LICET_SERVER_API_ENDPOINT_H

#include "server/action/run.h"
#include "server/api/api.h"

struct call;

enum family { FAMILY_OPS, FAMILY_V4, FAMILY_MANAGE, FAMILY_OFFLINE, FAMILY_PAGE };

struct endpoint {
	enum method method;
	const char *pattern;
	enum family family;
	size_t body_max; /* 0: GET and such */
	void (*front)(
	    struct call *); /* family front: v4_front, manage_front, ops_front */
	const void *spec;   /* the family's row */
};

/* One request on its way; lives in the request's arena. */
struct call {
	struct api *api;
	const struct api_settings *settings; /* of the moment it came in */
	struct request *request;
	struct arena *arena;             /* = request->arena */
	const struct endpoint *endpoint; /* NULL: no route */
	struct reply reply;
	struct actor actor;
	int64_t now;
	void *state; /* the family's own */
	void *step;  /* of a step that several families have */
	struct issuer issuer;
	struct action_run run;
	struct keyring *ring; /* of call_ring */
};

struct endpoint_list {
	const struct endpoint *item;
	size_t n;
};

/* Tables of each file, joined by routes.c. */
extern const struct endpoint_list v4_endpoints, offline_endpoints, page_endpoints,
    manage_endpoints, ops_public_endpoints, ops_admin_endpoints;

/*
 * Sends call->reply. The call is gone afterwards. Signs it where the family signs; adds
 * request-id to answers of the management API.
 */
void
call_finish(struct call *);
/* Error answer by the path's family (license-api-v4.md 4.1, management-api.md 1.5),
 * signed where the family signs; then as call_finish. */
void
call_refuse(struct call *, enum err);
/* Runs the action on the store; done is called on this loop. */
void
call_run(struct call *, bool write, action_fn *, const void *req, void *res,
    void (*done)(struct call *));
/*
 * Who calls, as limits by address count it: an IPv4 address, the first half of an IPv6
 * one; "local" for the socket.
 */
struct slice
call_peer(struct call *);
/* The keys with which this call signs, from first to last; no reference is due. */
struct keyring *
call_ring(struct call *);
/* Parts of struct api for the family fronts. */
const struct api_options *
api_options_of(const struct api *);

/* Token buckets over all loops, at the rates of the current settings. */
enum api_limit {
	API_LIMIT_V4,           /* credential and peer address */
	API_LIMIT_V4_FAIL,      /* peer address */
	API_LIMIT_V4_USER_FAIL, /* user name */
	API_LIMIT_ADMIN,        /* management credential */
	API_LIMIT_OFFLINE,      /* peer address, /offline/v1/ and the page */
	API_LIMIT_MAX
};
struct limit *
api_limit_of(const struct api *, enum api_limit);
/* Waits after failed management credentials. */
struct backoff *
api_backoff_of(const struct api *);
/* E_TOO_MANY_REQUESTS by the path's family, with Retry-After. */
void
call_refuse_rate(struct call *, int retry_after);

#endif
