/* Staff accounts, management tokens, client API keys (5.1, management-api.md 2.2, 6). */
#ifndef LICET_SERVER_MODEL_ACCOUNT_H
#define LICET_SERVER_MODEL_ACCOUNT_H

#include "server/model/types.h"

struct account {
	struct object o;
	struct slice email, name;
	int role;
	bool enabled;
	bool must_set_password;
	int64_t last_login_at; /* null */
};

struct token {
	struct object o;
	int64_t account_id;
	struct slice name;
	struct slice permissions;       /* JSON array of names, [] = all of the role */
	struct slice allowed_addresses; /* JSON array of CIDR, [] = any */
	int64_t expires_at, last_used_at, revoked_at; /* null */
	struct slice prefix;                          /* first 12 characters */
	struct slice hash;                            /* BLAKE2b-256 of the text */
};

struct api_key {
	struct object o;
	struct slice name, api_key;
	struct slice shared_key; /* sealed under the store key */
	bool read_only;
	struct list product_ids; /* int64_t, empty = all */
	struct slice note;
	int64_t last_used_at, revoked_at; /* null */
};

extern const struct field_table account_table, token_table, api_key_table;

#endif
