#include "tests/support/store_schema.h"

#include "base/wire.h"
#include "server/model/audit.h"
#include "server/model/schema_keys.h"

static const struct field thing_fields[] = {
	FIELD(1, INT, thing, id, 0, 0, 0),
	FIELD(2, TEXT, thing, code, 0, 0, 600),
	FIELD(3, INT, thing, group, FIELD_NULL, 0, 0),
	FIELD(4, TEXT, thing, note, 0, 0, 1 << 20),
	FIELD(9, INT, thing, extra, 0, 0, 0),
};

static const struct field_table newer_thing = FIELD_TABLE("thing", thing, thing_fields);
/* The last field is not known yet. */
static const struct field_table old_thing = { "thing", sizeof(struct thing), thing_fields,
	ARRAY_LEN(thing_fields) - 1 };

static const struct field seat_fields[] = {
	FIELD(1, INT, seat, license_id, 0, 0, 0),
	FIELD(2, INT, seat, device_id, 0, 0, 0),
	FIELD(3, INT, seat, id, 0, 0, 0),
	FIELD(4, INT, seat, at, FIELD_NULL, 0, 0),
};

static const struct field_table seat_table = FIELD_TABLE("seat", seat, seat_fields);

static bool
thing_key(struct buf *key, const void *rec)
{
	wire_key_i64(key, ((const struct thing *)rec)->id);
	return true;
}

static bool
thing_code(struct buf *key, const void *rec)
{
	const struct thing *t = rec;

	if (t->code.n)
		wire_key_text(key, t->code);
	return t->code.n > 0;
}

static bool
thing_group(struct buf *key, const void *rec)
{
	const struct thing *t = rec;

	wire_key_i64(key, t->group);
	wire_key_i64(key, t->id);
	return t->group != FIELD_NONE;
}

static bool
seat_key(struct buf *key, const void *rec)
{
	const struct seat *s = rec;

	wire_key_i64(key, s->license_id);
	wire_key_i64(key, s->device_id);
	return true;
}

static bool
seat_id(struct buf *key, const void *rec)
{
	wire_key_i64(key, ((const struct seat *)rec)->id);
	return true;
}

static bool
seat_device(struct buf *key, const void *rec)
{
	const struct seat *s = rec;

	wire_key_i64(key, s->device_id);
	wire_key_i64(key, s->license_id);
	return true;
}

static bool
seat_at(struct buf *key, const void *rec)
{
	const struct seat *s = rec;

	wire_key_i64(key, s->license_id);
	wire_key_i64(key, s->at);
	wire_key_i64(key, s->id);
	return s->at != FIELD_NONE;
}

#define THING_DEF(table)                                                                 \
	{                                                                                \
		.fields = &(table), .key = thing_key,                                    \
		.id_offset = offsetof(struct thing, id), .index = {                      \
			{ "code", true, false, thing_code, NULL },                       \
			{ "group", false, false, thing_group, primary_behind_id }        \
		}                                                                        \
	}

static const struct table_def meta_def = {
	.fields = &meta_table, .key = key_meta, .id_offset = SIZE_MAX
};
static const struct table_def thing_def = THING_DEF(old_thing);
static const struct table_def newer_def = THING_DEF(newer_thing);
static const struct table_def seat_def = { .fields = &seat_table,
	.clustered = true,
	.cluster = 1,
	.grows = true,
	.key = seat_key,
	.id_offset = offsetof(struct seat, id),
	.index = { { "id", true, false, seat_id, NULL },
	    { "device", false, false, seat_device, primary_turned },
	    { "at", false, true, seat_at, NULL } } };

static const struct table_def *const tables[T_MAX] = {
	[T_META] = &meta_def,
	[T_PRODUCT] = &thing_def,
	[T_ACTIVATION] = &seat_def,
};

static const struct table_def *const newer_tables[T_MAX] = {
	[T_META] = &meta_def,
	[T_PRODUCT] = &newer_def,
	[T_ACTIVATION] = &seat_def,
};

const struct schema test_schema = { tables, T_MAX };
const struct schema newer_schema = { newer_tables, T_MAX };
