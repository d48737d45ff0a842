/*
 * The management API on the wire (management-api.md 1). Each route is a row of
 * server/api/manage_*.def (joined in manage_routes.c):
 *
 *   ROUTE(METHOD, "pattern behind /api/v1/", PERMISSION, flags, status, action, resource)
 *   ROUTE_OPEN(…, open): open reads a body that is no JSON
 *   ROUTE_LOOK(…, look): look is a read action that names passwords to hash first
 *
 * manage_front takes every call through the order of 1.5, so that no action can forget a
 * step: credential, rate, permission, media type, JSON, reason, then action/manage.h.
 */
#ifndef LICET_SERVER_API_MANAGE_H
#define LICET_SERVER_API_MANAGE_H

#include "server/action/manage.h"
#include "server/api/endpoint.h"

#define MANAGE_BODY_MAX (1 << 20)

struct manage_call;

enum manage_flag_bits {
	M_READ = 0,
	M_WRITE = 1 << 0,  /* a change: write transaction, dry_run, Idempotency-Key */
	M_REASON = 1 << 1, /* R: reason required */
	M_OBJECT = 1 << 2, /* body: an object */
	M_MAYBE = 1 << 3,  /* body: an object or nothing */
	M_ARRAY = 1 << 4,  /* body: an array */
	M_FILE = 1 << 5,   /* body: text/plain, octet-stream or multipart part "file" */
	M_KEYS = 1 << 6    /* changes keys: manage_signing */
};

struct manage_route {
	enum permission permission;
	unsigned flags;
	int status; /* of success */
	action_fn *action;
	const struct resource *resource; /* NULL: none */
	action_fn *look;                 /* NULL: none */
	/* Reads the body before the action, then calls next; NULL: it is JSON. */
	void (*open)(struct manage_call *, void (*next)(struct manage_call *));
};

/* State of a call; call->state. */
struct manage_call {
	struct call *call;
	const struct manage_route *route;
	struct principal_req principal_req;
	struct principal principal;
	struct manage_req req;
	struct manage_res res;
	struct manage_passwords passwords;
	struct slice reason;
	struct idempotency refusal;
	const char *message;  /* of the refusal; NULL: that of the code */
	struct faults faults; /* of the request itself, before the action */
	bool dry_run;
	struct slice running; /* in the set of running Idempotency-Keys; null: not */
	bool has_revision;
	int64_t revision;
	void (*next)(struct manage_call *);
	struct pool_job hashing;
	enum err hash_err;
};

/* Front of FAMILY_MANAGE. */
void
manage_front(struct call *);

/* --- steps, each in its file ------------------------------------------------------ */

/* Finds the actor, then calls next on this loop; else refuses (manage_auth.c). */
void
manage_auth(struct manage_call *, void (*next)(struct manage_call *));
/* Query, media type, body, reason, If-Match, Idempotency-Key (manage_decode.c). */
must_check enum err
manage_decode(struct manage_call *);
/* Key and digest of Idempotency-Key, if there is one (manage_key.c). */
must_check enum err
manage_key_read(struct manage_call *);
/* Marks the key as running: E_IDEMPOTENCY_IN_PROGRESS. */
must_check enum err
manage_key_begin(struct manage_call *);
void
manage_key_end(struct manage_call *);
/* Hashes mc->passwords on the pool, then calls next (manage_password.c). */
void
manage_hash(struct manage_call *, void (*next)(struct manage_call *));
/* Takes a change of keys through the steps of action/signing_admin.h, files on the pool,
 * up to the answer (manage_signing.c). */
void
manage_signing(struct manage_call *);
/* Answer of a finished action (manage_answer.c). */
void
manage_finish(struct manage_call *, enum err);
/* The same for a refusal before any action ran; message may be NULL. */
void
manage_refuse(struct manage_call *, enum err, const char *message);
/* Runs an action with the call's arena, actor and loop. */
void
manage_start(struct manage_call *, bool write, action_fn *, const void *req, void *res,
    void (*done)(struct call *));

#endif
