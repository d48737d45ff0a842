#include "server/model/key.h"

#define MAX_CERTIFICATE 4096

static const char *const uses[] = { "root", "issuing", "box" };
static const char *const states[] = { "active", "retired", "revoked", "pending" };

const struct names signing_use_names = { uses, ARRAY_LEN(uses) };
const struct names signing_state_names = { states, ARRAY_LEN(states) };

/* kid and public key of a key that a dry run makes are not those of the real one: they
 * are hidden from its changes and printed by hand. */
static const struct field key_fields[] = {
	OBJECT_FIELDS(signing_key),
	FIELD(5, TEXT, signing_key, kid, FIELD_RO | FIELD_HIDDEN | FIELD_IDENT,
	    SIGNING_KID, SIGNING_KID),
	FIELD_OF_ENUM(6, signing_key, use, FIELD_RO, signing_use_names),
	FIELD_OF_ENUM(7, signing_key, state, FIELD_RO, signing_state_names),
	FIELD(8, BYTES, signing_key, public_key, FIELD_RO | FIELD_HIDDEN, 32, 32),
	FIELD(9, BYTES, signing_key, certificate, FIELD_RO | FIELD_HIDDEN, 0,
	    MAX_CERTIFICATE),
	FIELD(10, INSTANT, signing_key, not_before, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(11, INSTANT, signing_key, not_after, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(12, INSTANT, signing_key, activated_at, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(13, INSTANT, signing_key, retired_at, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(14, INSTANT, signing_key, revoked_at, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(15, BOOL, signing_key, on_server, FIELD_RO, 0, 0),
	FIELD(16, BOOL, signing_key, sealed, FIELD_RO, 0, 0),
};

const struct field_table signing_key_table = FIELD_TABLE("key", signing_key, key_fields);
