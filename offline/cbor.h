/*
 * Deterministic CBOR (RFC 8949 4.2.1) into a buffer, on libcbor's encoders: shortest
 * heads, definite lengths. The caller writes as many items as a header counts, and map
 * keys in the order of their encoded bytes. Failures stick to the buffer (base/buf.h).
 */
#ifndef LICET_OFFLINE_CBOR_H
#define LICET_OFFLINE_CBOR_H

#include "base/buf.h"

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
/* The shortest of half, single and double that keeps the value; finite ones only. */
void
cbor_put_real(struct buf *, double d);

#endif
