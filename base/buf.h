/*
 * Growable output bytes with a sticky error: after a failed growth every later call does
 * nothing, and the caller checks once with buf_ok(). Owned by one thread.
 */
#ifndef LICET_BASE_BUF_H
#define LICET_BASE_BUF_H

#include <string.h>

#include "base/arena.h"
#include "base/err.h"

struct buf {
	char *p;
	size_t n;
	size_t cap;
	size_t max;          /* more than this is a failure; 0 = 64 MiB. Set it first */
	struct arena *arena; /* grows here; NULL = malloc, then buf_free() is due */
	bool failed;
};

#define BUF_INIT(a) ((struct buf){ .arena = (a) })
/* Over an array of char, which is all the room that there is; no buf_free(). */
#define BUF_FIXED(room)                                                                  \
	((struct buf){ .p = (room), .cap = sizeof(room), .max = sizeof(room) })

void
buf_free(struct buf *); /* no-op on arena buffers; wipes */
void
buf_clear(struct buf *); /* keeps the memory, clears the error */
static inline bool
buf_ok(const struct buf *b)
{
	return !b->failed;
}
/* E_OK or E_NO_MEMORY. */
must_check enum err
buf_finish(const struct buf *);
static inline struct slice
buf_slice(const struct buf *b)
{
	return slice_of(b->p ? b->p : "", b->n);
}

/* buf_room() when there is too little of it; for buf_room() alone. */
void *
buf_grow(struct buf *, size_t n);
/* n writable bytes at the end, counted at once; NULL after a failure. */
static inline void *
buf_room(struct buf *b, size_t n)
{
	if (b->failed || !b->p || n > b->cap - b->n)
		return buf_grow(b, n);
	b->n += n;
	return b->p + b->n - n;
}
static inline void
buf_add(struct buf *b, const void *p, size_t n)
{
	void *room = n ? buf_room(b, n) : NULL;

	if (room)
		memcpy(room, p, n);
}
static inline void
buf_slice_add(struct buf *b, struct slice s)
{
	buf_add(b, s.p, s.n);
}
static inline void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}
static inline void
buf_char(struct buf *b, char c)
{
	char *room = buf_room(b, 1);

	if (room)
		*room = c;
}
void
buf_int(struct buf *, int64_t n);
void
buf_printf(struct buf *, const char *fmt, ...) printf_like(2, 3);
void
buf_hex(struct buf *, const void *p, size_t n); /* lower case */
/* Standard alphabet with padding / URL alphabet without. */
void
buf_base64(struct buf *, const void *p, size_t n);
void
buf_base64url(struct buf *, const void *p, size_t n);

/*
 * Text decoders into an arena slice. E_VALIDATION on any byte outside the alphabet, wrong
 * length or padding; E_NO_MEMORY.
 */
must_check enum err
base64_decode(struct arena *, struct slice text, struct slice *out);
must_check enum err
base64url_decode(struct arena *, struct slice text, struct slice *out);
must_check enum err
hex_decode(struct arena *, struct slice text, struct slice *out);

#endif
