/* Audit chain, and the server's own bookkeeping records (management-api.md 7.1, 1.4, 8).
 */
#ifndef LICET_SERVER_MODEL_AUDIT_H
#define LICET_SERVER_MODEL_AUDIT_H

#include "server/model/types.h"

#define AUDIT_HASH_LEN 32
#define AUDIT_SALT_LEN 16

struct audit {
	int64_t seq, time;
	int actor_type;
	struct slice actor_id, actor_name, credential, address, request_id, action,
	    object_type, object_id, reason;
	int64_t license_id;       /* null; where history looks */
	struct slice detail_hash; /* 32 bytes, empty without detail */
	struct slice prev, hash;  /* 32 bytes each */
};

struct audit_detail {
	int64_t seq;
	struct slice salt;   /* 16 bytes */
	struct slice fields; /* JSON {"name":[from,to]} */
};

/* What was signed about the chain, kept for ever. */
struct checkpoint {
	int64_t seq; /* of the last entry it covers, which says that it was made */
	int64_t issued_at;
	struct slice kid;    /* of the key that signed, hex */
	struct slice object; /* as it was signed */
};

/* Named number or bytes: id counters ("id:license"), "epoch", "audit_head", "schema". */
struct meta {
	struct slice key;
	int64_t number;
	struct slice bytes;
};

struct idempotency {
	struct slice account, key;
	struct slice digest; /* BLAKE2b-256 of method, path, query, body */
	int64_t status;
	struct slice body, location, etag;
	int64_t expires_at;
};

/* One sum: metric, hour (instant of its start), label ("" or an error code). */
struct stat {
	struct slice metric, label;
	int64_t hour;
	int64_t count;
};

struct job_state {
	struct slice name;
	int64_t next_run, last_run; /* null */
};

extern const struct field_table audit_table, audit_detail_table, checkpoint_table,
    meta_table, idempotency_table, stat_table, job_state_table;

#endif
