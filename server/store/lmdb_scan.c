#include "server/store/lmdb_store.h"

#include <string.h>

#define CURSOR_BYTES_MAX (64u << 20)

void
lmdb_cursors_park(struct lmdb_txn *txn)
{
	for (struct cursor *c = txn->cursors; c; c = c->next) {
		if (c->mdb)
			mdb_cursor_close(c->mdb);
		c->mdb = NULL;
	}
}

void
lmdb_cursors_free(struct lmdb_txn *txn)
{
	lmdb_cursors_park(txn);
	arena_free(txn->arena);
	txn->arena = NULL;
	txn->cursors = NULL;
	txn->spare = NULL;
}

/* The lowest key above all that start with prefix; false when there is none. */
static bool
prefix_end(struct slice prefix, unsigned char *out, size_t *n)
{
	*n = prefix.n;
	if (*n)
		memcpy(out, prefix.p, *n);
	while (*n) {
		if (++out[*n - 1] != 0)
			return true;
		(*n)--;
	}
	return false;
}

/* That the scan stays in; null: it is not of the cluster, or goes over licenses. */
static struct slice
license_of(const struct cursor *c)
{
	return c->space.tree == KEYSPACE_CLUSTER ? keyspace_license(c->prefix)
	                                         : SLICE_NULL;
}

static enum err
cursor_begin(struct cursor *c, const struct range *range)
{
	struct slice license = license_of(c);
	unsigned char end[STORE_KEY_MAX];
	bool has_end;
	size_t n;

	if (range->from.p)
		return keyspace_compose(c->space, range->from, &c->last);
	if (!c->reverse)
		return keyspace_compose(c->space, range->prefix, &c->last);
	has_end = prefix_end(range->prefix, end, &n);
	if (license.n && (!has_end || n <= license.n))
		keyspace_license_end(c->space, license, &c->last);
	else if (!has_end)
		keyspace_end(c->space, &c->last);
	else
		return keyspace_compose(c->space, slice_of(end, n), &c->last);
	return E_OK;
}

static struct cursor *
cursor_new(struct lmdb_txn *txn, struct slice prefix)
{
	struct cursor *c = txn->spare;

	if (c) {
		txn->spare = c->next;
		c->started = c->ended = false;
	} else {
		if (txn->arena == NULL)
			txn->arena = arena_new(CURSOR_BYTES_MAX);
		c = txn->arena ? arena_alloc(txn->arena, sizeof(*c)) : NULL;
		if (c == NULL)
			return NULL;
		c->txn = txn;
	}
	if (prefix.n)
		memcpy(c->prefix_bytes, prefix.p, prefix.n);
	c->prefix = slice_of(c->prefix_bytes, prefix.n);
	c->next = txn->cursors;
	txn->cursors = c;
	return c;
}

enum err
lmdb_scan(
    struct txn *base, struct space space, const struct range *range, struct cursor **out)
{
	struct lmdb_txn *txn = (struct lmdb_txn *)base;
	struct cursor *c;

	if (range->prefix.n > KEYSPACE_KEY_MAX)
		return E_VALIDATION;
	if ((c = cursor_new(txn, range->prefix)) == NULL)
		return E_NO_MEMORY;
	c->space = keyspace_of(base->store->schema, space);
	c->reverse = range->reverse;
	*out = c;
	return cursor_begin(c, range);
}

static enum err
cursor_end(struct cursor *c)
{
	struct cursor **at = &c->txn->cursors;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	if (c->mdb)
		mdb_cursor_close(c->mdb);
	c->mdb = NULL;
	c->ended = true;
	c->next = c->txn->spare;
	c->txn->spare = c;
	return E_NOT_FOUND;
}

static int
seek_forward(struct cursor *c, const struct engine_key *to, MDB_val *k, MDB_val *v)
{
	*k = (MDB_val){ to->n, (void *)(uintptr_t)to->p };
	return mdb_cursor_get(c->mdb, k, v, to->n ? MDB_SET_RANGE : MDB_FIRST);
}

