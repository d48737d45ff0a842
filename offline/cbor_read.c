/*
 * Heads are read here and not by libcbor's stream decoder: it does not say how long a
 * head was, and the types of its callbacks differ between versions.
 */
#include "offline/cbor.h"

enum { INFO_BYTE = 24, INFO_LAST = 27, INFO_INDEFINITE = 31 };
enum { SIMPLE_FALSE = 20, SIMPLE_TRUE, SIMPLE_NULL };

enum major { UINT, NEGINT, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE };

struct head {
	enum major major;
	uint64_t n; /* the number, a length or count, the simple value */
};

static enum err
simple_error(unsigned info)
{
	if (info == INFO_INDEFINITE)
		return E_OBJECT_INDEFINITE; /* its end */
	if (info > INFO_BYTE && info <= INFO_LAST)
		return E_OBJECT_FLOAT;
	return info < SIMPLE_FALSE || info > SIMPLE_NULL ? E_OBJECT_VALUE : E_OK;
}

static enum err
read_number(struct slice *rest, unsigned info, uint64_t *n)
{
	size_t width = (size_t)1 << (info - INFO_BYTE);

	if (rest->n < width)
		return E_OBJECT_TRUNCATED;
	*n = 0;
	for (size_t i = 0; i < width; i++)
		*n = *n << 8 | (unsigned char)rest->p[i];
	*rest = slice_from(*rest, width);
	if (width == 1 ? *n < INFO_BYTE : *n >> (4 * width) == 0)
		return E_OBJECT_NOT_SHORTEST;
	return E_OK;
}

static enum err
read_head(struct slice *rest, struct head *h)
{
	unsigned first, info;

	if (rest->n == 0)
		return E_OBJECT_TRUNCATED;
	first = (unsigned char)rest->p[0];
	info = first & 31;
	*rest = slice_from(*rest, 1);
	h->major = first >> 5;
	h->n = info;
	if (h->major == SIMPLE)
		return simple_error(info);
	if (info < INFO_BYTE)
		return E_OK;
	if (info <= INFO_LAST)
		return read_number(rest, info, &h->n);
	if (info == INFO_INDEFINITE && h->major >= BYTES && h->major <= MAP)
		return E_OBJECT_INDEFINITE;
	return E_OBJECT_VALUE;
}

/* The bytes of a string whose head was read. */
static enum err
read_string(struct slice *rest, uint64_t n, struct slice *out)
{
	if (n > rest->n)
		return E_OBJECT_TRUNCATED;
	*out = slice_head(*rest, (size_t)n);
	*rest = slice_from(*rest, (size_t)n);
	return E_OK;
}

static enum err
check_item(struct slice *rest, unsigned depth);

static enum err
check_string(struct slice *rest, const struct head *h)
{
	struct slice s;
	enum err err = read_string(rest, h->n, &s);

	if (err == E_OK && h->major == TEXT &&
	    (!slice_is_utf8(s) || slice_find(s, '\0') >= 0))
		err = E_OBJECT_TEXT;
	return err;
}

static enum err
check_items(struct slice *rest, uint64_t n, unsigned depth)
{
	enum err err = E_OK;

	while (err == E_OK && n-- > 0)
		err = check_item(rest, depth);
	return err;
}

static enum err
check_key(struct slice *rest, unsigned depth, struct slice *last)
{
	struct slice key = *rest;
	enum err err = check_item(rest, depth);
	int order;

	if (err)
		return err;
	key.n -= rest->n;
	order = last->p ? slice_compare(*last, key) : -1;
	*last = key;
	return order < 0 ? E_OK : order > 0 ? E_OBJECT_UNSORTED : E_OBJECT_DUPLICATE_KEY;
}

static enum err
check_pairs(struct slice *rest, uint64_t n, unsigned depth)
{
	struct slice last = SLICE_NULL;
	enum err err = E_OK;

	while (err == E_OK && n-- > 0) {
		err = check_key(rest, depth, &last);
		if (err == E_OK)
			err = check_item(rest, depth);
	}
	return err;
}

