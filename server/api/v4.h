/*
 * License API v4 calls as rows: parameters, action, encoder. v4.c walks a row from rate
 * to signature; v4_license.c and its sisters hold the rows.
 */
#ifndef LICET_SERVER_API_V4_H
#define LICET_SERVER_API_V4_H

#include "base/json.h"
#include "server/action/client.h"
#include "server/api/auth.h"
#include "server/api/endpoint.h"

struct v4_call;

/* Which parameters a call takes (v4_decode.c). */
enum v4_take {
	V4_BASE = 1 << 0, /* hardware_id, product, license_id, device facts */
	V4_BUNDLE_CODE = 1 << 1,
	V4_ID_A = 1 << 2, /* credential of activations */
	V4_ID_B = 1 << 3, /* credential of all later calls */
	V4_VARIABLES = 1 << 4,
	V4_DEVICE_KEY = 1 << 5,
	V4_CHECK = 1 << 6, /* env, channel, include_… */
	V4_FINAL = 1 << 7, /* consumptions of a deactivation */
	V4_CONSUME = 1 << 8,
	V4_PRODUCT = 1 << 9, /* product_details */
	V4_NEW_PASSWORD = 1 << 10,
	V4_DEVICE_UUID = 1 << 11,
	V4_FILE = 1 << 12 /* offline calls: parameters lie in a request file */
};

struct v4_spec {
	const char *name; /* text behind /api/v4/, signed in device proofs */
	unsigned take;    /* enum v4_take */
	bool bundle;      /* of client_req */
	bool single;      /* of client_req */
	bool open;        /* no credential: encode alone makes the answer */
	bool write;       /* transaction of the action */
	size_t res_size;  /* bytes of the action's result */
	action_fn *action;
	/* Run as a write when the action says E_RETRY; NULL: never. */
	action_fn *retry;
	const char *counts; /* metric of stats; NULL: none */
	/* After success, before printing; may be NULL. wrote: retry ran. */
	void (*after)(struct v4_call *, bool wrote);
	/* Prints the body of a 200. */
	void (*encode)(struct v4_call *, struct buf *body);
};

struct v4_password; /* v4_password.c */
struct v4_file;     /* v4_offline.h */

struct v4_call {
	struct call *call;
	const struct v4_spec *spec;
	struct auth auth;
	struct auth_key key;
	struct slice new_password; /* change_password */
	struct slice device_proof; /* as sent */
	struct client_req req;
	void *res;
	bool retried;
	struct v4_password *password;
	struct v4_file *file; /* of V4_FILE */
};

void
v4_front(struct call *);
/* Refuses and counts what the rates count. */
void
v4_refuse(struct v4_call *, enum err);
/* Runs the row's action and answers. */
void
v4_run(struct v4_call *);
/* After the parameters are there: refuses, or goes on to the password or the action. */
void
v4_proceed(struct v4_call *, enum err);
/* A 200 with what the row's encoder makes of v->res. */
void
v4_answer(struct v4_call *);
/* Reads the request file, then goes on with v4_proceed (v4_offline.c). */
void
v4_file_start(struct v4_call *);
/* Verifies the password on the pool, then goes on with v4_run. */
void
v4_password_start(struct v4_call *);

/* Rows. */
extern const struct v4_spec v4_activate_license, v4_check_license, v4_deactivate_license,
    v4_activate_bundle, v4_check_bundle, v4_deactivate_bundle, v4_add_consumption,
    v4_product_details, v4_change_password, v4_well_known, v4_activate_offline,
    v4_activate_bundle_offline, v4_deactivate_offline, v4_deactivate_bundle_offline;

/* Encoders and hooks that rows of several files share (v4_license.c). */
/* The action's result, under the vendor's id. */
const struct client_res *
v4_result(struct v4_call *);
void
v4_touch(struct v4_call *, bool wrote);
void
v4_encode_activated(struct v4_call *, struct buf *body);
void
v4_encode_checked(struct v4_call *, struct buf *body);
void
v4_encode_deactivated(struct v4_call *, struct buf *body);

void
ops_front(struct call *);
void
jwks_front(struct call *);

#endif
