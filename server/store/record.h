/*
 * Typed records over the store: encodes through the schema's field tables, keeps
 * secondary indexes right, gives out ids. All calls run inside a transaction and decode
 * into txn->arena. Errors of the engine pass through; E_NO_MEMORY; E_VALIDATION: a key
 * that is too long or text in a key that holds NUL.
 *
 * An index entry belongs to one record: the key of an index that is not unique ends with
 * what tells its records apart (an id), as all keys of schema.c do. A clash of two such
 * keys is refused like one in a unique index, so that no entry is ever lost.
 */
#ifndef LICET_SERVER_STORE_RECORD_H
#define LICET_SERVER_STORE_RECORD_H

#include "server/store/store.h"

/* Primary key from a record that has its key fields set. */
must_check enum err
record_get(struct txn *, enum table, void *rec_with_key);
/* Tables keyed by one id. rec is overwritten whole. E_NOT_FOUND. */
must_check enum err
record_get_id(struct txn *, enum table, int64_t id, void *rec);
/* Unique index: key bytes as its key function writes them. E_NOT_FOUND. */
must_check enum err
record_find(struct txn *, enum table, int index, struct slice key, void *rec);
/*
 * Inserts or replaces by primary key; index entries of the former value go. E_DUPLICATE
 * when another record holds a unique key; nothing is changed then. Tags of newer versions
 * in the former bytes are kept.
 */
must_check enum err
record_put(struct txn *, enum table, const void *rec);
/* E_DUPLICATE also when the primary key exists. */
must_check enum err
record_insert(struct txn *, enum table, const void *rec);
/* By the key fields of rec. E_NOT_FOUND. */
must_check enum err
record_del(struct txn *, enum table, const void *rec);
/* Next id of a table, from 1, never given twice (T_META counter, same transaction). */
must_check enum err
record_new_id(struct txn *, enum table, int64_t *id);
/* Sets rec's id from record_new_id, then inserts. */
must_check enum err
record_add(struct txn *, enum table, void *rec);

/*
 * Scan of a table (index -1) or an index in key order over the keys that start with
 * prefix; `from` (may be null) skips to the first key >= prefix+from (reverse: starts
 * below it). Changing records during a scan is allowed.
 */
struct record_scan {
	struct txn *txn;
	enum table table;
	int index;
	bool reverse;
	struct slice prefix;
	struct cursor *cursor;
	struct slice key; /* of the last record given: index key bytes, in the arena */
};

must_check enum err
record_scan(struct txn *, enum table, int index, struct slice prefix, struct slice from,
    bool reverse, struct record_scan *);
/* E_NOT_FOUND at the end. */
must_check enum err
record_next(struct record_scan *, void *rec);
/* Entries under prefix, stopping at max. */
must_check enum err
record_count(
    struct txn *, enum table, int index, struct slice prefix, int64_t max, int64_t *n);

/* Entries with from <= key < end; end null: all from there on. */
must_check enum err
record_count_between(
    struct txn *, enum table, int index, struct slice from, struct slice end, int64_t *n);

/*
 * Key pieces for prefixes and finds, in the txn's arena: id; two ids; id and text; text.
 * A text with NUL finds nothing. Out of memory: p NULL and n != 0, for which find, scan
 * and count give E_NO_MEMORY.
 */
struct slice
record_key_id(struct txn *, int64_t id);
struct slice
record_key_ids(struct txn *, int64_t a, int64_t b);
struct slice
record_key_id_text(struct txn *, int64_t id, struct slice text);
struct slice
record_key_text(struct txn *, struct slice text);

/*
 * Walks every table: decodes each record, recomputes its index entries and compares both
 * ways. E_DAMAGED with one log line for each problem (at most 100). *records, *entries
 * count.
 */
must_check enum err
record_verify(struct txn *, int64_t *records, int64_t *entries);

#endif
