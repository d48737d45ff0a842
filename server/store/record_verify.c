#include "server/store/record.h"

#include "base/log.h"
#include "server/model/audit.h"
#include "server/store/record_index.h"

#define PROBLEMS_MAX 100

struct verify {
	struct txn *txn;
	enum table table;
	const struct table_def *def;
	size_t indexes;
	int64_t records, entries;
	int64_t top; /* highest id seen */
	int problems;
};

static enum err
problem(struct verify *v, int index, const char *text)
{
	log_error("store_damaged", "table=%s index=%s record=%lld problem=%s",
	    v->def->fields->name, index < 0 ? "-" : v->def->index[index].name,
	    (long long)v->records, text);
	return ++v->problems < PROBLEMS_MAX ? E_OK : E_DAMAGED;
}

static enum err
verify_entry(struct verify *v, int index, struct slice primary, const void *rec)
{
	struct slice key, holder;
	enum err err = record_index_key(v->txn, v->table, index, rec, &key);

	if (err == E_VALIDATION)
		return problem(v, index, "no key can be made");
	if (err != E_OK || key.p == NULL)
		return err;
	err = v->txn->store->ops->get(
	    v->txn, (struct space){ v->table, index }, key, &holder);
	if (err == E_NOT_FOUND)
		return problem(v, index, "entry of a record is missing");
	if (err == E_DAMAGED)
		return problem(v, index, "checksum of an entry");
	if (err == E_OK && v->def->index[index].primary == NULL &&
	    !slice_equal(holder, primary))
		return problem(v, index, "entry names another record");
	return err;
}

static enum err
verify_record(struct verify *v, struct slice key, struct slice bytes)
{
	void *rec = arena_alloc(v->txn->arena, v->def->fields->size);
	struct slice unknown, made;
	enum err err;

	if (rec == NULL)
		return E_NO_MEMORY;
	err = field_wire_read(v->txn->arena, v->def->fields, bytes, rec, &unknown);
	if (err == E_DAMAGED)
		return problem(v, -1, "fields");
	if (err != E_OK || (err = record_key(v->txn, v->table, rec, &made)) != E_OK)
		return err;
	if (!slice_equal(made, key))
		return problem(v, -1, "key is not that of the record");
	if (v->def->id_offset != SIZE_MAX) {
		int64_t id = *(
		    const int64_t *)(const void *)((const char *)rec + v->def->id_offset);

		v->top = id > v->top ? id : v->top;
	}
	for (size_t i = 0; err == E_OK && i < v->indexes; i++)
		err = verify_entry(v, (int)i, key, rec);
	return err;
}

typedef enum err
visit_fn(struct verify *, int index, struct slice key, struct slice val);

/* The arena is given back after each visit; cursors and keys do not live there. */
static enum err
walk(struct verify *v, int index, visit_fn *visit)
{
	const struct store_ops *ops = v->txn->store->ops;
	struct range range = { .reverse = false };
	struct slice key, val;
	struct cursor *cursor;
	enum err err;

	err = ops->scan(v->txn, (struct space){ v->table, index }, &range, &cursor);
	while (err == E_OK) {
		struct arena_mark mark = arena_mark(v->txn->arena);

		err = ops->next(cursor, &key, &val);
		if (err == E_OK)
			err = visit(v, index, key, val);
		else if (err == E_DAMAGED)
			err = problem(v, index, "checksum");
		arena_reset(v->txn->arena, mark);
	}
	return err == E_NOT_FOUND ? E_OK : err;
}

static enum err
visit_record(struct verify *v, int index, struct slice key, struct slice val)
{
	(void)index;
	v->records++;
	return verify_record(v, key, val);
}

static enum err
visit_entry(struct verify *v, int index, struct slice key, struct slice val)
{
	const struct table_def *def = v->def;
	void *rec = arena_alloc(v->txn->arena, def->fields->size);
	struct slice primary, bytes, unknown, made;
	enum err err;

	v->entries++;
	if (rec == NULL)
		return E_NO_MEMORY;
	err = record_entry_primary(v->txn, v->table, index, key, val, &primary);
	if (err == E_DAMAGED)
		return problem(v, index, "key of an entry");
	if (err != E_OK)
		return err;
	err = v->txn->store->ops->get(
	    v->txn, (struct space){ v->table, -1 }, primary, &bytes);
	if (err == E_NOT_FOUND || err == E_VALIDATION)
		return problem(v, index, "entry without its record");
	if (err == E_DAMAGED)
		return E_OK;
	if (err == E_OK)
		err = field_wire_read(v->txn->arena, def->fields, bytes, rec, &unknown);
	if (err == E_DAMAGED)
		return E_OK;
	if (err == E_OK)
		err = record_index_key(v->txn, v->table, index, rec, &made);
	if (err == E_OK && (made.p == NULL || !slice_equal(made, key)))
		return problem(v, index, "entry that its record does not have");
	return err;
}

static enum err
verify_counter(struct verify *v)
{
	struct meta counter = { .key = SLICE_NULL };
	const char *name;
	enum err err;

	if (v->top == 0)
		return E_OK;
	name = arena_printf(v->txn->arena, "id:%s", v->def->fields->name);
	if (name == NULL)
		return E_NO_MEMORY;
	counter.key = slice_str(name);
	err = record_get(v->txn, T_META, &counter);
	if (err != E_OK && err != E_NOT_FOUND)
		return err == E_DAMAGED ? E_OK : err;
	if (err == E_NOT_FOUND || counter.number >= v->top)
		return E_OK;
	return problem(v, -1, "id above the counter of ids");
}

static enum err
verify_table(struct verify *v)
{
	enum err err;

	v->def = record_def(v->txn, v->table);
	if (v->def == NULL)
		return E_OK;
	v->indexes = record_index_count(v->def);
	v->top = 0;
	err = walk(v, -1, visit_record);
	for (size_t i = 0; err == E_OK && i < v->indexes; i++)
		err = walk(v, (int)i, visit_entry);
	return err == E_OK ? verify_counter(v) : err;
}

enum err
record_verify(struct txn *txn, int64_t *records, int64_t *entries)
{
	struct verify v = { .txn = txn };
	enum err err = E_OK;

	for (size_t t = 0; err == E_OK && t < txn->store->schema->n; t++) {
		v.table = (enum table)t;
		err = verify_table(&v);
	}
	*records = v.records;
	*entries = v.entries;
	return err == E_OK && v.problems ? E_DAMAGED : err;
}
