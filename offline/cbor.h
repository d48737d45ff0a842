/*
 * Deterministic CBOR (RFC 8949 4.2.1) on libcbor.
 *
 * Writing, into a buffer: shortest heads, definite lengths. The caller writes as many
 * items as a header counts, and map keys in the order of their encoded bytes. Failures
 * stick to the buffer (base/buf.h).
 *
 * Reading: cbor_check looks at a whole item once and refuses all that is not in that one
 * form; then struct cbor_in walks over it. Nothing is allocated or copied.
 */
#ifndef LICET_OFFLINE_CBOR_H
#define LICET_OFFLINE_CBOR_H

#include "base/buf.h"

#define CBOR_BYTES_MAX 65536
#define CBOR_DEPTH_MAX 8 /* arrays, maps and tags inside each other */

void
cbor_put_uint(struct buf *, uint64_t n);
void
cbor_put_int(struct buf *, int64_t n);
void
cbor_put_bytes(struct buf *, struct slice s);
void
cbor_put_text(struct buf *, struct slice s); /* valid UTF-8 */
void
cbor_put_array(struct buf *, size_t items); /* header only; the items follow */
void
cbor_put_map(struct buf *, size_t pairs); /* header only; key, value, … follow */
void
cbor_put_bool(struct buf *, bool b);
void
cbor_put_null(struct buf *);
void
cbor_put_tag(struct buf *, uint64_t tag); /* the item follows */
/* The shortest of half, single and double that keeps the value; finite ones only. */
void
cbor_put_real(struct buf *, double d);

/*
 * One item and nothing behind it (offline-activation.md 2). E_OBJECT_TOO_LARGE,
 * _TRUNCATED, _TOO_DEEP, _INDEFINITE, _NOT_SHORTEST, _UNSORTED, _DUPLICATE_KEY, _FLOAT,
 * _TEXT (not UTF-8, or holds NUL), _TRAILING, _VALUE (undefined and other simple values).
 * The first fault in reading order decides. Byte strings are not looked into.
 */
must_check enum err
cbor_check(struct slice item);

enum cbor_next {
	CBOR_END, /* nothing left, or an error before */
	CBOR_UINT,
	CBOR_NEGINT,
	CBOR_BYTES,
	CBOR_TEXT,
	CBOR_ARRAY,
	CBOR_MAP,
	CBOR_TAG,
	CBOR_BOOL,
	CBOR_NULL
};

/*
 * A place in checked bytes. An item of another type, or an integer that does not fit,
 * sets `failed`; then all takers do nothing and give 0, false or null. Over bytes that
 * were not checked they fail or give nonsense, within the bytes.
 */
struct cbor_in {
	struct slice rest;
	bool failed;
};

enum cbor_next
cbor_peek(const struct cbor_in *);
uint64_t
cbor_take_uint(struct cbor_in *);
int64_t
cbor_take_int(struct cbor_in *);
struct slice
cbor_take_bytes(struct cbor_in *); /* inside the input */
/* Just n bytes, else failed. */
void
cbor_take_fixed(struct cbor_in *, unsigned char *out, size_t n);
struct slice
cbor_take_text(struct cbor_in *);
size_t
cbor_take_array(struct cbor_in *); /* items that follow */
size_t
cbor_take_map(struct cbor_in *); /* pairs that follow */
bool
cbor_take_bool(struct cbor_in *);
/* True and taken when null is next; else nothing happens. */
bool
cbor_take_null(struct cbor_in *);
uint64_t
cbor_take_tag(struct cbor_in *);
/* Over one whole item, whatever it is. */
void
cbor_skip(struct cbor_in *);

#endif
