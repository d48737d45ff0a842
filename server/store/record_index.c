#include "server/store/record_index.h"

#include "base/log.h"

const struct table_def *
record_def(const struct txn *txn, enum table table)
{
	return txn->store->schema->table[table];
}

size_t
record_index_count(const struct table_def *def)
{
	size_t n = 0;

	while (n < TABLE_INDEX_MAX && def->index[n].name)
		n++;
	return n;
}

enum err
record_damaged(struct txn *txn, enum table table, int index, const char *problem)
{
	const struct table_def *def = record_def(txn, table);

	log_error("store_damaged", "table=%s index=%s problem=%s", def->fields->name,
	    index < 0 ? "-" : def->index[index].name, problem);
	store_set_fault(txn->store, E_DAMAGED, false);
	return E_DAMAGED;
}

static struct buf
key_buf(struct txn *txn, size_t room)
{
	struct buf b = BUF_INIT(txn->arena);

	b.max = STORE_KEY_MAX - 8;
	(void)buf_room(&b, room);
	b.n = 0;
	return b;
}

/*
 * Few keys are long. When the first try fails, a second with all the room there may be
 * tells a bad key from want of memory.
 */
static enum err
make_key(struct txn *txn, table_key_fn *fn, const void *rec, struct slice *key)
{
	struct buf b = key_buf(txn, 48);
	bool present = fn(&b, rec);

	if (!buf_ok(&b)) {
		b = key_buf(txn, STORE_KEY_MAX - 8);
		if (!buf_ok(&b))
			return E_NO_MEMORY;
		present = fn(&b, rec);
	}
	if (!buf_ok(&b))
		return E_VALIDATION;
	*key = present ? buf_slice(&b) : SLICE_NULL;
	return E_OK;
}

enum err
record_key(struct txn *txn, enum table table, const void *rec, struct slice *key)
{
	return make_key(txn, record_def(txn, table)->key, rec, key);
}

enum err
record_index_key(
    struct txn *txn, enum table table, int index, const void *rec, struct slice *key)
{
	return make_key(txn, record_def(txn, table)->index[index].key, rec, key);
}

enum err
record_entry_primary(struct txn *txn, enum table table, int index, struct slice key,
    struct slice val, struct slice *primary)
{
	index_primary_fn *fn = record_def(txn, table)->index[index].primary;
	struct buf b;

	if (fn == NULL) {
		*primary = arena_slice(txn->arena, val);
		return primary->p ? E_OK : E_NO_MEMORY;
	}
	b = key_buf(txn, key.n + 1);
	if (!fn(&b, key))
		return record_damaged(txn, table, index, "key of an entry");
	*primary = buf_slice(&b);
	return buf_ok(&b) ? E_OK : E_NO_MEMORY;
}

struct index_keys {
	size_t n;
	struct slice from[TABLE_INDEX_MAX], to[TABLE_INDEX_MAX];
};

/* An entry that stays where it is has neither key. */
static enum err
load_keys(struct txn *txn, enum table table, const void *old, const void *rec,
    struct index_keys *keys)
{
	enum err err = E_OK;

	keys->n = record_index_count(record_def(txn, table));
	for (size_t i = 0; err == E_OK && i < keys->n; i++) {
		struct slice *from = &keys->from[i], *to = &keys->to[i];

		*from = *to = SLICE_NULL;
		if (old)
			err = record_index_key(txn, table, (int)i, old, from);
		if (err == E_OK && rec)
			err = record_index_key(txn, table, (int)i, rec, to);
		if (err == E_OK && from->p && to->p && slice_equal(*from, *to))
			*from = *to = SLICE_NULL;
	}
	return err;
}

static bool
names_record(struct txn *txn, struct space space)
{
	return record_def(txn, space.table)->index[space.index].primary != NULL;
}

static enum err
check_free(struct txn *txn, struct space space, struct slice primary, struct slice key)
{
	struct slice holder;
	enum err err;

	if (key.p == NULL || names_record(txn, space))
		return E_OK;
	err = txn->store->ops->get(txn, space, key, &holder);
	if (err == E_OK && !slice_equal(holder, primary))
		return E_DUPLICATE;
	return err == E_NOT_FOUND ? E_OK : err;
}

static enum err
move_entry(struct txn *txn, struct space space, struct slice primary, struct slice from,
    struct slice to)
{
	const struct store_ops *ops = txn->store->ops;
	enum err err = E_OK;

	if (from.p)
		err = ops->del(txn, space, from);
	if (err == E_NOT_FOUND)
		return record_damaged(
		    txn, space.table, space.index, "entry of a record is missing");
	if (err == E_OK && to.p)
		err = ops->put(
		    txn, space, to, names_record(txn, space) ? SLICE_NULL : primary);
	return err;
}

enum err
record_index_move(struct txn *txn, enum table table, struct slice primary,
    const void *old, const void *rec)
{
	struct index_keys keys;
	enum err err = load_keys(txn, table, old, rec, &keys);

	for (size_t i = 0; err == E_OK && i < keys.n; i++)
		err =
		    check_free(txn, (struct space){ table, (int)i }, primary, keys.to[i]);
	for (size_t i = 0; err == E_OK && i < keys.n; i++)
		err = move_entry(txn, (struct space){ table, (int)i }, primary,
		    keys.from[i], keys.to[i]);
	return err;
}
