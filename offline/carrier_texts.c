#include "offline/carrier_parts.h"
#include "offline/symbols.h"

struct split {
	enum object_kind kind;
	struct slice whole;
	size_t each, n;
	char id[CARRIER_ID_LEN];
};

static size_t
divide_up(size_t a, size_t b)
{
	return a / b + (a % b != 0);
}

/* Parts of about the same size, so that no code is larger than it must be; an even one
 * where there is room, since base45 takes bytes by two. */
static enum err
plan(struct split *s, size_t part_bytes)
{
	if (object_info(s->kind)->letter == 0 || part_bytes < CARRIER_PART_BYTES_MIN ||
	    s->whole.n == 0)
		return E_VALIDATION;
	s->n = divide_up(s->whole.n, part_bytes);
	if (s->n > CARRIER_PARTS_MAX)
		return E_PAYLOAD_TOO_LARGE;
	s->each = divide_up(s->whole.n, s->n);
	if (s->each % 2 && s->each < part_bytes)
		s->each++;
	carrier_id(s->whole, s->id);
	return E_OK;
}

static void
put_part(struct buf *b, const struct split *s, size_t i)
{
	buf_printf(b, CARRIER_QR "%c:", object_info(s->kind)->letter);
	if (s->n > 1)
		buf_printf(b, "%zu/%zu:%.*s:", i + 1, s->n, CARRIER_ID_LEN, s->id);
	base45_put(b, slice_head(slice_from(s->whole, i * s->each), s->each));
}

enum err
carrier_qr_texts(struct arena *arena, enum object_kind kind, struct slice bytes,
    size_t part_bytes, struct slice **texts, size_t *n)
{
	struct split s = { .kind = kind, .whole = bytes };
	enum err err = plan(&s, part_bytes);

	if (err)
		return err;
	*texts = arena_array(arena, s.n, sizeof(**texts));
	if (!*texts)
		return E_NO_MEMORY;
	for (size_t i = 0; i < s.n; i++) {
		struct buf b = BUF_INIT(arena);

		put_part(&b, &s, i);
		if (!buf_ok(&b))
			return E_NO_MEMORY;
		(*texts)[i] = buf_slice(&b);
	}
	*n = s.n;
	return E_OK;
}

void
carrier_portal_link(struct buf *b, struct slice url, struct slice sealed)
{
	while (url.n > 0 && url.p[url.n - 1] == '/')
		url.n--;
	for (size_t i = 0; i < url.n; i++) {
		char c = url.p[i];

		buf_char(b, c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c);
	}
	buf_str(b, "/O/");
	base32_put(b, sealed);
}
