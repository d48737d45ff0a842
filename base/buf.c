#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

#define DEFAULT_MAX (64u * 1024 * 1024)
#define FIRST_CAP 256

void
buf_free(struct buf *b)
{
	if (!b->arena) {
		secret_heap_free(b->p);
		b->p = NULL;
		b->n = b->cap = 0;
	}
}

void
buf_clear(struct buf *b)
{
	b->n = 0;
	b->failed = false;
}

enum err
buf_finish(const struct buf *b)
{
	return b->failed ? E_NO_MEMORY : E_OK;
}

static bool
grow(struct buf *b, size_t n)
{
	size_t max = b->max ? b->max : DEFAULT_MAX;
	size_t cap = b->cap ? b->cap : FIRST_CAP;
	char *p;

	if (b->failed || n > max - b->n) {
		b->failed = true;
		return false;
	}
	while (cap < b->n + n)
		cap *= 2;
	if (cap > max)
		cap = max;
	if (b->arena)
		p = arena_grow(b->arena, b->p, b->cap, cap);
	else
		p = arena_may_alloc() ? secret_heap_grow(b->p, cap) : NULL;
	if (!p) {
		b->failed = true;
		return false;
	}
	b->p = p;
	b->cap = cap;
	return true;
}

void *
buf_grow(struct buf *b, size_t n)
{
	if (!grow(b, n))
		return NULL;
	b->n += n;
	return b->p + b->n - n;
}

void
buf_int(struct buf *b, int64_t n)
{
	uint64_t v = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
	char text[20];
	size_t at = sizeof(text);

	do {
		text[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	if (n < 0)
		text[--at] = '-';
	buf_add(b, text + at, sizeof(text) - at);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	char *room;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	room = n < 0 ? NULL : buf_room(b, (size_t)n + 1);
	if (!room) {
		b->failed = true;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(room, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n--;
}

void
buf_hex(struct buf *b, const void *p, size_t n)
{
	static const char digit[] = "0123456789abcdef";
	const unsigned char *from = p;
	char *to = n > SIZE_MAX / 2 ? NULL : buf_room(b, n * 2);

	for (size_t i = 0; to && i < n; i++) {
		to[2 * i] = digit[from[i] >> 4];
		to[2 * i + 1] = digit[from[i] & 15];
	}
}
