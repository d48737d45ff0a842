/* What the files of the LMDB backend share. Nobody else includes it. */
#ifndef LICET_SERVER_STORE_LMDB_STORE_H
#define LICET_SERVER_STORE_LMDB_STORE_H

#include <lmdb.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>

#include "server/store/keyspace.h"

#define LMDB_FORMAT "licet store 2"
#define LMDB_FORMAT_BEFORE "licet store 1"
#define LMDB_IDLE 8
#define LMDB_SMALL INT64_C(67108864) /* walked before it is used */

struct lmdb_store {
	struct store base;
	struct arena *arena;
	const char *dir;
	MDB_env *env;
	MDB_dbi dbi[KEYSPACE_TREES]; /* of the trees that the schema has */
	pthread_rwlock_t gate; /* held shared by transactions, alone by map changes */
	bool gate_made;
	size_t map_max;
	int64_t page_size;
	bool read_only;
	unsigned char key[crypto_shorthash_KEYBYTES];
	unsigned commits;
	_Atomic(MDB_txn *) idle[LMDB_IDLE]; /* of reads, reset: they hold no snapshot */
};

struct lmdb_txn {
	struct txn base;
	MDB_txn *mdb;
	struct lmdb_txn *root; /* of a child: the whole transaction */
	struct arena *arena;   /* of the cursors: base.arena may be reset at any time */
	struct cursor *cursors;
	struct cursor *spare; /* those that have ended, for the next scans */
	bool full; /* of the root: the map or the transaction ran out of room */
};

struct cursor {
	struct lmdb_txn *txn;
	struct cursor *next;
	MDB_cursor *mdb; /* NULL: position again at `last` */
	struct keyspace space;
	bool reverse, started, ended;
	struct slice prefix;
	struct engine_key last; /* last key given, or where the scan begins */
	unsigned char key[KEYSPACE_MAX];
	unsigned char prefix_bytes[KEYSPACE_KEY_MAX];
};

enum err
lmdb_err(int rc);
/* The same for a verb: notes lack of room in the transaction (E_RETRY) and damage. */
enum err
lmdb_txn_err(struct lmdb_txn *, int rc);
/* The first keyspace_sum bytes of it are stored, ahead of the value. */
void
lmdb_sum(const struct lmdb_store *, struct keyspace, struct slice key, struct slice value,
    unsigned char out[static KEYSPACE_SUM]);
/* Checks and takes the checksum off. E_DAMAGED. */
must_check enum err
lmdb_unseal(const struct lmdb_store *, struct keyspace, struct slice key,
    struct slice raw, struct slice *value);

enum err
lmdb_get(struct txn *, struct space, struct slice key, struct slice *val);
enum err
lmdb_put(struct txn *, struct space, struct slice key, struct slice val);
enum err
lmdb_del(struct txn *, struct space, struct slice key);
enum err
lmdb_child(struct txn *, txn_fn *, void *arg);
enum err
lmdb_scan(struct txn *, struct space, const struct range *, struct cursor **);
enum err
lmdb_next(struct cursor *, struct slice *key, struct slice *val);
/* Engine cursors do not live through a change: they are positioned again on demand. */
void
lmdb_cursors_park(struct lmdb_txn *);
/* Before the transaction ends. */
void
lmdb_cursors_free(struct lmdb_txn *);

/* Opens all trees of the schema; of an empty store, makes them. E_NO_STORE, E_DAMAGED,
 * E_STORE_VERSION. */
must_check enum err
lmdb_open_trees(struct lmdb_store *, bool create);
/* Compares the length of the file with its last page: what is missing must be free. */
enum err
lmdb_check_length(struct lmdb_store *);
/* E_STORE_VERSION, with a word in the log: made by an older version. */
enum err
lmdb_check_version(struct lmdb_store *);
enum err
lmdb_check(struct store *, int64_t *records);
enum err
lmdb_backup(struct store *, const char *dir);
/* Maps so much, once nobody uses it; 0: as much as the file says. */
must_check enum err
lmdb_map(struct lmdb_store *, size_t size);
/* Doubles the map once nobody uses it. E_STORE_FULL at the limit. */
enum err
lmdb_grow(struct lmdb_store *);

#endif
