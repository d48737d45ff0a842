#include "base/field.h"

#include <string.h>

#include "base/wire.h"

static void
write_record(struct buf *b, const struct field_table *table, const void *rec);

static bool
is_absent(const struct field *f, const void *at)
{
	bool null = f->flags & FIELD_NULL;

	switch ((enum field_type)f->type) {
	case FIELD_BOOL:
		return !*(const bool *)at;
	case FIELD_INT:
	case FIELD_INSTANT:
		return *(const int64_t *)at == (null ? FIELD_NONE : 0);
	case FIELD_ENUM:
		return *(const int *)at == (null ? -1 : 0);
	case FIELD_LIST:
	case FIELD_INTS:
		return null ? !((const struct list *)at)->p
		            : ((const struct list *)at)->n == 0;
	case FIELD_TEXT:
	case FIELD_BYTES:
	case FIELD_JSON:
		break;
	}
	return null ? !((const struct slice *)at)->p : ((const struct slice *)at)->n == 0;
}

static size_t
varint_size(uint64_t v)
{
	size_t n = 1;

	for (; v >= 0x80; v >>= 7)
		n++;
	return n;
}

/* One byte is kept for the length of what follows; close_length sets it. */
static size_t
open_length(struct buf *b)
{
	buf_room(b, 1);
	return b->n;
}

static void
close_length(struct buf *b, size_t start)
{
	size_t n = b->n - start;
	size_t more = varint_size(n) - 1;
	size_t end;

	if (!buf_ok(b) || (more && !buf_room(b, more)))
		return;
	if (more)
		memmove(b->p + start + more, b->p + start, n);
	end = b->n;
	b->n = start - 1;
	wire_varint(b, n);
	b->n = end;
}

static void
write_list(struct buf *b, const struct field *f, const struct list *list)
{
	size_t start = open_length(b);

	wire_varint(b, list->n);
	for (size_t i = 0; i < list->n && buf_ok(b); i++) {
		size_t inner;

		if (f->type == FIELD_INTS) {
			wire_zigzag(b, ((const int64_t *)list->p)[i]);
			continue;
		}
		inner = open_length(b);
		write_record(b, f->sub, (const char *)list->p + i * f->sub->size);
		close_length(b, inner);
	}
	close_length(b, start);
}

static bool
is_number(const struct field *f)
{
	return f->type == FIELD_BOOL || f->type == FIELD_INT ||
	       f->type == FIELD_INSTANT || f->type == FIELD_ENUM;
}

/* What is added to a stored number; sums may wrap around. */
static uint64_t
base_of(const struct field *f, int64_t origin)
{
	return f->type == FIELD_INSTANT && !(f->flags & FIELD_ORIGIN) ? (uint64_t)origin
	                                                              : 0;
}

static void
write_field(struct buf *b, const struct field *f, const void *at, int64_t origin)
{
	wire_varint(b, 2 * (uint64_t)f->tag + is_number(f));
	switch ((enum field_type)f->type) {
	case FIELD_BOOL:
		wire_varint(b, 1);
		break;
	case FIELD_INT:
	case FIELD_INSTANT:
		wire_zigzag(
		    b, (int64_t)((uint64_t) * (const int64_t *)at - base_of(f, origin)));
		break;
	case FIELD_ENUM:
		wire_zigzag(b, *(const int *)at);
		break;
	case FIELD_TEXT:
	case FIELD_BYTES:
	case FIELD_JSON:
		wire_bytes(b, *(const struct slice *)at);
		break;
	case FIELD_LIST:
	case FIELD_INTS:
		write_list(b, f, at);
		break;
	}
}

static void
write_record(struct buf *b, const struct field_table *table, const void *rec)
{
	int64_t origin = 0;

	for (size_t i = 0; i < table->n; i++) {
		const struct field *f = &table->fields[i];
		const void *at = (const char *)rec + f->offset;

		if (f->flags & FIELD_ORIGIN)
			origin = *(const int64_t *)at;
		if (f->tag && !is_absent(f, at))
			write_field(b, f, at, origin);
	}
}

void
field_wire_write(
    struct buf *b, const struct field_table *table, const void *rec, struct slice unknown)
{
	write_record(b, table, rec);
	buf_slice_add(b, unknown);
}

struct reading {
	struct arena *arena;
	struct buf unknown; /* of the record itself, not of its lists */
	int depth;
};

#define LISTS_DEEP 8

static enum err
read_record(
    struct reading *rd, const struct field_table *table, struct slice bytes, void *rec);

