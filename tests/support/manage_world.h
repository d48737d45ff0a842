/*
 * The management API in process: a store in memory with vendor and owner, the real front,
 * actions and writer thread, and a test clock. Calls come over the admin socket unless a
 * token is set. One world at a time.
 */
#ifndef LICET_TESTS_SUPPORT_MANAGE_WORLD_H
#define LICET_TESTS_SUPPORT_MANAGE_WORLD_H

#include "base/clock.h"
#include "base/json.h"
#include "keys/seal.h"
#include "server/api/api.h"

#define MANAGE_NOW INT64_C(1751626573412000) /* 2025-07-04T10:56:13.412Z */

struct manage_world {
	struct arena *arena;
	struct store *store;
	struct seal *seal;
	struct pool *pool;
	struct touch *touch;
	struct api *api;
	struct keystore *keystore; /* NULL, and so the next: keys do not change */
	struct keyring_slot *keys;
	/* of the calls to come */
	const char *token; /* NULL: the socket, as root */
	const char *address;
	int uid_shift;     /* added to the peer's uid */
	size_t fail_after; /* the n-th allocation of the next call fails; 0: none */
	bool fail_once;    /* and no later one */
	/* of the last answer */
	int status;
	struct slice headers, body;
	struct json *json; /* NULL: none */
	size_t left;       /* arena_fail_left() when it came */
};

/* cmocka set-up and tear-down; *state is the world. */
int
manage_setup(void **state);
int
manage_setup_on(void **state, const struct store_ops *);
int
manage_teardown(void **state);
/* A new api over what the world has. */
void
manage_restart(struct manage_world *);
/* Burst of the rate per credential, 40 at first. */
void
manage_set_burst(struct manage_world *, int64_t burst);

/*
 * One call: "POST products/?dry_run=true" (behind /api/v1/), body (NULL: none), further
 * header lines "Name: value" ended by LF (NULL: none). The status.
 */
int
ask(struct manage_world *, const char *call, const char *body, const char *headers);
/* The same with printf for the call; no body, no headers. */
int
askf(struct manage_world *, const char *fmt, ...) printf_like(2, 3);
/* Sends without waiting; ask_end waits for one answer. */
void
ask_begin(struct manage_world *, const char *call, const char *body, const char *headers);
int
ask_end(struct manage_world *);

/* A request of its own arena for "METHOD /path?query" on any service: room for 16
 * headers. manage_send takes it; ask_end waits for the answer. */
struct request *
manage_request(struct manage_world *, const char *call, const char *body);
void
manage_send(struct manage_world *, const struct service *, struct request *);

/* Member of the answer by path ("results.0.id"); a missing one ends the test. */
const struct json *
pick(struct manage_world *, const char *path);
int64_t
pick_int(struct manage_world *, const char *path);
const char *
pick_text(struct manage_world *, const char *path);
bool
pick_bool(struct manage_world *, const char *path);
bool
pick_null(struct manage_world *, const char *path);
/* Header of the last answer, NULL when absent. */
const char *
answer_header(struct manage_world *, const char *name);
/* Status, error code, and (when not NULL) the field of the first fault. */
void
assert_refused(struct manage_world *, int status, const char *code, const char *field);
void
assert_text(struct manage_world *, const char *path, const char *expected);

/* Digest over every key and value of the store. */
void
manage_digest(struct manage_world *, unsigned char out[static 32]);
/* Records of a table. */
int64_t
manage_count(struct manage_world *, enum table);
/* Action of the newest audit entry. */
const char *
last_audit(struct manage_world *);
/*
 * The same call as dry run and for real: the dry one leaves the store as it is, names the
 * changes that the real one then makes, and shows its body with new ids and secrets null.
 * Status of the real call.
 */
int
ask_both(struct manage_world *, const char *call, const char *body);

#endif
