/*
 * The calls of License API v4: requests, results, actions. Results are snapshots in the
 * arena, complete enough to print the answer after the transaction has ended.
 */
#ifndef LICET_SERVER_ACTION_CLIENT_H
#define LICET_SERVER_ACTION_CLIENT_H

#include "server/action/action.h"
#include "server/model/account.h"
#include "server/model/customer.h"
#include "server/model/device.h"
#include "server/model/license.h"
#include "server/model/product.h"

struct pair {
	struct slice name, value;
};

/* Units of a feature, handed in with a deactivation. */
struct feature_use {
	struct slice code;
	int64_t amount;
};

struct upload; /* upload.h */

/* Parameters of all v4 calls; null or FIELD_NONE = not sent. */
struct client_req {
	bool bundle; /* a bundle call */
	bool single; /* activate_license, check_license, deactivate_license: refuse
	                bundles */
	/* credential of the call */
	bool read_only;
	bool offline;                    /* step 11 */
	bool refresh;                    /* Licet's own format: the seat that is held */
	const struct upload *upload;     /* offline calls; NULL: none of them */
	const int64_t *allowed_products; /* of the API key; n == 0: all */
	size_t n_allowed;
	/* 9: base parameters */
	struct slice product, hardware_id, bundle_code;
	struct slice
	    device_uuid; /* activate_license: a device that learns the hardware_id */
	int64_t license_id;
	struct slice license_key, username, password;
	struct slice account_code; /* an SSO pair was sent: its customer account */
	/* Argon2id ran before the transaction (password calls): whether it matched, and
	 * the hash that it was run against, so that a change meanwhile is noticed. */
	bool password_ok;
	struct slice password_hash;
	struct facts facts;
	bool has_is_vm;
	struct slice peer_address;
	struct pair *variables;
	size_t n_variables;
	bool has_variables;
	struct slice
	    device_key; /* 32 bytes, its proof already verified by the API layer */
	/* check */
	struct slice env, channel;
	bool include_expired_features, include_metadata_string;
	/* consumption */
	int64_t consumptions;
	struct feature_use *features; /* offline deactivations */
	size_t n_features;
	bool has_overages, overages;
	int64_t max_overages;
	/* product_details */
	bool include_latest_version, include_custom_fields;
	/* change_password: Argon2id text made before the transaction */
	struct slice new_password_hash;
};

struct custom_view {
	bool archived; /* three nulls */
	struct slice name, value;
	int data_type;
};

/* One license with all that 8.1 and 8.2 print. */
struct license_view {
	int64_t company_id;
	struct license license;
	struct product product;
	struct policy default_policy; /* of the product; see view_kind */
	struct slice order_store_id;
	bool has_customer, has_account;
	struct customer customer;
	struct customer_account account;
	struct license_feature *features; /* as stored, meters rolled; ascending id */
	size_t n_features;
	struct custom_view *custom;
	size_t n_custom;
	bool has_user;
	struct license_user user;
	struct assignment assignment;
	bool has_file;
	struct installation_file file;
	struct activation activation; /* of the calling device */
	int64_t floating_in_use;      /* seats in force */
	struct variable *variables;   /* those of the names sent, in request order */
	size_t n_variables;
	struct slice token; /* armored activation object of the call; null: none */
	struct slice date, offline_signature; /* of offline calls; null: none */
};

struct client_res {
	int64_t now;
	struct license_view *view;
	size_t n;
};

struct product_res {
	int64_t company_id;
	struct product product;
	struct policy default_policy;
	bool has_file;
	struct installation_file file;
	struct custom_field *custom;
	size_t n_custom;
};

struct password_res {      /* action_password_find */
	struct slice hash; /* null: unknown or inactive user */
	int64_t user_id;
};

/* write; activate_license, activate_bundle -> client_res */
action_fn action_activate;
/*
 * read; verdict and view -> client_res. E_RETRY when a floating seat must be taken or
 * renewed: run action_check_touch then. Facts, last_seen_at and check_count go through
 * touch.h.
 */
action_fn action_check;
/* write; takes or renews floating seats, stores the facts, answers as action_check */
action_fn action_check_touch;
action_fn action_deactivate;      /* write -> nothing */
action_fn action_consume;         /* write -> client_res (view[0].license after it) */
action_fn action_product_details; /* read -> product_res */
action_fn action_password_find;   /* read -> password_res; E_OK for unknown users too */
action_fn action_password_change; /* write -> nothing */

#endif
