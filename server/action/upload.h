/*
 * Requests of License API v4 that come in files (license-api-v4.md 10): a request that
 * was applied is known by its handle and gets the answer of that time, byte for byte. So
 * that nothing can come between, answers are printed in the transaction that applies a
 * request and are kept with it; they leave after its commit.
 */
#ifndef LICET_SERVER_ACTION_UPLOAD_H
#define LICET_SERVER_ACTION_UPLOAD_H

#include "server/action/client.h"
#include "server/model/offline.h"

#define UPLOAD_DIGEST 32 /* SHA-256 */

/* What the action knows of a file; lives as long as the call. */
struct upload {
	unsigned char handle[UPLOAD_DIGEST]; /* of request_id or signature */
	unsigned char digest[UPLOAD_DIGEST]; /* of the signed bytes */
	char id[OFFLINE_ID_TEXT + 1];        /* of handle and digest, in hex */
	enum upload_call call;
	bool has_token;                  /* the answer carries a token */
	const int64_t *allowed_products; /* of the API key inside; n == 0: all */
	size_t n_allowed;
	/* The body of the answer; inside the transaction, perhaps twice. */
	enum err (*print)(void *arg, struct client_res *, struct slice *body);
	void *arg;
};

struct upload_res {
	struct client_res res; /* first: encoders take it for the result of the call */
	struct slice body;
	bool repeated; /* the stored one */
};

/*
 * The stored answer, if there is one (res->repeated). E_REQUEST_REPLAYED: the handle is
 * of another request, or what was activated does not stand any more.
 */
must_check enum err
upload_find(struct action_ctx *, const struct upload *, struct upload_res *);

/* write; struct client_req with its upload -> struct upload_res */
action_fn action_upload_activate;
action_fn action_upload_deactivate;

/* Forgets requests applied before `before`, in transactions of at most 500. Job thread
 * only. */
must_check enum err
upload_trim(struct store *, struct arena *, int64_t before);

#endif
