/*
 * Records as the store has them. The first byte picks the table. What reads is written in
 * one form only, keeps the tags of newer versions, and its keys go through the engine's
 * key space and come back.
 */
#include "tests/fuzz/target.h"

#include <string.h>

#include "base/wire.h"
#include "server/store/keyspace.h"

struct image {
	void *rec;
	struct slice bytes, unknown;
};

static enum err
read_image(struct arena *arena, const struct field_table *table, struct slice in,
    struct image *out)
{
	struct buf bytes = BUF_INIT(arena);
	enum err err;

	out->rec = arena_alloc(arena, table->size);
	FUZZ_CHECK(out->rec != NULL);
	err = field_wire_read(arena, table, in, out->rec, &out->unknown);
	FUZZ_CHECK(err == E_OK || err == E_DAMAGED || err == E_NO_MEMORY);
	if (err)
		return err;
	field_wire_write(&bytes, table, out->rec, out->unknown);
	FUZZ_CHECK(buf_ok(&bytes));
	out->bytes = buf_slice(&bytes);
	return E_OK;
}

static void
check_space(enum table table, int index, struct slice key)
{
	struct space space = { table, index };
	struct keyspace ks = keyspace_of(&model_schema, space);
	struct engine_key engine;
	unsigned char plain[KEYSPACE_MAX];
	struct slice whole;
	bool outside;

	if (keyspace_compose(ks, key, &engine) != E_OK) {
		FUZZ_CHECK(key.n > KEYSPACE_KEY_MAX);
		return;
	}
	FUZZ_CHECK(keyspace_whole(ks, key));
	whole = slice_of(engine.p, engine.n);
	FUZZ_CHECK(keyspace_place(ks, whole, &outside) == 0 && !outside);
	FUZZ_CHECK(slice_equal(keyspace_split(ks, whole, plain), key));
}

static void
check_key(struct arena *arena, table_key_fn *make, enum table table, int index,
    const struct image *image)
{
	struct buf key = BUF_INIT(arena);

	if (make(&key, image->rec) && buf_ok(&key))
		check_space(table, index, buf_slice(&key));
}

static void
check_primary(struct arena *arena, const struct table_def *def, int index,
    const struct image *image)
{
	struct buf key = BUF_INIT(arena), own = BUF_INIT(arena), told = BUF_INIT(arena);
	const struct index_def *ix = &def->index[index];

	if (!ix->primary || !ix->key(&key, image->rec) || !buf_ok(&key))
		return;
	FUZZ_CHECK(ix->primary(&told, buf_slice(&key)));
	def->key(&own, image->rec);
	FUZZ_CHECK(!buf_ok(&own) || slice_equal(buf_slice(&own), buf_slice(&told)));
}

static void
check_keys(struct arena *arena, enum table t, const struct image *image)
{
	const struct table_def *def = model_schema.table[t];

	check_key(arena, def->key, t, -1, image);
	for (int i = 0; i < TABLE_INDEX_MAX && def->index[i].name; i++) {
		check_key(arena, def->index[i].key, t, i, image);
		check_primary(arena, def, i, image);
	}
}

static void
check_fields(struct arena *arena, const struct field_table *table, const struct image *a,
    const struct image *b)
{
	struct buf text = BUF_INIT(arena);

	for (size_t i = 0; i < table->n; i++)
		if (table->fields[i].tag)
			FUZZ_CHECK(field_equal(&table->fields[i], a->rec, b->rec));
	field_json_members(&text, table, a->rec);
}

static void
check_wire(struct slice in)
{
	struct wire_reader r = wire_reader(in);

	while (!r.failed && r.rest.n > 0) {
		size_t before = r.rest.n;

		switch (wire_get_u8(&r) % 8) {
		case 0:
			wire_get_u16(&r);
			break;
		case 1:
			wire_get_u32(&r);
			break;
		case 2:
			wire_get_u64(&r);
			break;
		case 3:
			wire_get_key_i64(&r);
			break;
		case 4:
			wire_get_varint(&r);
			break;
		case 5:
			wire_get_zigzag(&r);
			break;
		case 6:
			wire_get_bytes(&r);
			break;
		default:
			wire_get_key_text(&r);
			break;
		}
		FUZZ_CHECK(r.rest.n < before);
	}
	FUZZ_CHECK(wire_reader_done(&r) == !r.failed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct slice in = fuzz_slice(data, size);
	enum table t = (enum table)(fuzz_pick(&in) % model_schema.n);
	const struct field_table *table = model_schema.table[t]->fields;
	struct image first, second;

	check_wire(in);
	if (read_image(arena, table, in, &first) == E_OK) {
		FUZZ_CHECK(read_image(arena, table, first.bytes, &second) == E_OK);
		FUZZ_CHECK(slice_equal(first.bytes, second.bytes));
		FUZZ_CHECK(slice_equal(first.unknown, second.unknown));
		check_fields(arena, table, &first, &second);
		check_keys(arena, t, &first);
	}
	arena_free(arena);
	return 0;
}
