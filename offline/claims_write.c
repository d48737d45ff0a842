#include "offline/cbor.h"
#include "offline/claims.h"
#include "offline/claims_codec.h"

static void
put_table(struct buf *, const struct claims_table *, const void *rec);

static int64_t
int_at(const void *member)
{
	return *(const int64_t *)member;
}

static bool
is_there(const struct claims_row *row, const char *rec)
{
	const void *member = rec + row->at;

	if (row->flags & CLAIM_REQUIRED)
		return true;
	switch ((enum claims_type)row->type) {
	case CLAIM_INT:
	case CLAIM_DECIMAL:
		return int_at(member) != FIELD_NONE;
	case CLAIM_BOOL:
		return *(const bool *)member;
	case CLAIM_TEXT:
		return ((const struct slice *)member)->p != NULL;
	case CLAIM_PAIRS:
		return ((const struct claims_pairs *)member)->n > 0;
	case CLAIM_FIXED:
	case CLAIM_MAP:
		return *(const bool *)(rec + row->more);
	case CLAIM_MAPS:
	case CLAIM_TUPLES:
	case CLAIM_SERIALS:
	case CLAIM_FIXEDS:
		return *(const size_t *)(const void *)(rec + row->more) > 0;
	default:
		return true;
	}
}

static void
put_decimal(struct buf *b, int64_t n)
{
	char digits[24];
	struct buf text = { .p = digits, .cap = sizeof(digits), .max = sizeof(digits) };

	buf_int(&text, n);
	cbor_put_text(b, buf_slice(&text));
}

static void
put_serial(struct buf *b, uint64_t serial)
{
	unsigned char bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (unsigned char)(serial >> (56 - 8 * i));
	cbor_put_bytes(b, slice_of(bytes, sizeof(bytes)));
}

/* Order of encoded texts: the shorter first. */
static int
compare_names(struct slice a, struct slice b)
{
	return a.n != b.n ? (a.n > b.n) - (a.n < b.n) : slice_compare(a, b);
}

static const struct claims_pair *
next_pair(const struct claims_pairs *pairs, const struct claims_pair *last)
{
	const struct claims_pair *next = NULL;

	for (size_t i = 0; i < pairs->n; i++) {
		const struct claims_pair *p = &pairs->item[i];

		if ((!last || compare_names(p->name, last->name) > 0) &&
		    (!next || compare_names(p->name, next->name) < 0))
			next = p;
	}
	return next;
}

static void
put_pairs(struct buf *b, const struct claims_pairs *pairs)
{
	const struct claims_pair *p = NULL;

	cbor_put_map(b, pairs->n);
	for (size_t i = 0; i < pairs->n; i++) {
		p = next_pair(pairs, p);
		if (!p) { /* a name twice */
			b->failed = true;
			return;
		}
		cbor_put_text(b, p->name);
		cbor_put_text(b, p->value);
	}
}

static void
put_value(struct buf *b, const struct claims_row *row, const char *rec);

static void
put_tuple(struct buf *b, const struct claims_table *table, const char *rec)
{
	cbor_put_array(b, table->n);
	for (size_t i = 0; i < table->n; i++)
		if (is_there(&table->row[i], rec))
			put_value(b, &table->row[i], rec);
		else
			cbor_put_null(b);
}

static void
put_list(struct buf *b, const struct claims_row *row, const char *rec)
{
	const char *list;
	size_t n = *(const size_t *)(const void *)(rec + row->more);

	memcpy(&list, rec + row->at, sizeof(list));
	cbor_put_array(b, n);
	for (size_t i = 0; i < n; i++)
		if (row->type == CLAIM_SERIALS)
			put_serial(b, ((const uint64_t *)(const void *)list)[i]);
		else if (row->type == CLAIM_FIXEDS)
			cbor_put_bytes(
			    b, slice_of(list + i * (size_t)row->max, (size_t)row->max));
		else if (row->type == CLAIM_TUPLES)
			put_tuple(b, row->sub, list + i * row->sub->size);
		else
			put_table(b, row->sub, list + i * row->sub->size);
}

static void
put_value(struct buf *b, const struct claims_row *row, const char *rec)
{
	const void *member = rec + row->at;

	switch ((enum claims_type)row->type) {
	case CLAIM_INT:
		cbor_put_int(b, int_at(member));
		break;
	case CLAIM_ENUM:
		cbor_put_int(b, *(const int *)member);
		break;
	case CLAIM_CONST:
		cbor_put_int(b, row->min);
		break;
	case CLAIM_BOOL:
		cbor_put_bool(b, *(const bool *)member);
		break;
	case CLAIM_TEXT:
		cbor_put_text(b, *(const struct slice *)member);
		break;
	case CLAIM_DECIMAL:
		put_decimal(b, int_at(member));
		break;
	case CLAIM_FIXED:
		cbor_put_bytes(b, slice_of(member, (size_t)row->max));
		break;
	case CLAIM_SERIAL:
		put_serial(b, *(const uint64_t *)member);
		break;
	case CLAIM_PAIRS:
		put_pairs(b, member);
		break;
	case CLAIM_MAP:
		put_table(b, row->sub, rec);
		break;
	default:
		put_list(b, row, rec);
	}
}

static void
put_table(struct buf *b, const struct claims_table *table, const void *rec)
{
	size_t n = 0;

	for (size_t i = 0; i < table->n; i++)
		n += is_there(&table->row[i], rec);
	cbor_put_map(b, n);
	for (size_t i = 0; i < table->n; i++)
		if (is_there(&table->row[i], rec)) {
			cbor_put_int(b, table->row[i].key);
			put_value(b, &table->row[i], rec);
		}
}

void
claims_write(struct buf *b, const struct claims_table *table, const void *rec)
{
	put_table(b, table, rec);
}
