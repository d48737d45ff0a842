#include "server/store/record.h"

#include <string.h>

#include "base/id.h"
#include "base/wire.h"
#include "server/model/audit.h"
#include "server/store/record_index.h"

/* What a key piece is when its memory ran out. */
static bool
piece_failed(struct slice piece)
{
	return piece.p == NULL && piece.n != 0;
}

static struct space
primary_of(enum table table)
{
	return (struct space){ table, -1 };
}

static enum err
decode(struct txn *txn, enum table table, struct slice bytes, void *rec,
    struct slice *unknown)
{
	enum err err = field_wire_read(
	    txn->arena, record_def(txn, table)->fields, bytes, rec, unknown);

	return err == E_DAMAGED ? record_damaged(txn, table, -1, "fields") : err;
}

static enum err
get_by_key(
    struct txn *txn, enum table table, struct slice key, void *rec, struct slice *unknown)
{
	struct slice bytes, ignored;
	enum err err = txn->store->ops->get(txn, primary_of(table), key, &bytes);

	if (err != E_OK)
		return err;
	return decode(txn, table, bytes, rec, unknown ? unknown : &ignored);
}

enum err
record_get(struct txn *txn, enum table table, void *rec)
{
	struct slice key;
	enum err err = record_key(txn, table, rec, &key);

	return err == E_OK ? get_by_key(txn, table, key, rec, NULL) : err;
}

enum err
record_get_id(struct txn *txn, enum table table, int64_t id, void *rec)
{
	struct slice key = record_key_id(txn, id);

	return key.p ? get_by_key(txn, table, key, rec, NULL) : E_NO_MEMORY;
}

static enum err
get_by_entry(struct txn *txn, enum table table, int index, struct slice key,
    struct slice val, void *rec)
{
	struct slice primary;
	enum err err = record_entry_primary(txn, table, index, key, val, &primary);

	if (err != E_OK)
		return err;
	err = get_by_key(txn, table, primary, rec, NULL);
	return err == E_NOT_FOUND
	           ? record_damaged(txn, table, index, "entry without its record")
	           : err;
}

enum err
record_find(struct txn *txn, enum table table, int index, struct slice key, void *rec)
{
	struct slice entry;
	enum err err;

	if (piece_failed(key))
		return E_NO_MEMORY;
	err = txn->store->ops->get(txn, (struct space){ table, index }, key, &entry);
	if (err == E_VALIDATION)
		return E_NOT_FOUND;
	return err == E_OK ? get_by_entry(txn, table, index, key, entry, rec) : err;
}

static enum err
write_record(struct txn *txn, enum table table, struct slice key, const void *rec,
    struct slice unknown)
{
	struct buf b = BUF_INIT(txn->arena);

	field_wire_write(&b, record_def(txn, table)->fields, rec, unknown);
	if (!buf_ok(&b))
		return E_NO_MEMORY;
	return txn->store->ops->put(txn, primary_of(table), key, buf_slice(&b));
}

static enum err
put(struct txn *txn, enum table table, const void *rec, bool must_be_new)
{
	const struct table_def *def = record_def(txn, table);
	void *old = arena_alloc(txn->arena, def->fields->size);
	struct slice key, unknown = SLICE_NULL;
	enum err err;

	if (old == NULL)
		return E_NO_MEMORY;
	if ((err = record_key(txn, table, rec, &key)) != E_OK)
		return err;
	err = get_by_key(txn, table, key, old, &unknown);
	if (err == E_OK && must_be_new)
		return E_DUPLICATE;
	if (err != E_OK && err != E_NOT_FOUND)
		return err;
	if (err == E_NOT_FOUND)
		old = NULL;
	err = record_index_move(txn, table, key, old, rec);
	if (err != E_OK)
		return err;
	return write_record(txn, table, key, rec, unknown);
}

enum err
record_put(struct txn *txn, enum table table, const void *rec)
{
	return put(txn, table, rec, false);
}

enum err
record_insert(struct txn *txn, enum table table, const void *rec)
{
	return put(txn, table, rec, true);
}

enum err
record_del(struct txn *txn, enum table table, const void *rec)
{
	void *old = arena_alloc(txn->arena, record_def(txn, table)->fields->size);
	struct slice key;
	enum err err;

	if (old == NULL)
		return E_NO_MEMORY;
	if ((err = record_key(txn, table, rec, &key)) != E_OK ||
	    (err = get_by_key(txn, table, key, old, NULL)) != E_OK ||
	    (err = record_index_move(txn, table, key, old, NULL)) != E_OK)
		return err;
	return txn->store->ops->del(txn, primary_of(table), key);
}

enum err
record_new_id(struct txn *txn, enum table table, int64_t *id)
{
	const char *name =
	    arena_printf(txn->arena, "id:%s", record_def(txn, table)->fields->name);
	struct meta counter = { .key = slice_str(name) };
	enum err err;

	if (name == NULL)
		return E_NO_MEMORY;
	err = record_get(txn, T_META, &counter);
	if (err != E_OK && err != E_NOT_FOUND)
		return err;
	if (counter.number < 0 || counter.number >= ID_INT_MAX)
		return record_damaged(txn, T_META, -1, "counter of ids");
	*id = ++counter.number;
	return record_put(txn, T_META, &counter);
}

