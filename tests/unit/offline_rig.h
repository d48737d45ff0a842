/* The keys and samples of tests/offline, and maps of claims that are changed by hand. */
#ifndef LICET_TESTS_UNIT_OFFLINE_RIG_H
#define LICET_TESTS_UNIT_OFFLINE_RIG_H

#include "offline/cbor.h"
#include "tests/offline/objects.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define PRIVATE (-65537)

static struct objects o;

static maybe_unused int
set_up(void **state)
{
	(void)state;
	return !objects_open(&o);
}

static maybe_unused int
tear_down(void **state)
{
	(void)state;
	objects_close(&o);
	return 0;
}

static maybe_unused struct slice
hex(const char *text)
{
	struct slice bytes = SLICE_NULL;

	assert_int_equal(hex_decode(o.arena, slice_str(text), &bytes), E_OK);
	return bytes;
}

/* The item that is next, as it is on the wire. */
static maybe_unused struct slice
take_item(struct cbor_in *in)
{
	struct slice item = in->rest;

	cbor_skip(in);
	item.n -= in->rest.n;
	return item;
}

/* The map with the value of this key (as on the wire), or without it (null). */
static maybe_unused struct slice
edit_at(struct slice map, struct slice key, struct slice value)
{
	struct buf b = BUF_INIT(o.arena);
	struct cbor_in in = { .rest = map };
	size_t pairs = cbor_take_map(&in), n = 0;
	struct {
		struct slice key, value;
	} pair[40] = { 0 };

	assert_true(pairs < ARRAY_LEN(pair));
	for (size_t i = 0; i <= pairs; i++) {
		struct slice k = i < pairs ? take_item(&in) : key;
		struct slice v = i < pairs ? take_item(&in) : value;
		size_t at = n;

		if (!v.p || (i < pairs && slice_equal(k, key)))
			continue;
		for (; at > 0 && slice_compare(pair[at - 1].key, k) > 0; at--)
			pair[at] = pair[at - 1];
		pair[at].key = k;
		pair[at].value = v;
		n++;
	}
	cbor_put_map(&b, n);
	for (size_t i = 0; i < n; i++) {
		buf_slice_add(&b, pair[i].key);
		buf_slice_add(&b, pair[i].value);
	}
	return buf_slice(&b);
}

static maybe_unused struct slice
key_bytes(int64_t key)
{
	struct buf b = BUF_INIT(o.arena);

	cbor_put_int(&b, key);
	return buf_slice(&b);
}

static maybe_unused struct slice
edit(struct slice map, int64_t key, struct slice value)
{
	return edit_at(map, key_bytes(key), value);
}

static maybe_unused struct slice
member(struct slice map, int64_t key)
{
	struct cbor_in in = { .rest = map };
	size_t pairs = cbor_take_map(&in);

	while (pairs-- > 0) {
		bool found = slice_equal(take_item(&in), key_bytes(key));
		struct slice value = take_item(&in);

		if (found)
			return value;
	}
	return SLICE_NULL;
}

static maybe_unused struct slice
edit_private(struct slice payload, int64_t key, struct slice value)
{
	return edit(payload, PRIVATE, edit(member(payload, PRIVATE), key, value));
}

static maybe_unused enum err
get(enum object_kind kind, struct slice payload, void **claims)
{
	assert_int_equal(cbor_check(payload), E_OK);
	return objects_get(o.arena, kind, payload, claims);
}

static maybe_unused struct slice
put(enum object_kind kind, const void *claims)
{
	struct buf b = BUF_INIT(o.arena);

	objects_put(&b, kind, claims);
	assert_int_equal(buf_finish(&b), E_OK);
	return buf_slice(&b);
}

#endif
