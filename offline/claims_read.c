#include "offline/cbor.h"
#include "offline/claims.h"
#include "offline/claims_codec.h"

#define PAIR_NAME_MAX 64
#define SERIAL_BYTES 8

struct reading {
	struct cbor_in in;
	struct arena *arena;
	bool no_memory;
};

static void
read_table(struct reading *, const struct claims_table *, void *rec);

static void
want(struct reading *r, bool right)
{
	if (!right)
		r->in.failed = true;
}

static void *
new_list(struct reading *r, size_t n, size_t size)
{
	void *list = r->in.failed || !n ? NULL : arena_array(r->arena, n, size);

	if (!list && n && !r->in.failed)
		r->no_memory = r->in.failed = true;
	return list;
}

static struct slice
keep_text(struct reading *r, struct slice text)
{
	struct slice copy;

	if (r->in.failed)
		return SLICE_NULL;
	copy = arena_slice(r->arena, text);
	if (!copy.p)
		r->no_memory = r->in.failed = true;
	return copy;
}

static bool
is_key(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '#' || s.p[i] == '|')
			return false;
	return true;
}

static bool
is_code(struct slice s)
{
	return slice_only(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			     "0123456789._~-");
}

static struct slice
read_text(struct reading *r, const struct claims_row *row)
{
	struct slice text = cbor_take_text(&r->in);

	want(r, (int64_t)text.n >= row->min && (int64_t)text.n <= row->max &&
		    (!(row->flags & CLAIM_PLAIN) || slice_is_plain(text)) &&
		    (!(row->flags & CLAIM_CODE) || is_code(text)) &&
		    (!(row->flags & CLAIM_KEY) || is_key(text)));
	return keep_text(r, text);
}

static int64_t
read_int(struct reading *r, const struct claims_row *row)
{
	int64_t n = cbor_take_int(&r->in);

	want(r, n >= row->min && n <= row->max);
	return n;
}

static int64_t
read_decimal(struct reading *r)
{
	struct slice text = cbor_take_text(&r->in);
	int64_t n = 0;

	want(r,
	    text.n > 0 && text.p[0] >= '1' && text.p[0] <= '9' && slice_to_int(text, &n));
	return n;
}

static uint64_t
read_serial(struct reading *r)
{
	unsigned char bytes[SERIAL_BYTES];
	uint64_t n = 0;

	cbor_take_fixed(&r->in, bytes, sizeof(bytes));
	for (int i = 0; i < SERIAL_BYTES; i++)
		n = n << 8 | bytes[i];
	return n;
}

static void
read_pairs(struct reading *r, const struct claims_row *row, struct claims_pairs *out)
{
	size_t n = cbor_take_map(&r->in);

	want(r, n <= row->most);
	out->item = new_list(r, n, sizeof(*out->item));
	for (out->n = 0; out->n < n && !r->in.failed; out->n++) {
		struct slice name = cbor_take_text(&r->in);
		struct slice value = cbor_take_text(&r->in);

		if (row->flags & CLAIM_CUT)
			value = slice_clip(value, (size_t)row->max);
		want(r, name.n > 0 && name.n <= PAIR_NAME_MAX && slice_is_plain(name) &&
			    (int64_t)value.n <= row->max);
		out->item[out->n].name = keep_text(r, name);
		out->item[out->n].value = keep_text(r, value);
	}
}

static void
read_value(struct reading *, const struct claims_row *, char *rec);

static void
clear(const struct claims_table *table, char *rec)
{
	for (size_t i = 0; i < table->n; i++) {
		const struct claims_row *row = &table->row[i];

		if (row->type == CLAIM_INT || row->type == CLAIM_DECIMAL)
			*(int64_t *)(void *)(rec + row->at) = FIELD_NONE;
		else if (row->type == CLAIM_MAP)
			clear(row->sub, rec);
	}
}

static void
read_tuple(struct reading *r, const struct claims_table *table, char *rec)
{
	want(r, cbor_take_array(&r->in) == table->n);
	clear(table, rec);
	for (size_t i = 0; i < table->n; i++)
		if (!cbor_take_null(&r->in))
			read_value(r, &table->row[i], rec);
		else
			want(r, !(table->row[i].flags & CLAIM_REQUIRED));
}