static enum err
read_list(struct reading *rd, const struct field *f, struct slice bytes, struct list *out)
{
	struct wire_reader r = wire_reader(bytes);
	size_t size = f->type == FIELD_INTS ? sizeof(int64_t) : f->sub->size;
	uint64_t n = wire_get_varint(&r);
	enum err e = E_OK;

	if (r.failed || n > r.rest.n)
		return E_DAMAGED;
	out->p = arena_array(rd->arena, (size_t)n, size);
	if (!out->p)
		return E_NO_MEMORY;
	out->n = (size_t)n;
	for (size_t i = 0; i < out->n && !e && !r.failed; i++) {
		if (f->type == FIELD_INTS)
			((int64_t *)out->p)[i] = wire_get_zigzag(&r);
		else
			e = read_record(
			    rd, f->sub, wire_get_bytes(&r), (char *)out->p + i * size);
	}
	if (e)
		return e;
	return wire_reader_done(&r) ? E_OK : E_DAMAGED;
}

static enum err
read_number(const struct field *f, struct slice bytes, void *at, int64_t origin)
{
	struct wire_reader r = wire_reader(bytes);
	int64_t v = wire_get_zigzag(&r);

	if (!wire_reader_done(&r))
		return E_DAMAGED;
	if (f->type != FIELD_ENUM)
		*(int64_t *)at = (int64_t)((uint64_t)v + base_of(f, origin));
	else if (v >= 0 && v < f->names->n)
		*(int *)at = (int)v;
	else
		return E_DAMAGED;
	return E_OK;
}

static enum err
read_field(struct reading *rd, const struct field *f, struct slice bytes, void *at,
    int64_t origin)
{
	switch ((enum field_type)f->type) {
	case FIELD_BOOL:
		*(bool *)at = true;
		return bytes.n == 1 && bytes.p[0] == 1 ? E_OK : E_DAMAGED;
	case FIELD_INT:
	case FIELD_INSTANT:
	case FIELD_ENUM:
		return read_number(f, bytes, at, origin);
	case FIELD_LIST:
	case FIELD_INTS:
		return read_list(rd, f, bytes, at);
	case FIELD_TEXT:
	case FIELD_BYTES:
	case FIELD_JSON:
		break;
	}
	*(struct slice *)at = bytes;
	return E_OK;
}

/* The varint itself of a number, the bytes of others. */
static struct slice
get_value(struct wire_reader *r, bool number)
{
	struct slice all = r->rest;

	if (!number)
		return wire_get_bytes(r);
	wire_get_varint(r);
	return slice_head(all, all.n - r->rest.n);
}

/* Records are written in the order of the table, so the next field is mostly the one. */
static size_t
find_tag(const struct field_table *table, uint64_t tag, size_t from)
{
	for (size_t i = from; i < table->n; i++)
		if (table->fields[i].tag == tag)
			return i;
	for (size_t i = 0; i < from; i++)
		if (table->fields[i].tag == tag)
			return i;
	return table->n;
}

static enum err
read_record(
    struct reading *rd, const struct field_table *table, struct slice bytes, void *rec)
{
	struct wire_reader r = wire_reader(bytes);
	struct field_set seen = { { 0 } };
	int64_t origin = 0;
	size_t i = 0;

	if (++rd->depth > LISTS_DEEP)
		return E_DAMAGED;
	field_clear(table, rec);
	while (r.rest.n && !r.failed) {
		const char *start = r.rest.p;
		uint64_t head = wire_get_varint(&r), tag = head >> 1;
		struct slice value = get_value(&r, head & 1);
		const struct field *f;
		void *at;
		enum err e;

		if (r.failed || tag == 0 || tag > UINT16_MAX)
			return E_DAMAGED;
		i = find_tag(table, tag, i < table->n ? i : 0);
		if (i == table->n) {
			if (rd->depth == 1)
				buf_add(&rd->unknown, start, (size_t)(r.rest.p - start));
			continue;
		}
		f = &table->fields[i];
		at = (char *)rec + f->offset;
		if (field_set_has(&seen, i) || is_number(f) != (head & 1))
			return E_DAMAGED;
		field_set_add(&seen, i);
		e = read_field(rd, f, value, at, origin);
		if (e)
			return e;
		if (f->flags & FIELD_ORIGIN)
			origin = *(const int64_t *)at;
	}
	rd->depth--;
	return r.failed ? E_DAMAGED : E_OK;
}

enum err
field_wire_read(struct arena *arena, const struct field_table *table, struct slice bytes,
    void *rec, struct slice *unknown)
{
	struct reading rd = { .arena = arena, .unknown = BUF_INIT(arena) };
	struct slice copy = arena_slice(arena, bytes);
	enum err e;

	*unknown = SLICE_NULL;
	if (bytes.n && !copy.p) {
		field_clear(table, rec);
		return E_NO_MEMORY;
	}
	e = read_record(&rd, table, copy, rec);
	if (!e)
		e = buf_finish(&rd.unknown);
	if (!e && rd.unknown.n)
		*unknown = buf_slice(&rd.unknown);
	return e;
}
