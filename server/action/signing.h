/*
 * The rows of the signing and box keys, and the ring made of rows and key files
 * (offline-activation.md 1, management-api.md 6). What changes them goes through
 * keys/rotation.h; the calls are in signing_admin.h.
 */
#ifndef LICET_SERVER_ACTION_SIGNING_H
#define LICET_SERVER_ACTION_SIGNING_H

#include "keys/keyring.h"
#include "keys/keystore.h"
#include "keys/rotation.h"
#include "server/action/action.h"
#include "server/model/key.h"

/*
 * A certificate counts from a day before it was made: clocks of machines without a
 * network are that far off, and a new key would be refused there.
 */
#define SIGNING_BACKDATE (24 * INT64_C(3600000000))

struct signing_rows {
	struct signing_key *item; /* in order of their ids */
	size_t n;
};

/* All rows, into txn->arena. */
must_check enum err
signing_read(struct txn *, struct signing_rows *);
/* By its 16 digits. E_NOT_FOUND. */
must_check enum err
signing_find(struct txn *, struct slice kid, struct signing_key *);
struct rotation_row
signing_facts(const struct signing_key *);
struct key
signing_key_of(const struct signing_key *);
/* NULL: the root is not known. */
const struct signing_key *
signing_root(const struct signing_rows *);

/* A row for a key whose private half is here (root: on_server as given). Texts in the
 * arena; E_NO_MEMORY. */
must_check enum err
signing_new_row(struct arena *, const struct key *, struct slice certificate, int64_t now,
    struct signing_key *);
/*
 * Signs a certificate over the key with the root's KEY_SECRET bytes and sets the key's
 * bounds to those of it. E_NO_MEMORY.
 */
must_check enum err
signing_certify(struct arena *, const struct key *root,
    const struct secret *root_material, int64_t now, struct key *,
    struct slice *certificate);
/*
 * The certificate is by this root and over this key, at whatever time; *out has its
 * bounds. E_NOT_CERTIFIED and the errors of trust_certificate but
 * E_CERTIFICATE_EXPIRED.
 */
must_check enum err
signing_check(const struct signing_key *root, const struct signing_key *,
    struct slice certificate, struct key *out);

/* Stores a change of a row and its audit entry, whose object is named by the kid. before
 * or after may be NULL. */
must_check enum err
signing_store(struct action_ctx *, const struct signing_key *before,
    struct signing_key *after, const char *action);
/* The first rows of a store: const struct signing_rows -> nothing. Write. */
action_fn action_signing_first;
/* What a start found to be otherwise (on_server, sealed): the same. */
action_fn action_signing_note;

#endif
