/*
 * Licet's own offline format (offline-activation.md): requests answered with activations,
 * deactivation proofs with receipts. What cannot be read is found out by offline_open,
 * which needs no store; the actions take the rest, each object for itself in a part of
 * one transaction.
 */
#ifndef LICET_SERVER_ACTION_OFFLINE_H
#define LICET_SERVER_ACTION_OFFLINE_H

#include "base/json.h"
#include "keys/keyring.h"
#include "offline/claims.h"
#include "offline/cose.h"
#include "server/action/client.h"
#include "server/model/offline.h"

/* One object that was handed in. */
struct offline_ask {
	enum err err;                         /* it cannot be read: nothing else is set */
	const char *more;                     /* then: what exactly; NULL: nothing */
	char id[OFFLINE_ID_TEXT + 1];         /* its cti in hex */
	unsigned char digest[OFFLINE_DIGEST]; /* of its signed bytes */
	struct claims_request request;
	struct client_req call; /* what the request asks for */
	struct claims_deactivation proof;
	struct cose cose; /* of a proof, not verified */
};

struct offline_batch {
	struct offline_ask *ask;
	size_t n;
	struct slice issued_by;    /* "portal", "staff:owner@acme.example" */
	struct slice peer_address; /* that rows show */
};

/* What became of it. */
struct offline_answer {
	enum err err; /* of a license rule or of the object: refused */
	int64_t start_date, refused_license;
	struct slice refused_product; /* as struct action_ctx */
	bool repeated;                /* answered before: the stored object */
	int64_t serial;
	int64_t lease_until;   /* null */
	struct list licenses;  /* int64_t ids */
	struct slice object;   /* activation or receipt */
	const char *more;      /* of a refusal: what exactly; NULL: nothing */
	enum object_kind kind; /* which */
};
struct offline_answers {
	struct offline_answer *item;
	size_t n;
};

/* write; struct offline_batch -> struct offline_answers. Faults alone are errors. */
action_fn action_offline_activate;
action_fn action_offline_deactivate;

/*
 * A request, sealed or not, or a proof, as the carrier gave it. E_NO_MEMORY; everything
 * else that is wrong with it becomes ask->err: errors of cose_parse and claims_get_…,
 * E_OBJECT_TYPE, E_BOX_KEY_UNKNOWN, E_OBJECT_SIGNATURE of a request,
 * E_REQUEST_NOT_SEALED, E_MISSING_PARAMETERS: a user without password.
 */
must_check enum err
offline_open_request(struct arena *, const struct keyring *, enum object_kind,
    struct slice bytes, struct offline_ask *);
must_check enum err
offline_open_proof(
    struct arena *, enum object_kind, struct slice bytes, struct offline_ask *);

/* "code", "message" and, of a bundle, "license_id" and "product". */
void
offline_print_refusal(struct json_writer *, const struct offline_answer *);
/* What is wrong, with the date of E_LICENSE_START_DATE; NULL when out of memory. */
char *
offline_refusal_text(struct arena *, const struct offline_answer *);

/* --- inside ------------------------------------------------------------------------ */

typedef enum err
offline_one_fn(struct action_ctx *, const struct offline_batch *,
    const struct offline_ask *, struct offline_answer *);
/* Every ask in a part of the transaction of its own. */
must_check enum err
offline_each(struct action_ctx *, const struct offline_batch *, struct offline_answers *,
    offline_one_fn *);
/* The issued activation's row on its first license; *found false: gone. */
must_check enum err
offline_row(struct action_ctx *, const struct issued *, struct activation *, bool *found);
/* What an object was issued for. */
struct offline_origin {
	int action;          /* enum issued_action */
	const char *request; /* id in hex */
	const unsigned char *digest;
	struct slice issued_by;
};
/* The row of an object that was issued with the seats of these views, whose first one has
 * its numbers; with its audit entry. */
must_check enum err
offline_keep(struct action_ctx *, const struct offline_origin *,
    const struct client_req *, const struct client_res *, struct slice object,
    struct issued *);
/* One more in this hour's figure, for stats. */
must_check enum err
offline_count(struct action_ctx *, const char *metric);
must_check enum err
offline_vendor(struct action_ctx *, int64_t *id);

#endif
