/*
 * One way to change a staff-visible object: writes the record, bumps revision and
 * updated_at, checks If-Match, collects the difference for dry_run, and appends the audit
 * entry, all in the caller's transaction. Secrets never enter a difference
 * (FIELD_SECRET).
 */
#ifndef LICET_SERVER_ACTION_CHANGE_H
#define LICET_SERVER_ACTION_CHANGE_H

#include "server/action/action.h"

enum change_kind { CHANGE_CREATE, CHANGE_UPDATE, CHANGE_DELETE };

/* management-api.md 1.4, dry_run. */
struct change {
	struct change *next;
	const char *type; /* object type, "license" */
	int64_t id;
	enum change_kind kind;
	struct slice fields; /* JSON {"name":[from,to]} */
};

/* For what change_record does not see: a copy goes on ctx->changes, newest first. */
must_check enum err
change_note(struct action_ctx *, const struct change *);
/*
 * before NULL: create (record_add gives the id); after NULL: delete. Records begin with
 * struct object. action is the audit name ("license.updated"), NULL for no entry (part of
 * a greater change). license_id: FIELD_NONE or where the history shows it. E_DUPLICATE,
 * E_STALE_OBJECT (only when check_revision), store errors. An update that changes nothing
 * writes nothing.
 */
must_check enum err
change_record(struct action_ctx *, enum table, const void *before, void *after,
    const char *action, int64_t license_id);
/* If-Match against the object about to change: E_STALE_OBJECT. */
must_check enum err
change_check_revision(const struct action_ctx *, const struct object *);

/*
 * Appends to the hash chain (management-api.md 7.1) in this transaction. object_id is
 * decimal text for ids. detail: JSON {"name":[from,to]} or null. Reason is ctx->reason.
 */
must_check enum err
audit_append(struct action_ctx *, const char *action, const char *object_type,
    struct slice object_id, int64_t license_id, struct slice detail);

struct meta;
/* The last entry: its seq in number, its hash in bytes; number 0: there is none. */
must_check enum err
audit_head(struct txn *, struct meta *);

/*
 * Walks the chain from `from` in at most `max` entries. *next gets where to go on (0 at
 * the end). E_VERIFY: *broken_at and *problem say where and what.
 */
struct audit_walk {
	int64_t from, max;
	int64_t next, last, erased, broken_at;
	const char *problem;
	unsigned char hash[32]; /* of the last entry walked; in: of the one before from */
	bool has_hash;
};
must_check enum err
audit_verify_walk(struct txn *, struct audit_walk *);

#endif
