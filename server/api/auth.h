/*
 * Who calls License API v4: the API-key signature over the Date header
 * (license-api-v4.md 3.2), in exactly that section's order of checks.
 */
#ifndef LICET_SERVER_API_AUTH_H
#define LICET_SERVER_API_AUTH_H

#include "server/action/action.h"
#include "server/api/hmac.h"
#include "server/http/request.h"
#include "server/model/account.h"

/* Parameters of an Authorization header; null: not there. Values as they stand. */
struct auth_params {
	struct slice algorithm, headers, signature, apikey;
};

struct auth {
	struct slice date; /* value of the Date header, as signed */
	struct slice authorization;
	struct auth_params params;
	bool readable; /* the header is a list of parameters */
	unsigned char mac[SHA256_LEN];
};

struct auth_key {
	bool found;
	struct api_key key;
	struct slice shared_key; /* opened; in the call's arena */
	bool oauth_only;
	int64_t company_id; /* the vendor's id, as every answer shows it */
};

/* False: neither empty nor a parameter list, or a parameter stands there twice. */
must_check bool
auth_parse(struct slice value, struct auth_params *out);
/* What the request claims, unproven and unchecked. */
void
auth_read(const struct request *, struct auth *out);
/* Checks 1 to 6 of what auth_read found: all that needs no store. window in
 * microseconds. */
must_check enum err
auth_begin(const struct request *, int64_t now, int64_t window, struct auth *);
/* read; req: struct auth, res: struct auth_key. An unknown key is E_OK, not found. */
action_fn auth_find;
/* Checks 7 to 11. changing: the call is a POST. */
must_check enum err
auth_check(struct arena *, const struct auth *, const struct auth_key *, bool changing);

/* HMAC text of 3.2: first line of the protocol's texts, then the date. */
must_check enum err
auth_mac(struct arena *, struct slice shared_key, struct slice date,
    unsigned char out[static SHA256_LEN]);

#endif
