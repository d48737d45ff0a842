/*
 * THE list of tables: record struct, field table, primary key, secondary indexes. The
 * store knows records through it alone; store/record.c keeps the indexes right.
 *
 * Keys are bytes whose order matters (base/wire.h). A clustered table or index begins
 * with a license id: the LMDB backend keeps all that one license owns side
 * by side (goals.md, "clustered"), so that one activation touches few pages.
 */
#ifndef LICET_SERVER_MODEL_SCHEMA_H
#define LICET_SERVER_MODEL_SCHEMA_H

#include "base/buf.h"
#include "base/field.h"

enum table {
	T_META, /* struct meta: counters of ids, store epoch, audit head */
	T_VENDOR,
	T_PRODUCT,
	T_POLICY,
	T_PRODUCT_FEATURE,
	T_CUSTOM_FIELD,
	T_INSTALLATION_FILE,
	T_CUSTOMER_ACCOUNT,
	T_CUSTOMER,
	T_ORDER,
	T_LICENSE_USER,
	T_LICENSE,
	T_LICENSE_FEATURE,
	T_ASSIGNMENT,
	T_ACTIVATION,
	T_VARIABLE,
	T_DEVICE,
	T_BLACKLIST,
	T_API_KEY,
	T_ACCOUNT,
	T_TOKEN,
	T_AUDIT,
	T_AUDIT_DETAIL,
	T_IDEMPOTENCY,
	T_STAT,
	T_JOB,
	T_KEY,
	T_ISSUED,
	T_PROOF,
	T_REVOCATION,
	T_OFFLINE_REQUEST,
	T_CHECKPOINT,
	T_MAX
};

/*
 * Appends the key of rec. False: this record has no entry in this index (never for the
 * primary key). Longest key 400 bytes.
 */
typedef bool
table_key_fn(struct buf *key, const void *rec);

/*
 * Appends the primary key that an index key tells by itself. False: it is no key of the
 * index.
 */
typedef bool
index_primary_fn(struct buf *primary, struct slice key);

struct index_def {
	const char *name; /* "short_code" */
	bool unique;      /* two records with one key: E_DUPLICATE */
	bool clustered;   /* key begins with a license id */
	table_key_fn *key;
	index_primary_fn *primary; /* NULL: the entry holds it as its value */
};

#define TABLE_INDEX_MAX 8

struct table_def {
	const struct field_table *fields;
	bool clustered;
	/* Number among the tables that have a clustered map, 1 to 31, in every key of
	 * these; never used again for another. 0: none. */
	unsigned char cluster;
	bool grows; /* to millions: what is not clustered has maps of its own */
	table_key_fn *key;
	/* Offset of the int64_t id that record_new_id fills, SIZE_MAX for tables without.
	 */
	size_t id_offset;
	struct index_def index[TABLE_INDEX_MAX]; /* ends with name == NULL */
};

struct schema {
	const struct table_def *const *table; /* by enum table */
	size_t n;
};

/* The schema of this version (schema.c). */
extern const struct schema model_schema;

/* Index numbers, the position in table_def.index. */
enum {
	IX_PRODUCT_CODE = 0,
	IX_POLICY_CODE = 0,
	IX_POLICY_PRODUCT = 1,
	IX_PRODUCT_FEATURE_CODE = 0, /* (product_id, code) */
	IX_CUSTOM_FIELD_PRODUCT = 0, /* (product_id, id) */
	IX_INSTALLATION_FILE_PRODUCT = 0,
	IX_CUSTOMER_ACCOUNT_CODE = 0,
	IX_CUSTOMER_EMAIL = 0, /* folded; none for "" */
	IX_CUSTOMER_REFERENCE = 1,
	IX_CUSTOMER_ACCOUNT = 2, /* (customer_account_id, id) */
	IX_ORDER_STORE_ID = 0,
	IX_ORDER_CUSTOMER = 1, /* (customer_id, id) */
	IX_ORDER_CREATED = 2,  /* (created_at, id) */
	IX_LICENSE_USER_EMAIL = 0,
	IX_LICENSE_KEY = 0, /* (product_id, folded key) unique */
	IX_LICENSE_ORDER = 1,
	IX_LICENSE_PRODUCT = 2,
	IX_LICENSE_SET = 3,       /* (bundle_license_id, id): members of a set */
	IX_LICENSE_CREATED = 4,   /* (created_at, id) */
	IX_LICENSE_VALIDITY = 5,  /* (validity_period, id); none for null */
	IX_ASSIGNMENT_USER = 0,   /* (user_id, license_id) */
	IX_ACTIVATION_ID = 0,     /* unique */
	IX_ACTIVATION_DEVICE = 1, /* (device_id, license_id) */
	IX_ACTIVATION_VACANT =
	    2, /* clustered (license_id, vacant_since, id); vacant ones only */
	IX_ACTIVATION_FLOATING =
	    3, /* clustered (license_id, seat_until, id); seats held only */
	IX_ACTIVATION_LEASE =
	    4, /* (lease_until, id); active ones under an offline lease only */
	IX_DEVICE_HARDWARE_ID = 0, /* unique; none for null */
	IX_DEVICE_UNBOUND = 1,     /* uuid; only devices that no hardware_id names yet */
	IX_BLACKLIST_HARDWARE_ID = 0, /* (hardware_id, scope, scope_id) unique */
	IX_API_KEY_KEY = 0,
	IX_ACCOUNT_EMAIL = 0,
	IX_TOKEN_HASH = 0,
	IX_TOKEN_ACCOUNT = 1,
	IX_AUDIT_LICENSE = 0, /* clustered (license_id, seq); none without license */
	IX_AUDIT_OBJECT =
	    1,             /* (object type, object id, seq); none when it has a license */
	IX_AUDIT_TIME = 2, /* (time, seq) */
	IX_IDEMPOTENCY_EXPIRY = 0,
	IX_KEY_KID = 0,
	IX_ISSUED_REQUEST = 0,         /* unique */
	IX_ISSUED_LICENSE = 1,         /* clustered (license_id, serial) */
	IX_ISSUED_HARDWARE = 2,        /* (hardware_id, serial) */
	IX_ISSUED_LEASE = 3,           /* (lease_until, serial); none for null */
	IX_ISSUED_AT = 4,              /* (issued_at, serial) */
	IX_ISSUED_SIGNER = 5,          /* (kid, serial); live ones only */
	IX_REVOCATION_WEIGHT = 0,      /* (weight of the cause, serial) */
	IX_REVOCATION_UNTIL = 1,       /* (until, serial); none for null */
	IX_OFFLINE_REQUEST_CREATED = 0 /* (created_at, handle) */
};

#endif
