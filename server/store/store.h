/*
 * The store: ordered maps of records behind eleven verbs, transactions as functions,
 * group commit. Backends: LMDB (lmdb.c), memory and fault injection (tests). Nothing of
 * an engine shows above this header; PostgreSQL must fit it later.
 *
 * A transaction function may run more than once (map growth, serialization failure): it
 * touches only its txn and its arena and leaves no trace elsewhere. For an E_OK return
 * the changes are kept, for any other they are dropped and the job ends with that error.
 */
#ifndef LICET_SERVER_STORE_STORE_H
#define LICET_SERVER_STORE_STORE_H

#include "base/mailbox.h"
#include "server/model/schema.h"

struct store;
struct txn;
struct store_options;
struct worker;

typedef enum err
txn_fn(struct txn *, void *arg);

/* Engine's place of one ordered map: index -1 is the primary map of the table. */
struct space {
	enum table table;
	int index;
};

/* Keys of a space that start with prefix, from `from` on (a whole key; null: from the end
 * of the range where the scan begins). A prefix of a whole license id keeps a scan of a
 * clustered space inside that license. */
struct range {
	struct slice prefix;
	struct slice from;
	bool reverse;
};

/* Longest key of a verb; a longer one is E_VALIDATION. */
#define STORE_KEY_MAX 480

/* Engine cursor; private to the backend, lives until next gives E_NOT_FOUND, at the
 * latest until its transaction ends. */
struct cursor;

/*
 * Backend verbs; called by worker.c, record.c and verify.c only. Keys are those of
 * schema.h. Values passed out stay valid until the next change in the same transaction or
 * its end. get: E_NOT_FOUND. put: inserts or replaces. del: E_NOT_FOUND. next:
 * E_NOT_FOUND at the end, which ends the cursor; its key stays valid until the next call.
 * scan: positions so that next gives the first key >= from (reverse: the last key < from,
 * or the last of all when from is null), then onwards. A change in the transaction leaves
 * the cursor usable: next goes on behind (before) the last key given. E_DAMAGED: a record
 * fails its checksum (a next after that goes on behind it). E_RETRY: run the transaction
 * again. The value of a put must not lie in memory that get or next gave out.
 */
struct store_ops {
	const char *name;
	enum err (*open)(struct store **, const struct store_options *);
	void (*close)(struct store *);
	enum err (*read)(struct store *, txn_fn *, void *arg);
	/* Opens a write transaction, runs body, commits durably when it returns E_OK. */
	enum err (*write)(struct store *, txn_fn *body, void *arg);
	/* Inside body: runs fn in a child that commits into the parent on E_OK, else
	 * aborts. */
	enum err (*child)(struct txn *, txn_fn *, void *arg);
	enum err (*get)(struct txn *, struct space, struct slice key, struct slice *val);
	enum err (*put)(struct txn *, struct space, struct slice key, struct slice val);
	enum err (*del)(struct txn *, struct space, struct slice key);
	enum err (*scan)(
	    struct txn *, struct space, const struct range *, struct cursor **);
	enum err (*next)(struct cursor *, struct slice *key, struct slice *val);
	/* Walks engine structures and checksums of everything; problem in the log. */
	enum err (*check)(struct store *, int64_t *records);
	/* Consistent hot copy of one instant into an empty directory. */
	enum err (*backup)(struct store *, const char *dir);
};

struct store_options {
	const struct store_ops *ops;
	const struct schema *schema;
	const char *dir;   /* store/ in the data directory */
	int64_t map_max;   /* bytes */
	int64_t batch_max; /* most jobs in one commit */
	bool read_only;
	bool create; /* make an empty store when absent; else E_NO_STORE */
	unsigned char checksum_key[16];
};

extern const struct store_ops store_lmdb_ops;

/* Base of every backend's struct store and struct txn. */
struct store {
	const struct store_ops *ops;
	const struct schema *schema;
	struct worker *worker; /* NULL until store_start */
	int64_t batch_max;
	bool unchecked; /* open has not walked it: store_start does, beside the work */
	_Atomic bool stopping;   /* a long check ends early */
	_Atomic int health;      /* enum err */
	_Atomic bool unreadable; /* reads fail too */
	_Atomic bool full;       /* the last change found no room */
};

struct txn {
	struct store *store;
	bool writable;
	struct arena *arena; /* record.c puts decoded records here */
};

/* E_NO_STORE, E_STORE, E_STORE_VERSION, E_DAMAGED, E_DENIED, E_STORE_FULL, E_NO_MEMORY.
 */
must_check enum err
store_open(struct store **, const struct store_options *);
void
store_close(struct store *); /* stops the worker first; accepts NULL */

/*
 * Asynchronous work. The job and all it points to belong to the store until done has run,
 * which happens on the thread of `back` (posted), or at once in the caller's thread for
 * reads on an engine that reads in place.
 */
struct store_job {
	struct mail mail;
	txn_fn *fn;
	void *arg;
	struct arena
	    *arena; /* for the transaction; reset to its mark before a second run */
	struct mailbox *back; /* NULL: done runs on the writer thread and must be brief */
	void (*done)(struct store_job *);
	enum err err; /* of fn, or of the commit */
	/* private */
	struct store_job *next;
	struct arena_mark mark;
};

/* Starts the writer thread (or threads). Before it, and in command-line tools, only the
 * _now calls work. */
must_check enum err
store_start(struct store *);
/* Finishes the queue, commits, stops the thread. Later writes end with E_UNAVAILABLE. */
void
store_stop(struct store *);
void
store_read(struct store *, struct store_job *);
/* E_UNAVAILABLE through done when stopping or when more than 10,000 jobs wait. */
void
store_write(struct store *, struct store_job *);

/* Synchronous; any thread, but never inside a transaction function. The write goes
 * through the queue when the worker runs. */
must_check enum err
store_read_now(struct store *, struct arena *, txn_fn *, void *arg);
must_check enum err
store_write_now(struct store *, struct arena *, txn_fn *, void *arg);

/*
 * Inside a write transaction: a part of it whose changes are dropped alone when fn ends
 * with an error, which is given back. E_RETRY as in any transaction.
 */
must_check enum err
store_nested(struct txn *, txn_fn *, void *arg);

/*
 * E_OK while healthy; else the first fault, until restart. Every write then ends with it.
 *
 * A damaged record (E_DAMAGED) or a commit that failed for another reason than space
 * leaves reads alone: each value is checked as it is read, and what was committed before
 * stands. Damage to the structure, which can hide records, makes reads fail as well.
 * E_STORE_FULL heals by itself and is never kept here.
 */
enum err
store_health(const struct store *);
/* Healthy, and the last change found room. */
bool
store_writable(const struct store *);
/* For backends, record.c and the worker: the first fault is kept and logged. */
void
store_set_fault(struct store *, enum err, bool unreadable);

#endif
