/*
 * Calls on the keys (management-api.md 6, `keys/`). A change has four steps, one call at
 * a time (keystore_begin):
 *
 *   signing_look      read transaction: what is asked, and what it would do
 *   signing_prepare   any thread, blocks: key file, certificate, the ring to come
 *   the action        write transaction: rows and audit entries
 *   signing_settle    any thread, blocks: the ring takes its place, files go
 *
 * A crash between any two of them is put right at the next start (keys/rotation.h).
 */
#ifndef LICET_SERVER_ACTION_SIGNING_ADMIN_H
#define LICET_SERVER_ACTION_SIGNING_ADMIN_H

#include "keys/keyring_slot.h"
#include "server/action/manage.h"
#include "server/action/signing.h"

struct signing_job {
	/* in */
	struct keystore *keystore;
	struct keyring_slot *slot;
	const struct store *store;
	struct arena *arena;
	int64_t now;
	bool dry_run;
	/* of signing_look */
	struct signing_rows rows;
	struct rotation_ask ask;
	struct rotation_step step;
	struct signing_key root; /* that came along with a certificate; kid null: none */
	struct slice certificate;
	struct key bounds;
	/* of signing_prepare */
	bool is_ready;
	struct signing_key made; /* of a new key */
	struct keyring *next;    /* NULL in a dry run */
	bool is_written, is_locked;
	enum err err;
};

extern const struct resource key_resource;

action_fn signing_look; /* struct manage_req -> struct signing_job; read */
/* Errors in job->err: E_UNAVAILABLE while a backup reads the key files; E_KEY: the root
 * key cannot be opened or is another one. What was begun is undone then. */
void
signing_prepare(struct signing_job *);
/* is_done: the transaction is durable. If not, and the store is not well, nobody knows:
 * then all files stay for the next start to sort out. */
void
signing_settle(struct signing_job *, bool is_done);

action_fn key_get;         /* read */
action_fn key_certificate; /* read; the armored text */
action_fn key_rotate;      /* write, like all below; they need req->signing */
action_fn key_certify;
action_fn key_retire;
action_fn key_revoke;

#endif