enum err
record_add(struct txn *txn, enum table table, void *rec)
{
	size_t offset = record_def(txn, table)->id_offset;
	int64_t id;
	enum err err;

	if (offset == SIZE_MAX)
		return E_INTERNAL;
	if ((err = record_new_id(txn, table, &id)) != E_OK)
		return err;
	memcpy((char *)rec + offset, &id, sizeof(id));
	return record_insert(txn, table, rec);
}

static enum err
join(struct txn *txn, struct slice a, struct slice b, struct slice *out)
{
	char *p = arena_alloc(txn->arena, a.n + b.n + 1);

	if (p == NULL)
		return E_NO_MEMORY;
	if (a.n)
		memcpy(p, a.p, a.n);
	if (b.n)
		memcpy(p + a.n, b.p, b.n);
	*out = slice_of(p, a.n + b.n);
	return E_OK;
}

enum err
record_scan(struct txn *txn, enum table table, int index, struct slice prefix,
    struct slice from, bool reverse, struct record_scan *scan)
{
	struct range range = { .prefix = prefix, .reverse = reverse };
	enum err err;

	*scan = (struct record_scan){ .txn = txn,
		.table = table,
		.index = index,
		.reverse = reverse,
		.prefix = prefix };
	if (piece_failed(prefix) || piece_failed(from))
		return E_NO_MEMORY;
	if (from.p && (err = join(txn, prefix, from, &range.from)) != E_OK)
		return err;
	return txn->store->ops->scan(
	    txn, (struct space){ table, index }, &range, &scan->cursor);
}

enum err
record_next(struct record_scan *scan, void *rec)
{
	struct txn *txn = scan->txn;
	struct slice key, val, unknown;
	enum err err = txn->store->ops->next(scan->cursor, &key, &val);

	if (err != E_OK)
		return err;
	scan->key = arena_slice(txn->arena, key);
	if (scan->key.p == NULL)
		return E_NO_MEMORY;
	if (scan->index < 0)
		return decode(txn, scan->table, val, rec, &unknown);
	return get_by_entry(txn, scan->table, scan->index, scan->key, val, rec);
}

enum err
record_count(struct txn *txn, enum table table, int index, struct slice prefix,
    int64_t max, int64_t *n)
{
	struct range range = { .prefix = prefix };
	struct slice key, val;
	struct cursor *cursor;
	enum err err;

	*n = 0;
	if (piece_failed(prefix))
		return E_NO_MEMORY;
	err = txn->store->ops->scan(txn, (struct space){ table, index }, &range, &cursor);
	while (err == E_OK && *n < max) {
		err = txn->store->ops->next(cursor, &key, &val);
		if (err == E_OK)
			++*n;
	}
	return err == E_NOT_FOUND ? E_OK : err;
}

enum err
record_count_between(struct txn *txn, enum table table, int index, struct slice from,
    struct slice end, int64_t *n)
{
	struct range range = { .from = from };
	struct slice key, val;
	struct cursor *cursor;
	enum err err;

	*n = 0;
	if (piece_failed(from) || piece_failed(end))
		return E_NO_MEMORY;
	err = txn->store->ops->scan(txn, (struct space){ table, index }, &range, &cursor);
	while (err == E_OK) {
		err = txn->store->ops->next(cursor, &key, &val);
		if (err == E_OK && end.p && slice_compare(key, end) >= 0)
			return E_OK;
		*n += err == E_OK;
	}
	return err == E_NOT_FOUND ? E_OK : err;
}

static struct slice
key_piece(const struct buf *b)
{
	return buf_ok(b) ? buf_slice(b) : slice_of(NULL, 1);
}

/* No stored text holds NUL or the byte FF, so such a piece finds nothing. Text without
 * memory (n, but no p) fails the buffer. */
static void
piece_text(struct buf *b, struct slice text)
{
	if (text.n && !text.p)
		b->failed = true;
	else if (slice_find(text, '\0') >= 0)
		buf_char(b, '\xff');
	else
		wire_key_text(b, text);
}

struct slice
record_key_id(struct txn *txn, int64_t id)
{
	struct buf b = BUF_INIT(txn->arena);

	wire_key_i64(&b, id);
	return key_piece(&b);
}

struct slice
record_key_ids(struct txn *txn, int64_t a, int64_t id)
{
	struct buf b = BUF_INIT(txn->arena);

	wire_key_i64(&b, a);
	wire_key_i64(&b, id);
	return key_piece(&b);
}

struct slice
record_key_id_text(struct txn *txn, int64_t id, struct slice text)
{
	struct buf b = BUF_INIT(txn->arena);

	wire_key_i64(&b, id);
	piece_text(&b, text);
	return key_piece(&b);
}

struct slice
record_key_text(struct txn *txn, struct slice text)
{
	struct buf b = BUF_INIT(txn->arena);

	piece_text(&b, text);
	return key_piece(&b);
}
