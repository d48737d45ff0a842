/*
 * Use cases: load facts, ask policy, apply, describe. Every action has one signature and
 * runs inside one transaction (read or write, as its caller's table says), possibly
 * twice: it touches only its context, its result and the store.
 *
 * E_OK commits; any other error is the answer and drops every change.
 */
#ifndef LICET_SERVER_ACTION_ACTION_H
#define LICET_SERVER_ACTION_ACTION_H

#include "keys/seal.h"
#include "server/model/types.h"
#include "server/policy/permit.h"
#include "server/store/record.h"

/* Who acts; all texts live as long as the call. */
struct actor {
	enum actor_type type;
	struct slice id;         /* decimal id of account or API key; uid for local */
	struct slice name;       /* "local:0", e-mail, key name */
	struct slice credential; /* decimal id of the token or API key; "" */
	struct slice address;
	struct slice request_id;
	int64_t account_id;        /* FIELD_NONE for clients and local */
	struct permit_set permits; /* staff only */
};

struct change; /* change.h */
struct keyring;
struct list_cache; /* revocations.h */

/* For objects that cross the gap; lives as long as the call. */
struct issuer {
	const struct keyring *keyring;
	struct list_cache *lists; /* signed revocation lists; NULL: none is kept */
	int64_t request_max_age;  /* microseconds; 0: no limit */
	int64_t list_life;        /* of a revocation list, microseconds */
	int64_t qr_bytes;         /* of a part */
	int qr_level;             /* enum qr_level */
};

struct action_ctx {
	struct txn *txn;
	struct arena *arena; /* = txn->arena */
	int64_t now;
	const struct actor *actor;
	const struct seal *seal;     /* seals secrets at rest; keys/seal.h */
	const struct issuer *issuer; /* NULL: this caller issues nothing */
	struct slice reason;         /* of the call, null when none */
	bool has_revision;           /* If-Match was sent */
	int64_t revision; /* then: E_STALE_OBJECT when the object has another */

	/* Written by actions, read by the encoder of the answer: */
	struct faults faults; /* management-api.md 1.5 */
	int64_t
	    refused_license; /* bundle errors: FIELD_NONE = missing; 0 = not a bundle's */
	struct slice refused_product;
	int64_t start_date;     /* of E_LICENSE_START_DATE */
	struct change *changes; /* of this transaction, newest first; for dry_run */
	struct slice message; /* member "message" of a management reply, null when none */
	int64_t object_revision; /* ETag of the object in the answer, FIELD_NONE: none */
};

typedef enum err
action_fn(struct action_ctx *, const void *req, void *res);

#endif
