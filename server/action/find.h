/*
 * Steps 3 to 5 of a client call (license-api-v4.md 6.10, 7.1): product, bundle,
 * credential, and the licenses that may be meant.
 */
#ifndef LICET_SERVER_ACTION_FIND_H
#define LICET_SERVER_ACTION_FIND_H

#include "server/action/client.h"

/* What steps 3 to 5 found; lives in the transaction's arena. */
struct lookup {
	struct action_ctx *ctx;
	const struct client_req *req;
	struct product product;
	struct product bundle;    /* of bundle_code; o.id == 0: not given */
	struct license_user user; /* o.id == 0: key-based */
	struct device device;     /* of the hardware_id; o.id == 0: never seen */
	bool device_unfit;        /* device_uuid names no device that may be this one */
	int64_t *candidate;       /* ids of licenses, ascending */
	size_t n;
	struct license keyed; /* the candidate of a license key; o.id == 0: by user */
};

/* Which rules of steps 3 and 5 a call has. */
enum lookup_kind {
	LOOKUP_ACTIVATION, /* no archived products; passwords count */
	LOOKUP_LATER
};

/*
 * E_API_KEY_PRODUCT_NOT_ALLOWED, E_UNKNOWN_PRODUCT, and E_ARCHIVED_PRODUCT unless
 * archived ones are allowed.
 */
must_check enum err
find_product(struct action_ctx *, const struct client_req *, bool archived_allowed,
    struct product *);
/*
 * By a username as sent, with or without |CODE (6.10 rule 2). E_LICENSE_NOT_FOUND:
 * unknown or of another customer account.
 */
must_check enum err
find_user(struct action_ctx *, struct slice username, struct license_user *);
/* The password ran before the transaction: E_LICENSE_NOT_FOUND when it does not count. */
must_check enum err
find_password(const struct client_req *, const struct license_user *);
/* All of steps 3 to 5, with the device. At least one candidate on E_OK. */
must_check enum err
find_licenses(struct lookup *, enum lookup_kind);

#endif