/* The last key below `to`. */
static int
seek_back(struct cursor *c, const struct engine_key *to, MDB_val *k, MDB_val *v)
{
	int rc;

	if (to->n == 0)
		return MDB_NOTFOUND;
	rc = seek_forward(c, to, k, v);
	if (rc == MDB_NOTFOUND)
		return mdb_cursor_get(c->mdb, k, v, MDB_LAST);
	return rc ? rc : mdb_cursor_get(c->mdb, k, v, MDB_PREV);
}

static int
cursor_reopen(struct cursor *c, MDB_val *k, MDB_val *v)
{
	struct lmdb_store *s = (struct lmdb_store *)c->txn->base.store;
	int rc = mdb_cursor_open(c->txn->mdb, s->dbi[c->space.tree], &c->mdb);

	if (rc != 0)
		return rc;
	if (c->reverse)
		return seek_back(c, &c->last, k, v);
	rc = seek_forward(c, &c->last, k, v);
	if (rc == 0 && c->started && k->mv_size == c->last.n &&
	    memcmp(k->mv_data, c->last.p, c->last.n) == 0)
		rc = mdb_cursor_get(c->mdb, k, v, MDB_NEXT);
	return rc;
}

static int
cursor_step(struct cursor *c, MDB_val *k, MDB_val *v)
{
	if (c->mdb == NULL)
		return cursor_reopen(c, k, v);
	return mdb_cursor_get(c->mdb, k, v, c->reverse ? MDB_PREV : MDB_NEXT);
}

/*
 * In a clustered space the keys between two licenses belong to other tables: jump over
 * them. `place` is where the key at hand stands. MDB_NOTFOUND behind the last license.
 */
static int
cursor_skip(struct cursor *c, int place, MDB_val *k, MDB_val *v)
{
	struct slice license = keyspace_license(slice_of(k->mv_data, k->mv_size));
	struct engine_key to;

	if (c->reverse) {
		if (place > 0)
			keyspace_license_end(c->space, license, &to);
		else
			keyspace_license_floor(license, &to);
		return seek_back(c, &to, k, v);
	}
	if (place < 0)
		keyspace_license_start(c->space, license, &to);
	else if (!keyspace_license_next(c->space, license, &to))
		return MDB_NOTFOUND;
	return seek_forward(c, &to, k, v);
}

static bool
stays_in_license(const struct cursor *c)
{
	return c->space.tree != KEYSPACE_CLUSTER || license_of(c).n > 0;
}

static int
cursor_find(struct cursor *c, MDB_val *k, MDB_val *v)
{
	int rc = cursor_step(c, k, v);

	while (rc == 0) {
		bool outside;
		int place =
		    keyspace_place(c->space, slice_of(k->mv_data, k->mv_size), &outside);

		if (outside)
			return MDB_NOTFOUND;
		if (place == 0)
			return 0;
		if (stays_in_license(c))
			return MDB_NOTFOUND;
		rc = cursor_skip(c, place, k, v);
	}
	return rc;
}

enum err
lmdb_next(struct cursor *c, struct slice *key, struct slice *val)
{
	struct lmdb_store *s = (struct lmdb_store *)c->txn->base.store;
	struct slice found;
	MDB_val k, v;
	enum err err;
	int rc;

	if (c->ended)
		return E_NOT_FOUND;
	if ((rc = cursor_find(c, &k, &v)) == MDB_NOTFOUND)
		return cursor_end(c);
	if (rc != 0)
		return lmdb_txn_err(c->txn, rc);
	if (k.mv_size > sizeof(c->last.p))
		return E_DAMAGED;
	found = slice_of(k.mv_data, k.mv_size);
	*key = keyspace_split(c->space, found, c->key);
	if (!slice_starts(*key, c->prefix))
		return cursor_end(c);
	memcpy(c->last.p, k.mv_data, k.mv_size);
	c->last.n = k.mv_size;
	c->started = true;
	err = lmdb_unseal(s, c->space, found, slice_of(v.mv_data, v.mv_size), val);
	if (err != E_OK)
		store_set_fault(&s->base, err, false);
	return err;
}
