/*
 * Borrowed bytes. A slice never owns memory and need not end in NUL.
 * A slice with p == NULL is "null"; one with n == 0 and p != NULL is "empty".
 */
#ifndef LICET_BASE_SLICE_H
#define LICET_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"

struct slice {
	const char *p;
	size_t n;
};

#define SLICE(lit) ((struct slice){ "" lit, sizeof(lit) - 1 })
#define SLICE_NULL ((struct slice){ NULL, 0 })
/* For printf("%.*s", SLICE_ARG(s)). */
#define SLICE_ARG(s) (int)(s).n, (s).p ? (s).p : ""

static inline struct slice
slice_of(const void *p, size_t n)
{
	return (struct slice){ p, n };
}

/* NULL gives the null slice. */
static inline struct slice
slice_str(const char *s)
{
	return s ? slice_of(s, strlen(s)) : SLICE_NULL;
}
/* Null equals empty. */
static inline bool
slice_equal(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
static inline bool
slice_is(struct slice a, const char *text)
{
	return slice_equal(a, slice_str(text));
}
/* Byte order, shorter first on a common prefix: <0, 0, >0. */
int
slice_compare(struct slice a, struct slice b);
/* ASCII case only. */
bool
slice_equal_fold(struct slice a, struct slice b);
bool
slice_starts(struct slice s, struct slice prefix);
bool
slice_ends(struct slice s, struct slice suffix);
/* ASCII white space (space, tab, CR, LF) off both ends. */
struct slice
slice_trim(struct slice s);
/* Both clamp. */
static inline struct slice
slice_from(struct slice s, size_t from)
{
	if (from > s.n)
		from = s.n;
	return s.p ? slice_of(s.p + from, s.n - from) : s;
}
static inline struct slice
slice_head(struct slice s, size_t n)
{
	return slice_of(s.p, n < s.n ? n : s.n);
}
/* Index of c, or -1. */
ptrdiff_t
slice_find(struct slice s, char c);
/* Index of the sub-text, or -1. Empty sub-text is at 0. */
ptrdiff_t
slice_search(struct slice s, struct slice sub);
/*
 * Cut *rest at the first c: returns what is before it and moves *rest behind it.
 * Without c the whole is returned and *rest becomes null; a null *rest gives null.
 */
struct slice
slice_cut(struct slice *rest, char c);
/* Decimal with optional '-', the whole slice, no blanks: false on anything else or
 * overflow. */
must_check bool
slice_to_int(struct slice s, int64_t *out);
/* Valid UTF-8 (no surrogates, no overlong forms). NUL counts as valid here. */
bool
slice_is_utf8(struct slice s);
/* At most max bytes of valid UTF-8, cut between characters. */
struct slice
slice_clip(struct slice s, size_t max);
/* Holds no C0 control and no U+007F (license-api-v4.md 1.1, identifiers). */
bool
slice_is_plain(struct slice s);
/* All bytes are in the set; empty slices are. */
bool
slice_only(struct slice s, const char *set);
/* Length of the token of HTTP (RFC 9110 5.6.2) that s begins with; 0: with none. */
size_t
slice_token(struct slice s);

#endif
