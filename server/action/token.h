/*
 * Activation objects (offline-activation.md 3.2): their numbers, which rows keep, and
 * their making from what an answer shows.
 */
#ifndef LICET_SERVER_ACTION_TOKEN_H
#define LICET_SERVER_ACTION_TOKEN_H

#include "keys/keyring.h"
#include "offline/cose.h"
#include "server/action/activate.h"

/* A new serial, a sequence above all that the rows of the set have had and that the
 * device told (0: nothing), the end of the lease. */
must_check enum err
token_number(struct action_ctx *, const struct set *, int64_t told, struct seat_token *);
/* Issued activations that the set's new one takes the place of; before it is taken. */
must_check enum err
token_supersede(struct action_ctx *, const struct set *);

struct token_ask {
	int64_t vendor, now;
	const struct license_view *view; /* after the call; the first has the numbers */
	size_t n;
	struct slice hardware_id;
	struct slice device_key;      /* 32 bytes; null: none */
	const unsigned char *request; /* CLAIMS_ID bytes; NULL: an online answer */
};
/* The signed object, in the arena. E_NO_MEMORY, E_OBJECT_TOO_LARGE. */
must_check enum err
token_make(
    struct arena *, const struct keyring *, const struct token_ask *, struct slice *);

/* The token of an answer (license-api-v4.md 4.5), armored in the first view of ask. What
 * does not fit into an object is left out: *object is null then. E_NO_MEMORY. */
must_check enum err
token_put(struct arena *, const struct keyring *, const struct token_ask *,
    struct license_view *first, struct slice *object);

/* The active issuing key as signer. */
struct cose_signer
token_signer(const struct keyring *);

#endif