/* depth: of what is around the item. */
static enum err
check_item(struct slice *rest, unsigned depth)
{
	struct head h;
	enum err err = read_head(rest, &h);

	if (err)
		return err;
	if (h.major == BYTES || h.major == TEXT)
		return check_string(rest, &h);
	if (h.major < ARRAY || h.major == SIMPLE)
		return E_OK;
	if (++depth > CBOR_DEPTH_MAX)
		return E_OBJECT_TOO_DEEP;
	if (h.major == MAP)
		return check_pairs(rest, h.n, depth);
	return check_items(rest, h.major == TAG ? 1 : h.n, depth);
}

enum err
cbor_check(struct slice item)
{
	enum err err;

	if (item.n > CBOR_BYTES_MAX)
		return E_OBJECT_TOO_LARGE;
	err = check_item(&item, 0);
	return err == E_OK && item.n > 0 ? E_OBJECT_TRAILING : err;
}

enum cbor_next
cbor_peek(const struct cbor_in *in)
{
	static const enum cbor_next next[] = { CBOR_UINT, CBOR_NEGINT, CBOR_BYTES,
		CBOR_TEXT, CBOR_ARRAY, CBOR_MAP, CBOR_TAG, CBOR_BOOL };
	unsigned first;

	if (in->failed || in->rest.n == 0)
		return CBOR_END;
	first = (unsigned char)in->rest.p[0];
	return first == (SIMPLE << 5 | SIMPLE_NULL) ? CBOR_NULL : next[first >> 5];
}

static uint64_t
take(struct cbor_in *in, enum major major)
{
	struct head h = { .n = 0 };

	if (in->failed)
		return 0;
	in->failed = read_head(&in->rest, &h) != E_OK || h.major != major;
	return in->failed ? 0 : h.n;
}

/* No more of them than bytes are left: a caller may allocate by it. */
static size_t
take_count(struct cbor_in *in, enum major major, size_t least)
{
	uint64_t n = take(in, major);

	if (n > in->rest.n / least)
		in->failed = true;
	return in->failed ? 0 : (size_t)n;
}

static struct slice
take_string(struct cbor_in *in, enum major major)
{
	struct slice s = SLICE_NULL;
	uint64_t n = take(in, major);

	if (!in->failed && read_string(&in->rest, n, &s) != E_OK)
		in->failed = true;
	return s;
}

uint64_t
cbor_take_uint(struct cbor_in *in)
{
	return take(in, UINT);
}

int64_t
cbor_take_int(struct cbor_in *in)
{
	bool negative = cbor_peek(in) == CBOR_NEGINT;
	uint64_t n = take(in, negative ? NEGINT : UINT);

	if (n > INT64_MAX)
		in->failed = true;
	if (in->failed)
		return 0;
	return negative ? -(int64_t)n - 1 : (int64_t)n;
}

struct slice
cbor_take_bytes(struct cbor_in *in)
{
	return take_string(in, BYTES);
}

void
cbor_take_fixed(struct cbor_in *in, unsigned char *out, size_t n)
{
	struct slice s = take_string(in, BYTES);

	if (s.n != n)
		in->failed = true;
	if (in->failed)
		memset(out, 0, n);
	else
		memcpy(out, s.p, n);
}

struct slice
cbor_take_text(struct cbor_in *in)
{
	return take_string(in, TEXT);
}

size_t
cbor_take_array(struct cbor_in *in)
{
	return take_count(in, ARRAY, 1);
}

size_t
cbor_take_map(struct cbor_in *in)
{
	return take_count(in, MAP, 2);
}

bool
cbor_take_bool(struct cbor_in *in)
{
	uint64_t n = take(in, SIMPLE);

	if (n != SIMPLE_TRUE && n != SIMPLE_FALSE)
		in->failed = true;
	return !in->failed && n == SIMPLE_TRUE;
}

bool
cbor_take_null(struct cbor_in *in)
{
	if (cbor_peek(in) != CBOR_NULL)
		return false;
	in->rest = slice_from(in->rest, 1);
	return true;
}

uint64_t
cbor_take_tag(struct cbor_in *in)
{
	return take(in, TAG);
}

void
cbor_skip(struct cbor_in *in)
{
	if (!in->failed && check_item(&in->rest, 0) != E_OK)
		in->failed = true;
}
