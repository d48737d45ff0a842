#include "server/action/change.h"

#include <string.h>

#include "server/action/audit_text.h"
#include "server/model/audit.h"

static enum err
walk_break(struct audit_walk *w, int64_t seq, const char *problem)
{
	w->broken_at = seq;
	w->problem = problem;
	return E_VERIFY;
}

static bool
same_hash(struct slice stored, const unsigned char hash[static AUDIT_HASH_LEN])
{
	return slice_equal(stored, slice_of(hash, AUDIT_HASH_LEN));
}

static enum err
detail_verify(struct txn *txn, struct audit_walk *w, const struct audit *entry)
{
	struct audit_detail detail = { .seq = entry->seq };
	unsigned char hash[AUDIT_HASH_LEN];
	enum err err;

	err = record_get(txn, T_AUDIT_DETAIL, &detail);
	if (err == E_NOT_FOUND) {
		w->erased += entry->detail_hash.n != 0;
		return E_OK;
	}
	if (err)
		return err;
	if (!entry->detail_hash.n)
		return walk_break(w, entry->seq, "a detail was added");
	err = audit_detail_hash(txn->arena, &detail, hash);
	if (err == E_INVALID_JSON || err == E_VALIDATION || err == E_MISSING_CONTENT)
		return walk_break(w, entry->seq, "the detail cannot be read");
	if (err)
		return err;
	return same_hash(entry->detail_hash, hash)
	           ? E_OK
	           : walk_break(w, entry->seq, "the detail was altered");
}

static enum err
entry_verify(struct txn *txn, struct audit_walk *w, const struct audit *entry)
{
	unsigned char hash[AUDIT_HASH_LEN];
	enum err err;

	if (entry->seq != w->next)
		return walk_break(w, w->next, "an entry is missing");
	if (!same_hash(entry->prev, w->hash))
		return walk_break(w, entry->seq, "does not follow the entry before");
	err = audit_hash(txn->arena, entry, hash);
	if (err)
		return err;
	if (!same_hash(entry->hash, hash))
		return walk_break(w, entry->seq, "the entry was altered");
	err = detail_verify(txn, w, entry);
	if (err)
		return err;
	memcpy(w->hash, hash, AUDIT_HASH_LEN);
	w->has_hash = true;
	w->last = entry->seq;
	w->next = entry->seq + 1;
	return E_OK;
}

/* The hash that the first entry of the walk must follow. */
static enum err
walk_open(struct txn *txn, struct audit_walk *w)
{
	struct audit before = { .seq = w->from - 1 };
	enum err err;

	w->next = w->from;
	if (w->has_hash)
		return E_OK;
	memset(w->hash, 0, AUDIT_HASH_LEN);
	w->has_hash = true;
	if (w->from == 1)
		return E_OK;
	err = record_get(txn, T_AUDIT, &before);
	if (err)
		return err == E_NOT_FOUND
		           ? walk_break(w, before.seq, "an entry is missing")
		           : err;
	if (before.hash.n != AUDIT_HASH_LEN)
		return walk_break(w, before.seq, "the entry was altered");
	memcpy(w->hash, before.hash.p, AUDIT_HASH_LEN);
	return E_OK;
}

/* The chain must end where the head says: entries cut off its end show. */
static enum err
walk_close(struct txn *txn, struct audit_walk *w)
{
	struct meta head = { .key = SLICE("audit_head") };
	int64_t last = w->next - 1;
	enum err err;

	err = record_get(txn, T_META, &head);
	if (err == E_NOT_FOUND)
		head.number = 0;
	else if (err)
		return err;
	if (head.number != last)
		return walk_break(w, w->next, "the chain does not end at its head");
	if (last > 0 && !same_hash(head.bytes, w->hash))
		return walk_break(w, last, "the head has another hash");
	w->next = 0;
	return E_OK;
}

enum err
audit_verify_walk(struct txn *txn, struct audit_walk *w)
{
	struct slice from;
	struct record_scan scan;
	struct audit entry;
	enum err err;

	if (w->from < 1)
		w->from = 1;
	err = walk_open(txn, w);
	if (err)
		return err;
	from = record_key_id(txn, w->from);
	if (!from.p)
		return E_NO_MEMORY;
	err = record_scan(txn, T_AUDIT, -1, SLICE_NULL, from, false, &scan);
	for (int64_t i = 0; !err && i < w->max; i++) {
		err = record_next(&scan, &entry);
		if (!err)
			err = entry_verify(txn, w, &entry);
	}
	return err == E_NOT_FOUND ? walk_close(txn, w) : err;
}
