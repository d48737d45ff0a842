#include "server/model/audit.h"

static const struct field audit_fields[] = {
	FIELD(1, INT, audit, seq, FIELD_RO, 0, 0),
	FIELD(2, INSTANT, audit, time, FIELD_RO, 0, 0),
	FIELD_OF_ENUM(3, audit, actor_type, FIELD_RO | FIELD_HIDDEN, actor_type_names),
	FIELD(4, TEXT, audit, actor_id, FIELD_RO | FIELD_HIDDEN, 0, MAX_NAME),
	FIELD(5, TEXT, audit, actor_name, FIELD_RO | FIELD_HIDDEN, 0, MAX_NAME),
	FIELD(6, TEXT, audit, credential, FIELD_RO, 0, MAX_NAME),
	FIELD(7, TEXT, audit, address, FIELD_RO, 0, 64),
	FIELD(8, TEXT, audit, request_id, FIELD_RO, 0, 64),
	FIELD(9, TEXT, audit, action, FIELD_RO, 0, 64),
	FIELD(10, TEXT, audit, object_type, FIELD_RO | FIELD_HIDDEN, 0, 64),
	FIELD(11, TEXT, audit, object_id, FIELD_RO | FIELD_HIDDEN, 0, 64),
	FIELD(12, TEXT, audit, reason, FIELD_RO, 0, 500),
	FIELD(13, INT, audit, license_id, FIELD_RO | FIELD_NULL | FIELD_HIDDEN, 0, 0),
	FIELD(14, BYTES, audit, detail_hash, FIELD_RO | FIELD_HIDDEN, 0, AUDIT_HASH_LEN),
	FIELD(15, BYTES, audit, prev, FIELD_RO | FIELD_HIDDEN, AUDIT_HASH_LEN,
	    AUDIT_HASH_LEN),
	FIELD(16, BYTES, audit, hash, FIELD_RO | FIELD_HIDDEN, AUDIT_HASH_LEN,
	    AUDIT_HASH_LEN),
};

static const struct field audit_detail_fields[] = {
	FIELD(1, INT, audit_detail, seq, FIELD_RO, 0, 0),
	FIELD(2, BYTES, audit_detail, salt, FIELD_RO | FIELD_HIDDEN, AUDIT_SALT_LEN,
	    AUDIT_SALT_LEN),
	FIELD(3, JSON, audit_detail, fields, FIELD_RO, 0, 0),
};

static const struct field checkpoint_fields[] = {
	FIELD(1, INT, checkpoint, seq, FIELD_RO, 0, 0),
	FIELD(2, INSTANT, checkpoint, issued_at, FIELD_RO, 0, 0),
	FIELD(3, TEXT, checkpoint, kid, FIELD_RO, 0, 16),
	FIELD(4, BYTES, checkpoint, object, FIELD_RO | FIELD_HIDDEN, 0, 0),
};

static const struct field meta_fields[] = {
	FIELD(1, TEXT, meta, key, FIELD_RO, 1, 64),
	FIELD(2, INT, meta, number, FIELD_RO, 0, 0),
	FIELD(3, BYTES, meta, bytes, FIELD_RO | FIELD_HIDDEN, 0, 0),
};

static const struct field idempotency_fields[] = {
	FIELD(1, TEXT, idempotency, account, FIELD_RO, 1, 64),
	FIELD(2, TEXT, idempotency, key, FIELD_RO, 1, 255),
	FIELD(3, BYTES, idempotency, digest, FIELD_RO | FIELD_HIDDEN, 32, 32),
	FIELD(4, INT, idempotency, status, FIELD_RO, 0, 0),
	FIELD(5, BYTES, idempotency, body, FIELD_RO | FIELD_HIDDEN, 0, 0),
	FIELD(6, TEXT, idempotency, location, FIELD_RO, 0, 0),
	FIELD(7, TEXT, idempotency, etag, FIELD_RO, 0, 0),
	FIELD(8, INSTANT, idempotency, expires_at, FIELD_RO, 0, 0),
};

static const struct field stat_fields[] = {
	FIELD(1, TEXT, stat, metric, FIELD_RO, 1, 64),
	FIELD(2, TEXT, stat, label, FIELD_RO, 0, 64),
	FIELD(3, INSTANT, stat, hour, FIELD_RO, 0, 0),
	FIELD(4, INT, stat, count, FIELD_RO, 0, 0),
};

static const struct field job_state_fields[] = {
	FIELD(1, TEXT, job_state, name, FIELD_RO, 1, 64),
	FIELD(2, INSTANT, job_state, next_run, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(3, INSTANT, job_state, last_run, FIELD_RO | FIELD_NULL, 0, 0),
};

const struct field_table audit_table = FIELD_TABLE("audit", audit, audit_fields);
const struct field_table audit_detail_table =
    FIELD_TABLE("audit_detail", audit_detail, audit_detail_fields);
const struct field_table checkpoint_table =
    FIELD_TABLE("checkpoint", checkpoint, checkpoint_fields);
const struct field_table meta_table = FIELD_TABLE("meta", meta, meta_fields);
const struct field_table idempotency_table =
    FIELD_TABLE("idempotency", idempotency, idempotency_fields);
const struct field_table stat_table = FIELD_TABLE("stat", stat, stat_fields);
const struct field_table job_state_table =
    FIELD_TABLE("job", job_state, job_state_fields);