static size_t
item_size(const struct claims_row *row)
{
	if (row->type == CLAIM_SERIALS)
		return sizeof(uint64_t);
	return row->type == CLAIM_FIXEDS ? (size_t)row->max : row->sub->size;
}

static void
read_item(struct reading *r, const struct claims_row *row, char *item, bool first)
{
	size_t size = item_size(row);

	if (row->type == CLAIM_SERIALS) {
		uint64_t *serial = (void *)item;

		*serial = read_serial(r);
		want(r, first || serial[-1] < *serial);
	} else if (row->type == CLAIM_FIXEDS) {
		cbor_take_fixed(&r->in, (unsigned char *)item, size);
		want(r, first || memcmp(item - size, item, size) < 0);
	} else if (row->type == CLAIM_TUPLES) {
		read_tuple(r, row->sub, item);
	} else {
		read_table(r, row->sub, item);
	}
}

static void
read_list(struct reading *r, const struct claims_row *row, char *rec)
{
	size_t size = item_size(row), n = cbor_take_array(&r->in);
	char *list;

	want(r, n <= row->most && (int64_t)n >= row->min);
	list = new_list(r, n, size);
	for (size_t i = 0; i < n && !r->in.failed; i++)
		read_item(r, row, list + i * size, i == 0);
	n = r->in.failed ? 0 : n;
	memcpy(rec + row->at, &list, sizeof(list));
	memcpy(rec + row->more, &n, sizeof(n));
}

static void
read_value(struct reading *r, const struct claims_row *row, char *rec)
{
	void *member = rec + row->at;

	switch ((enum claims_type)row->type) {
	case CLAIM_INT:
		*(int64_t *)member = read_int(r, row);
		break;
	case CLAIM_ENUM:
		*(int *)member = (int)read_int(r, row);
		break;
	case CLAIM_CONST:
		read_int(r, row);
		break;
	case CLAIM_BOOL:
		*(bool *)member = cbor_take_bool(&r->in);
		break;
	case CLAIM_TEXT:
		*(struct slice *)member = read_text(r, row);
		break;
	case CLAIM_DECIMAL:
		*(int64_t *)member = read_decimal(r);
		break;
	case CLAIM_FIXED:
		cbor_take_fixed(&r->in, member, (size_t)row->max);
		break;
	case CLAIM_SERIAL:
		*(uint64_t *)member = read_serial(r);
		break;
	case CLAIM_PAIRS:
		read_pairs(r, row, member);
		break;
	case CLAIM_MAP:
		read_table(r, row->sub, rec);
		break;
	default:
		read_list(r, row, rec);
		return;
	}
	if (row->more)
		*(bool *)(rec + row->more) = true;
}

/* The row of the key that is next; NULL: unknown. */
static const struct claims_row *
read_key(struct reading *r, const struct claims_table *table)
{
	struct cbor_in key = r->in;
	int64_t n = cbor_take_int(&key);

	cbor_skip(&r->in);
	for (size_t i = 0; !key.failed && i < table->n; i++)
		if (table->row[i].key == n)
			return &table->row[i];
	return NULL;
}

static void
read_table(struct reading *r, const struct claims_table *table, void *rec)
{
	size_t pairs = cbor_take_map(&r->in);
	uint32_t seen = 0;

	clear(table, rec);
	while (pairs-- > 0 && !r->in.failed) {
		const struct claims_row *row = read_key(r, table);

		if (row) {
			seen |= UINT32_C(1) << (row - table->row);
			read_value(r, row, rec);
		} else {
			cbor_skip(&r->in);
		}
	}
	for (size_t i = 0; i < table->n; i++)
		want(r, seen >> i & 1 || !(table->row[i].flags & CLAIM_REQUIRED));
}

enum err
claims_read(struct arena *arena, const struct claims_table *table, struct slice payload,
    void *rec)
{
	struct reading r = { .in = { .rest = payload }, .arena = arena };

	memset(rec, 0, table->size);
	read_table(&r, table, rec);
	if (r.no_memory)
		return E_NO_MEMORY;
	return r.in.failed ? E_OBJECT_CLAIM : E_OK;
}
