#include "tests/support/fixture.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/support/store_mem.h"

enum verb { VERB_GET, VERB_PUT, VERB_ADD, VERB_COUNT };

struct record_call {
	enum verb verb;
	enum table table;
	int64_t id;
	void *rec;
};

int
fixture_setup(void **state)
{
	return fixture_setup_on(state, &store_mem_ops);
}

int
fixture_setup_on(void **state, const struct store_ops *ops)
{
	struct arena *arena = arena_new((size_t)1 << 30);
	struct fixture *f = arena ? arena_alloc(arena, sizeof(*f)) : NULL;
	struct store_options options = { .ops = ops,
		.schema = &model_schema,
		.dir = "",
		.batch_max = 64,
		.create = true };
	struct vendor vendor;

	if (!f || store_open(&f->store, &options) != E_OK)
		return -1;
	f->arena = arena;
	f->now = FIXTURE_NOW;
	f->actor = (struct actor){ .type = ACTOR_CLIENT,
		.id = SLICE("7"),
		.name = SLICE("app"),
		.credential = SLICE("7"),
		.address = SLICE("192.0.2.1"),
		.request_id = SLICE("request-1"),
		.account_id = FIELD_NONE };
	*state = f;
	field_clear(&vendor_table, &vendor);
	vendor.name = SLICE("Vendor");
	vendor.password_change = true;
	fixture_add(f, T_VENDOR, &vendor);
	return 0;
}

int
fixture_teardown(void **state)
{
	struct fixture *f = *state;

	store_close(f->store);
	arena_free(f->arena);
	return 0;
}

static enum err
record_call(struct txn *txn, void *arg)
{
	struct record_call *c = arg;

	switch (c->verb) {
	case VERB_GET:
		return c->id ? record_get_id(txn, c->table, c->id, c->rec)
		             : record_get(txn, c->table, c->rec);
	case VERB_PUT:
		return record_put(txn, c->table, c->rec);
	case VERB_ADD:
		return record_add(txn, c->table, c->rec);
	case VERB_COUNT:
		return record_count(txn, c->table, -1, SLICE_NULL, INT64_MAX, &c->id);
	}
	return E_INTERNAL;
}

static enum err
record_do(struct fixture *f, struct record_call *c)
{
	return c->verb == VERB_PUT || c->verb == VERB_ADD
	           ? store_write_now(f->store, f->arena, record_call, c)
	           : store_read_now(f->store, f->arena, record_call, c);
}

void
fixture_get(struct fixture *f, enum table table, int64_t id, void *rec)
{
	struct record_call c = { VERB_GET, table, id, rec };

	assert_int_equal(record_do(f, &c), E_OK);
}

void
fixture_find(struct fixture *f, enum table table, void *rec)
{
	fixture_get(f, table, 0, rec);
}

bool
fixture_has(struct fixture *f, enum table table, void *rec)
{
	struct record_call c = { VERB_GET, table, 0, rec };
	enum err err = record_do(f, &c);

	assert_true(err == E_OK || err == E_NOT_FOUND);
	return err == E_OK;
}

void
fixture_put(struct fixture *f, enum table table, const void *rec)
{
	struct record_call c = { VERB_PUT, table, 0, (void *)(uintptr_t)rec };

	assert_int_equal(record_do(f, &c), E_OK);
}

void
fixture_add(struct fixture *f, enum table table, void *rec)
{
	struct record_call c = { VERB_ADD, table, 0, rec };

	assert_int_equal(record_do(f, &c), E_OK);
}

int64_t
fixture_count(struct fixture *f, enum table table)
{
	struct record_call c = { VERB_COUNT, table, 0, NULL };

	assert_int_equal(record_do(f, &c), E_OK);
	return c.id;
}

static enum err
space_digest(struct txn *txn, struct space space, crypto_generichash_state *state)
{
	struct range range = { .prefix = SLICE_NULL };
	struct slice key, val;
	struct cursor *cursor;
	enum err err = txn->store->ops->scan(txn, space, &range, &cursor);

	while (err == E_OK) {
		err = txn->store->ops->next(cursor, &key, &val);
		if (err)
			break;
		crypto_generichash_update(state, (const void *)&key.n, sizeof(key.n));
		crypto_generichash_update(state, (const void *)key.p, key.n);
		crypto_generichash_update(state, (const void *)&val.n, sizeof(val.n));
		crypto_generichash_update(state, (const void *)val.p, val.n);
	}
	return err == E_NOT_FOUND ? E_OK : err;
}

static enum err
store_digest(struct txn *txn, void *arg)
{
	crypto_generichash_state state;
	enum err err = E_OK;

	crypto_generichash_init(&state, NULL, 0, 32);
	for (int t = 0; t < T_MAX; t++) {
		const struct index_def *index = model_schema.table[t]->index;

		for (int i = -1; !err && (i < 0 || index[i].name); i++)
			err =
			    space_digest(txn, (struct space){ (enum table)t, i }, &state);
	}
	crypto_generichash_final(&state, arg, 32);
	return err;
}

void
fixture_digest(struct fixture *f, unsigned char out[static 32])
{
	assert_int_equal(store_read_now(f->store, f->arena, store_digest, out), E_OK);
}
