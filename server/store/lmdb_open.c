/* The trees of a store, and its own row: made at once, opened at once. */
#include "server/store/lmdb_store.h"

#include <string.h>

#include "base/file.h"
#include "base/log.h"

static const struct keyspace own_row = { .tree = KEYSPACE_MAIN };

/* The engine's own row: absent in an empty store; wrong bytes or key of checksums. */
static enum err
check_format(struct lmdb_store *s, MDB_txn *txn)
{
	unsigned char name = KEYSPACE_FORMAT;
	MDB_val k = { 1, &name }, v;
	struct slice value;
	MDB_stat stat;
	int rc = mdb_get(txn, s->dbi[KEYSPACE_MAIN], &k, &v);

	if (rc == MDB_NOTFOUND)
		return mdb_stat(txn, s->dbi[KEYSPACE_MAIN], &stat) == 0 &&
		               stat.ms_entries == 0
		           ? E_NOT_FOUND
		           : E_DAMAGED;
	if (rc != 0)
		return lmdb_err(rc);
	if (lmdb_unseal(s, own_row, slice_of(&name, 1), slice_of(v.mv_data, v.mv_size),
		&value) != E_OK) {
		log_error("store_open", "dir=%s cause=%s", s->dir,
		    "damaged, or made with another store key");
		return E_DAMAGED;
	}
	return slice_is(value, LMDB_FORMAT) ? E_OK : E_STORE_VERSION;
}

static enum err
write_format(struct lmdb_store *s, MDB_txn *txn)
{
	unsigned char name = KEYSPACE_FORMAT, raw[KEYSPACE_SUM + sizeof(LMDB_FORMAT) - 1];
	MDB_val k = { 1, &name }, v = { sizeof(raw), raw };

	memcpy(raw + KEYSPACE_SUM, LMDB_FORMAT, sizeof(LMDB_FORMAT) - 1);
	lmdb_sum(s, own_row, slice_of(&name, 1), SLICE(LMDB_FORMAT), raw);
	return lmdb_err(mdb_put(txn, s->dbi[KEYSPACE_MAIN], &k, &v, 0));
}

/* All are made with the format. */
static enum err
open_trees(struct lmdb_store *s, MDB_txn *txn, unsigned flags)
{
	char name[KEYSPACE_NAME];
	int rc = 0;

	for (unsigned i = KEYSPACE_MAIN + 1; rc == 0 && i < KEYSPACE_TREES; i++)
		if (keyspace_name(s->base.schema, i, name))
			rc = mdb_dbi_open(txn, name, flags, &s->dbi[i]);
	return rc == MDB_NOTFOUND ? E_DAMAGED : lmdb_err(rc);
}

enum err
lmdb_open_trees(struct lmdb_store *s, bool create)
{
	MDB_txn *txn;
	bool fresh;
	enum err err;
	int rc =
	    mdb_txn_begin(s->env, NULL, s->read_only || !create ? MDB_RDONLY : 0, &txn);

	if (rc != 0)
		return lmdb_err(rc);
	rc = mdb_dbi_open(txn, NULL, 0, &s->dbi[KEYSPACE_MAIN]);
	err = rc ? lmdb_err(rc) : check_format(s, txn);
	fresh = err == E_NOT_FOUND;
	if (fresh)
		err = create && !s->read_only ? write_format(s, txn) : E_NO_STORE;
	if (err == E_OK)
		err = open_trees(s, txn, fresh ? MDB_CREATE : 0);
	if (err == E_OK && (rc = mdb_txn_commit(txn)) != 0)
		return lmdb_err(rc);
	if (err == E_OK)
		return create ? file_sync_dir(s->dir) : E_OK;
	mdb_txn_abort(txn);
	return err;
}
