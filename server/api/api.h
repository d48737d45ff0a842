/*
 * The wire side of every API: what the daemon gives it, and the pipeline that takes a
 * request from a route to its reply. Loop threads only, except where said.
 */
#ifndef LICET_SERVER_API_API_H
#define LICET_SERVER_API_API_H

#include "base/conf.h"
#include "base/pool.h"
#include "keys/keyring_slot.h"
#include "keys/keystore.h"
#include "server/action/touch.h"
#include "server/http/backoff.h"
#include "server/http/limit.h"
#include "server/http/router.h"
#include "server/http/server.h"

/* Settings that may change on reload; replaced whole (api_set_settings). */
struct api_settings {
	const char *environment; /* v4.environment */
	const char *base_url;    /* v4.base_url */
	const char *admin_url;
	int64_t date_window; /* microseconds */
	bool sign;           /* v4.sign */
	struct conf_rate v4_rate, v4_fail_rate, v4_user_fail_rate, admin_rate,
	    offline_rate;
	int64_t request_max_age, list_life; /* microseconds */
	int64_t qr_bytes;
	int qr_level; /* enum qr_level */
	bool portal;  /* the page /offline */
	bool metrics;
	bool dev;
};

struct api_options {
	struct store *store;
	const struct seal *seal;
	struct keyring_slot *keys; /* NULL: nothing is signed */
	struct keystore *keystore; /* NULL: keys cannot be changed */
	struct pool *passwords;
	struct touch *touch;
	const struct api_settings *settings;
	const char *data_dir;
	/* Start, drain and store faults as /readyz shows them; any thread. */
	bool (*ready)(void *arg, const char **why);
	void *arg;
};

struct api;

must_check enum err
api_new(struct api **, const struct api_options *);
void
api_free(struct api *);
void
api_set_settings(struct api *, const struct api_settings *);

/* Services for the listeners of server/http. */
const struct service *
api_public_service(struct api *);
const struct service *
api_admin_service(struct api *);

/* Every route of this build, for documentation and tests: method, pattern, family. */
void
api_print_routes(struct buf *);

#endif
