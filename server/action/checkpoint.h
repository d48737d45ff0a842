/*
 * Checkpoints of the audit log (management-api.md 7.1): a signed statement that entry seq
 * has had this hash. Kept elsewhere, one makes a rewrite visible.
 */
#ifndef LICET_SERVER_ACTION_CHECKPOINT_H
#define LICET_SERVER_ACTION_CHECKPOINT_H

#include "offline/claims.h"
#include "server/action/action.h"
#include "server/model/audit.h"

/*
 * Appends audit.checkpoint, signs the entry's hash by the active issuing key and keeps
 * that. E_UNAVAILABLE without issuer; E_NOT_CERTIFIED: its key has no certificate, so
 * nobody could believe it.
 */
must_check enum err
checkpoint_make(struct action_ctx *, struct checkpoint *);
/* The same when there are entries that the last one does not cover; struct checkpoint *
 * or NULL as result, whose seq is 0 when there was nothing new. Write. */
action_fn action_checkpoint_due;
/* Signs any entry. Nothing is kept. Errors as above. */
must_check enum err
checkpoint_sign(
    struct action_ctx *, int64_t seq, struct slice hash, struct slice *object);

/* The newest kept one with seq <= upto. E_NOT_FOUND. */
must_check enum err
checkpoint_last(struct txn *, int64_t upto, struct checkpoint *);

/* The first armored object of a text. E_NOT_FOUND: there is none; E_ARMOR; E_OBJECT_TYPE:
 * of another kind. */
must_check enum err
checkpoint_take(struct arena *, struct slice text, struct slice *object);

enum checkpoint_state {
	CHECKPOINT_HELD,    /* the chain has this entry with this hash */
	CHECKPOINT_FOREIGN, /* not signed for this server */
	CHECKPOINT_BEYOND,  /* the chain ends before this entry */
	CHECKPOINT_DIFFERS  /* the entry has another hash, or is not there */
};

struct checkpoint_look {
	struct claims_checkpoint claims;
	char kid[KEY_KID_TEXT + 1];
	enum checkpoint_state state;
	int64_t head;        /* seq of the last entry here */
	bool same_epoch;     /* as this store's */
	const char *problem; /* in words, in the arena; NULL when held */
};
/*
 * The key must be certified by this server's root at the time it signed, whatever became
 * of it since. That the chain itself is whole is another question: audit_verify_walk.
 * Errors of cose_parse and claims_get_checkpoint; store errors.
 */
must_check enum err
checkpoint_look(struct txn *, struct slice object, struct checkpoint_look *);

/* Looks at the kept ones from seq on, `max` of them. E_VERIFY: broken_at, problem. */
struct checkpoint_walk {
	int64_t from, max;
	int64_t next; /* 0 at the end */
	int64_t seen, broken_at;
	const char *problem; /* in the arena of the call */
};
must_check enum err
checkpoint_walk(struct txn *, struct checkpoint_walk *);

#endif
