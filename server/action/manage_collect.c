#include "server/action/manage_list.h"

#include <string.h>

#define KEY_TEXT_MAX 400

static enum err
keep_hit(struct listing *ls, struct hit hit)
{
	size_t cap = ls->cap ? ls->cap * 2 : 256;

	if (hit.text.p) {
		hit.text = arena_slice(ls->keep, hit.text);
		if (!hit.text.p)
			return E_NO_MEMORY;
	}
	if (ls->n == ls->cap) {
		struct hit *grown = arena_array(ls->keep, cap, sizeof(*grown));

		if (!grown)
			return E_NO_MEMORY;
		if (ls->n)
			memcpy(grown, ls->hit, ls->n * sizeof(*grown));
		ls->hit = grown;
		ls->cap = cap;
	}
	ls->hit[ls->n++] = hit;
	return E_OK;
}

static bool
window_full(const struct listing *ls)
{
	return ls->window && ls->reads >= ls->offset + ls->limit;
}

/* Takes the record at hand if it matches. */
static enum err
take(struct listing *ls)
{
	struct filter_value v = { .type = FIELD_TEXT, .null = true };
	struct hit hit = { .id = filter_id(ls->resource, ls->rec) };
	bool match;
	enum err e;

	if (ls->window)
		return ls->reads++ < ls->offset ? E_OK : keep_hit(ls, hit);
	if (ls->reads++ >= LIST_READS_MAX)
		return E_QUERY_TOO_BROAD;
	e = filter_match(ls->ctx, ls->resource, ls->term, ls->n_terms, ls->rec, &match);
	if (!e)
		e = manage_faults(ls->ctx);
	if (e || !match)
		return e;
	if (ls->order)
		e = filter_value_of(ls->ctx, ls->resource, ls->order, ls->rec, &v);
	hit.null = v.null;
	hit.number = v.number;
	hit.text = v.text;
	return e ? e : keep_hit(ls, hit);
}

static bool
is_outside(const struct listing *ls)
{
	struct filter_value v;

	return ls->bound &&
	       filter_value_of(ls->ctx, ls->resource, ls->bound, ls->rec, &v) == E_OK &&
	       (v.number < ls->first || v.number > ls->last);
}

static enum err
take_next(struct action_ctx *ctx, void *rec, void *arg)
{
	struct listing *ls = arg;
	enum err e;

	(void)ctx;
	if (window_full(ls))
		return E_NOT_FOUND;
	ls->rec = rec;
	if (is_outside(ls))
		return E_NOT_FOUND;
	e = take(ls);
	if (e == E_NOT_FOUND) /* what the record names is gone: no match */
		e = E_OK;
	return e ? e : window_full(ls) ? E_NOT_FOUND : E_OK;
}

static enum err
scan(struct listing *ls, struct slice from)
{
	struct each each = { .table = ls->resource->table,
		.index = ls->index,
		.prefix = ls->prefix,
		.from = from,
		.reverse = ls->window && ls->descending,
		.fn = take_next,
		.arg = ls };

	return manage_each(ls->ctx, &each);
}

/* No index of texts has empty ones. */
static bool
asks_empty(const struct term *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->value[i].text.n == 0)
			return t->filter->key == KEY_TEXT || t->filter->key == KEY_FOLDED;
	return false;
}

static bool
indexed(const struct term *t)
{
	if (t->op != OP_EQ && t->op != OP_IN)
		return false;
	return t->by_ids || t->filter->find ||
	       (t->filter->key != KEY_NONE && !asks_empty(t));
}

/* The term whose index is walked: an exact one before one of several values. */
static struct term *
driver_of(struct listing *ls)
{
	struct term *best = NULL;

	for (size_t i = 0; i < ls->n_terms; i++) {
		struct term *t = &ls->term[i];

		if (indexed(t) && (!best || (best->op == OP_IN && t->op == OP_EQ)))
			best = t;
	}
	return best;
}

static bool
seen_before(const struct term *t, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (slice_equal(t->value[i].text, t->value[at].text))
			return true;
	return false;
}

static struct slice
prefix_of(struct listing *ls, const struct term *t, const struct operand *o)
{
	struct txn *txn = ls->ctx->txn;

	return t->filter->key == KEY_ID ? record_key_id(txn, o->number)
	                                : record_key_text(txn, o->text);
}

static enum err
scan_term(struct listing *ls, const struct term *t)
{
	enum err e = E_OK;

	ls->index = t->filter->index;
	for (size_t i = 0; i < t->n && !e; i++) {
		const struct operand *o = &t->value[i];

		if (seen_before(t, i) || o->text.n > KEY_TEXT_MAX)
			continue;
		if (t->filter->key == KEY_ID && o->number == FIELD_NONE)
			continue;
		ls->prefix = prefix_of(ls, t, o);
		e = scan(ls, SLICE_NULL);
	}
	return e;
}

