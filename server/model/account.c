#include "server/model/account.h"

#define MAX_LABEL 64
#define MAX_LIST_TEXT 8192

static const struct field account_fields[] = {
	OBJECT_FIELDS(account),
	FIELD(5, TEXT, account, email, FIELD_REQUIRED | FIELD_IMMUTABLE | FIELD_IDENT, 3,
	    MAX_EMAIL),
	FIELD(6, TEXT, account, name, 0, 0, MAX_NAME),
	FIELD_OF_ENUM(7, account, role, FIELD_REQUIRED, role_names),
	FIELD(8, BOOL, account, enabled, 0, 0, 0),
	FIELD(9, BOOL, account, must_set_password, FIELD_RO, 0, 0),
	FIELD(10, INSTANT, account, last_login_at, FIELD_RO | FIELD_NULL, 0, 0),
};

static const struct field token_fields[] = {
	OBJECT_FIELDS(token),
	FIELD(5, INT, token, account_id, FIELD_RO, 0, 0),
	FIELD(6, TEXT, token, name, FIELD_REQUIRED | FIELD_IMMUTABLE, 1, MAX_LABEL),
	FIELD(7, JSON, token, permissions, FIELD_IMMUTABLE, 0, MAX_LIST_TEXT),
	FIELD(8, JSON, token, allowed_addresses, FIELD_IMMUTABLE, 0, MAX_LIST_TEXT),
	FIELD(9, INSTANT, token, expires_at, FIELD_IMMUTABLE | FIELD_NULL, 0, 0),
	FIELD(10, INSTANT, token, last_used_at, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(11, INSTANT, token, revoked_at, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(12, TEXT, token, prefix, FIELD_RO, 0, 12),
	FIELD(13, BYTES, token, hash, FIELD_SECRET, 32, 32),
};

static const struct field api_key_fields[] = {
	OBJECT_FIELDS(api_key),
	FIELD(5, TEXT, api_key, name, FIELD_REQUIRED, 1, MAX_LABEL),
	FIELD(6, TEXT, api_key, api_key, FIELD_RO | FIELD_IDENT, 1, MAX_LABEL),
	FIELD(7, BYTES, api_key, shared_key, FIELD_SECRET, 0, 0),
	FIELD(8, BOOL, api_key, read_only, 0, 0, 0),
	FIELD(9, INTS, api_key, product_ids, FIELD_HIDDEN, 0, 1000),
	FIELD(10, TEXT, api_key, note, 0, 0, MAX_NOTE),
	FIELD(11, INSTANT, api_key, last_used_at, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(12, INSTANT, api_key, revoked_at, FIELD_RO | FIELD_NULL, 0, 0),
};

const struct field_table account_table = FIELD_TABLE("account", account, account_fields);
const struct field_table token_table = FIELD_TABLE("token", token, token_fields);
const struct field_table api_key_table = FIELD_TABLE("api_key", api_key, api_key_fields);
