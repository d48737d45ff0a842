#include "server/store/lmdb_store.h"

#include <string.h>

/*
 * Hashes of key and value are hashed together, with the tree: no byte can move from one
 * to the other, no entry to another tree, and neither is copied.
 */
void
lmdb_sum(const struct lmdb_store *s, struct keyspace ks, struct slice key,
    struct slice value, unsigned char out[static KEYSPACE_SUM])
{
	static const unsigned char none;
	unsigned char both[2 * KEYSPACE_SUM + 2];

	crypto_shorthash(
	    both, key.n ? (const unsigned char *)key.p : &none, key.n, s->key);
	crypto_shorthash(both + KEYSPACE_SUM,
	    value.n ? (const unsigned char *)value.p : &none, value.n, s->key);
	both[2 * KEYSPACE_SUM] = (unsigned char)(ks.tree >> 8);
	both[2 * KEYSPACE_SUM + 1] = (unsigned char)ks.tree;
	crypto_shorthash(out, both, sizeof(both), s->key);
}

enum err
lmdb_unseal(const struct lmdb_store *s, struct keyspace ks, struct slice key,
    struct slice raw, struct slice *value)
{
	unsigned char sum[KEYSPACE_SUM];
	size_t n = keyspace_sum(ks);

	if (raw.n < n)
		return E_DAMAGED;
	*value = slice_from(raw, n);
	lmdb_sum(s, ks, key, *value, sum);
	return memcmp(sum, raw.p, n) == 0 ? E_OK : E_DAMAGED;
}

static struct lmdb_store *
store_of(struct lmdb_txn *txn)
{
	return (struct lmdb_store *)txn->base.store;
}

static MDB_dbi
dbi_of(struct lmdb_txn *txn, struct keyspace ks)
{
	return store_of(txn)->dbi[ks.tree];
}

static MDB_val
val_of(const struct engine_key *key)
{
	return (MDB_val){ key->n, (void *)(uintptr_t)key->p };
}

enum err
lmdb_txn_err(struct lmdb_txn *txn, int rc)
{
	enum err err = lmdb_err(rc);

	if (txn->root->full || err == E_STORE_FULL) {
		txn->root->full = true;
		return E_RETRY;
	}
	if (err == E_DAMAGED)
		store_set_fault(txn->base.store, E_DAMAGED, true);
	return err;
}

enum err
lmdb_get(struct txn *base, struct space space, struct slice key, struct slice *val)
{
	struct lmdb_txn *txn = (struct lmdb_txn *)base;
	struct keyspace ks = keyspace_of(base->store->schema, space);
	struct engine_key ek;
	MDB_val k, v;
	enum err err;
	int rc;

	if ((err = keyspace_compose(ks, key, &ek)) != E_OK)
		return err;
	if (!keyspace_whole(ks, key))
		return E_NOT_FOUND;
	k = val_of(&ek);
	if ((rc = mdb_get(txn->mdb, dbi_of(txn, ks), &k, &v)) != 0)
		return lmdb_txn_err(txn, rc);
	err = lmdb_unseal(
	    store_of(txn), ks, slice_of(ek.p, ek.n), slice_of(v.mv_data, v.mv_size), val);
	if (err != E_OK)
		store_set_fault(base->store, err, false);
	return err;
}

enum err
lmdb_put(struct txn *base, struct space space, struct slice key, struct slice val)
{
	struct lmdb_txn *txn = (struct lmdb_txn *)base;
	struct keyspace ks = keyspace_of(base->store->schema, space);
	unsigned char sum[KEYSPACE_SUM];
	struct engine_key ek;
	MDB_val k, v = { keyspace_sum(ks) + val.n, NULL };
	enum err err;
	int rc;

	if ((err = keyspace_compose(ks, key, &ek)) != E_OK)
		return err;
	if (!base->writable || !keyspace_whole(ks, key))
		return E_INTERNAL;
	lmdb_cursors_park(txn);
	k = val_of(&ek);
	if ((rc = mdb_put(txn->mdb, dbi_of(txn, ks), &k, &v, MDB_RESERVE)) != 0)
		return lmdb_txn_err(txn, rc);
	lmdb_sum(store_of(txn), ks, slice_of(ek.p, ek.n), val, sum);
	memcpy(v.mv_data, sum, keyspace_sum(ks));
	if (val.n)
		memcpy((char *)v.mv_data + keyspace_sum(ks), val.p, val.n);
	return E_OK;
}

enum err
lmdb_del(struct txn *base, struct space space, struct slice key)
{
	struct lmdb_txn *txn = (struct lmdb_txn *)base;
	struct keyspace ks = keyspace_of(base->store->schema, space);
	struct engine_key ek;
	MDB_val k;
	enum err err;
	int rc;

	if ((err = keyspace_compose(ks, key, &ek)) != E_OK)
		return err;
	if (!base->writable)
		return E_INTERNAL;
	if (!keyspace_whole(ks, key))
		return E_NOT_FOUND;
	lmdb_cursors_park(txn);
	k = val_of(&ek);
	rc = mdb_del(txn->mdb, dbi_of(txn, ks), &k, NULL);
	return rc ? lmdb_txn_err(txn, rc) : E_OK;
}

enum err
lmdb_child(struct txn *base, txn_fn *fn, void *arg)
{
	struct lmdb_txn *txn = (struct lmdb_txn *)base;
	struct lmdb_txn child = { .base = *base, .root = txn->root };
	enum err err;
	int rc;

	if (txn->root->full)
		return E_RETRY;
	lmdb_cursors_park(txn);
	if ((rc = mdb_txn_begin(store_of(txn)->env, txn->mdb, 0, &child.mdb)) != 0)
		return lmdb_txn_err(txn, rc);
	err = fn(&child.base, arg);
	lmdb_cursors_free(&child);
	if (err != E_OK || txn->root->full) {
		mdb_txn_abort(child.mdb);
		return txn->root->full ? E_RETRY : err;
	}
	rc = mdb_txn_commit(child.mdb);
	return rc ? lmdb_txn_err(txn, rc) : E_OK;
}