static int
compare_numbers(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static enum err
load_ids(struct listing *ls, struct id_list *ids)
{
	const struct resource *r = ls->resource;
	struct arena_mark mark = arena_mark(ls->ctx->arena);
	enum err e = E_OK;

	if (ids->n)
		qsort(ids->id, ids->n, sizeof(int64_t), compare_numbers);
	for (size_t i = 0; i < ids->n && !e; i++) {
		if (i && ids->id[i] == ids->id[i - 1])
			continue;
		e = r->load ? r->load(ls->ctx, ids->id[i], ls->rec)
		            : record_get_id(ls->ctx->txn, r->table, ids->id[i], ls->rec);
		if (!e)
			e = take(ls);
		if (e == E_NOT_FOUND)
			e = E_OK;
		if (!e)
			arena_reset(ls->ctx->arena, mark);
	}
	return e;
}

static enum err
find_and_load(struct listing *ls, struct term *t)
{
	struct id_list ids = { .arena = ls->ctx->arena };
	enum err e = E_OK;

	if (t->by_ids)
		return load_ids(ls, &t->ids);
	for (size_t i = 0; i < t->n && !e; i++)
		e = t->filter->find(ls->ctx, t->value[i].text, &ids);
	return e ? e : load_ids(ls, &ids);
}

static int
compare_hits(const void *a_, const void *b_, void *arg)
{
	const struct hit *a = a_, *b = b_;
	const struct listing *ls = arg;
	int order = 0;

	if (a->null != b->null)
		order = a->null ? -1 : 1;
	else if (a->number != b->number)
		order = a->number < b->number ? -1 : 1;
	else
		order = slice_compare(a->text, b->text);
	if (order == 0 && a->id != b->id)
		order = a->id < b->id ? -1 : 1;
	return ls->descending ? -order : order;
}

/* The primary key or an index begins with the number that the filter is about. */
static bool
is_sorted(const struct listing *ls, const struct filter *f)
{
	return f->key == KEY_ID && f->ref == FILTER_NO_REF &&
	       (f->index >= 0 || list_is_primary(ls, f)) && filter_field(ls->resource, f);
}

static void
narrow(struct listing *ls, const struct term *t)
{
	int64_t n = t->n ? t->value[0].number : 0;

	if ((t->op == OP_GT && n == INT64_MAX) || (t->op == OP_LT && n == INT64_MIN)) {
		ls->first = INT64_MAX;
		ls->last = INT64_MIN;
		return;
	}
	if (t->op == OP_GT || t->op == OP_GTE) {
		n += t->op == OP_GT;
		ls->first = n > ls->first ? n : ls->first;
	} else {
		n -= t->op == OP_LT;
		ls->last = n < ls->last ? n : ls->last;
	}
}

/* The range that the terms leave of the first filter that has one; all of them do. */
static bool
read_range(struct listing *ls)
{
	size_t used = 0;

	ls->first = INT64_MIN;
	ls->last = INT64_MAX;
	for (size_t i = 0; i < ls->n_terms; i++) {
		const struct term *t = &ls->term[i];

		if (t->op < OP_GT || t->op > OP_LTE || !is_sorted(ls, t->filter) ||
		    (ls->bound && ls->bound != t->filter))
			continue;
		ls->bound = t->filter;
		narrow(ls, t);
		used++;
	}
	return used == ls->n_terms;
}

/* The index, if any, has every record, in the order asked for. */
static bool
is_ordered(const struct listing *ls, const struct filter *by)
{
	const struct field *field;

	if (!ls->order || !by)
		return !ls->order && (!by || list_is_primary(ls, by));
	field = filter_field(ls->resource, by);
	return ls->order == by && field && (ls->bound || !(field->flags & FIELD_NULL));
}

/* Without an exact filter: a range of a key, the key of the order, or the table. */
static enum err
scan_range(struct listing *ls)
{
	bool all = read_range(ls);
	const struct filter *by = ls->bound;
	struct slice from = SLICE_NULL;

	if (!by && ls->order && is_sorted(ls, ls->order))
		by = ls->order;
	ls->window = all && !ls->resource->load && is_ordered(ls, by);
	if (!ls->window && !ls->bound)
		by = NULL;
	ls->index = by ? by->index : -1;
	if (ls->bound && ls->first > ls->last)
		return E_OK;
	if (!ls->bound)
		return scan(ls, SLICE_NULL);
	if (!ls->window || !ls->descending)
		from = record_key_id(ls->ctx->txn, ls->first);
	else if (ls->last < INT64_MAX)
		from = record_key_id(ls->ctx->txn, ls->last + 1);
	return scan(ls, from);
}

/* One value of an index that has its records in the order of their ids. */
static bool
is_single(const struct listing *ls, const struct term *t)
{
	return ls->n_terms == 1 && !ls->order && !ls->resource->load && t->op == OP_EQ &&
	       t->filter->by_id && t->value[0].number != FIELD_NONE;
}

enum err
list_count(struct listing *ls, int64_t *n)
{
	struct txn *txn = ls->ctx->txn;
	struct slice from, end = SLICE_NULL;

	*n = 0;
	if (ls->bound && ls->first > ls->last)
		return E_OK;
	if (!ls->bound && !ls->prefix.p && ls->resource->count)
		return ls->resource->count(ls->ctx, n);
	if (!ls->bound)
		return record_count(
		    txn, ls->resource->table, ls->index, ls->prefix, INT64_MAX, n);
	from = record_key_id(txn, ls->first);
	if (ls->last < INT64_MAX)
		end = record_key_id(txn, ls->last + 1);
	return record_count_between(txn, ls->resource->table, ls->index, from, end, n);
}

enum err
list_collect(struct listing *ls)
{
	struct term *driver = driver_of(ls);
	enum err e;

	if (!driver) {
		e = scan_range(ls);
	} else if (driver->by_ids || driver->filter->find) {
		e = find_and_load(ls, driver);
	} else {
		ls->window = is_single(ls, driver);
		e = scan_term(ls, driver);
	}
	if (!e && ls->n && !ls->window)
		qsort_r(ls->hit, ls->n, sizeof(*ls->hit), compare_hits, ls);
	return e;
}
