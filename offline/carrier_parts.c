#include "offline/carrier_parts.h"

#include <sodium.h>

#include "offline/symbols.h"

static const char damaged_text[] = "its symbols are damaged";

struct part {
	struct part *next;
	size_t index; /* from 1 */
	struct slice text;
};

void
carrier_id(struct slice whole, char id[static CARRIER_ID_LEN])
{
	static const char digit[] = "0123456789ABCDEF";
	unsigned char hash[crypto_generichash_BYTES];

	crypto_generichash(
	    hash, sizeof(hash), (const unsigned char *)whole.p, whole.n, NULL, 0);
	for (size_t i = 0; i < CARRIER_ID_LEN; i++)
		id[i] = digit[hash[i / 2] >> (i % 2 ? 0 : 4) & 15];
}

/* Parts with the same letter and id. */
struct carrier_group {
	struct carrier_group *next;
	enum object_kind said;
	char id[CARRIER_ID_LEN];
	size_t item, n, found;
	struct part *part;
	bool mixed;  /* parts contradict each other */
	bool joined; /* the item is as it stays */
};

/* What a line says beside its data. */
struct head {
	enum object_kind said;
	size_t index, n; /* n 0: the only one */
	struct slice id;
	struct slice data;
};

enum err
carrier_add(struct carrier_reader *r, size_t line, struct carrier_object **added)
{
	struct carrier_list *list = r->list;
	const size_t size = sizeof(*list->item);

	if (list->n == r->max)
		return E_PAYLOAD_TOO_LARGE;
	if (list->n == r->cap) {
		size_t cap = r->cap > 0 ? 2 * r->cap : 4;
		void *p = arena_grow(r->arena, list->item, r->cap * size, cap * size);

		if (!p)
			return E_NO_MEMORY;
		list->item = p;
		r->cap = cap;
	}
	*added = &list->item[list->n++];
	**added =
	    (struct carrier_object){ .kind = OBJECT_MAX, .fault = { .line = line } };
	return E_OK;
}

enum err
carrier_settle(struct carrier_object *o, enum err err, enum object_kind said,
    struct slice bytes, const char *what)
{
	o->kind = said;
	if (!err && bytes.n > OBJECT_BYTES_MAX)
		err = E_OBJECT_TOO_LARGE;
	if (!err) {
		what = NULL;
		err = object_kind_of(bytes, &o->kind);
	}
	if (err == E_NO_MEMORY)
		return err;
	if (!err && said != OBJECT_MAX && o->kind != said)
		err = E_OBJECT_TYPE;
	o->err = err;
	o->bytes = err ? SLICE_NULL : bytes;
	o->fault.what = err ? what : NULL;
	return E_OK;
}

/* "12" of at most two digits, 1 to 64. */
static bool
read_count(struct slice s, size_t *out)
{
	int64_t n;

	if (s.n > 2 || !slice_to_int(s, &n) || n < 1 || n > CARRIER_PARTS_MAX)
		return false;
	*out = (size_t)n;
	return true;
}

/*
 * "K:" and data, or "K:i/n:id:" and data. Data could look like the latter, too, but never
 * does: an object begins with D2 84 or 83 6C, so its text with a letter.
 */
static bool
read_head(struct slice rest, struct head *h)
{
	struct slice letter = slice_cut(&rest, ':'), index, n;

	*h = (struct head){ .said = OBJECT_MAX };
	if (letter.n == 1)
		h->said = object_by_letter(letter.p[0]);
	if (h->said == OBJECT_MAX || !rest.p)
		return false;
	h->data = rest;
	if (rest.n == 0 || rest.p[0] < '0' || rest.p[0] > '9')
		return true;
	n = slice_cut(&rest, ':');
	index = slice_cut(&n, '/');
	h->id = slice_cut(&rest, ':');
	h->data = rest;
	return rest.p && n.p && read_count(index, &h->index) && read_count(n, &h->n) &&
	       h->index <= h->n && h->id.n == CARRIER_ID_LEN;
}

/* Texts by their place; those that are not there are null. */
static void
sort_parts(const struct carrier_group *g, struct slice sorted[CARRIER_PARTS_MAX])
{
	memset(sorted, 0, CARRIER_PARTS_MAX * sizeof(*sorted));
	for (const struct part *p = g->part; p; p = p->next)
		sorted[p->index - 1] = p->text;
}

/* "part 2 of 3 is missing", "parts 1, 4 of 5 are missing"; NULL: no memory. */
static const char *
name_missing(
    struct arena *arena, const struct carrier_group *g, const struct slice sorted[])
{
	struct buf b = BUF_INIT(arena);
	bool many = g->n - g->found > 1;
	const char *before = many ? "parts " : "part ";

	for (size_t i = 0; i < g->n; i++)
		if (!sorted[i].p) {
			buf_printf(&b, "%s%zu", before, i + 1);
			before = ", ";
		}
	buf_printf(&b, " of %zu %s missing", g->n, many ? "are" : "is");
	buf_char(&b, '\0');
	return buf_ok(&b) ? b.p : NULL;
}

/* All parts of the group in one; *damaged: the one that is no base45. */
static enum err
decode_parts(struct arena *arena, const struct carrier_group *g,
    const struct slice sorted[], struct slice *whole, size_t *damaged)
{
	struct buf b = BUF_INIT(arena);
	struct slice bytes;

	for (size_t i = 0; i < g->n; i++) {
		enum err err = base45_decode(arena, sorted[i], &bytes);

		*damaged = i + 1;
		if (err)
			return err;
		buf_slice_add(&b, bytes);
	}
	*whole = buf_slice(&b);
	return buf_finish(&b);
}

static enum err
join_whole(struct carrier_reader *r, const struct carrier_group *g,
    const struct slice sorted[], struct carrier_object *item)
{
	struct slice whole = SLICE_NULL;
	char id[CARRIER_ID_LEN];
	size_t damaged = 0;
	const char *what;
	enum err err = decode_parts(r->arena, g, sorted, &whole, &damaged);

	if (err == E_VALIDATION) {
		what = arena_printf(
		    r->arena, "part %zu of %zu: %s", damaged, g->n, damaged_text);
		return what ? carrier_settle(item, E_CARRIER, g->said, whole, what)
		            : E_NO_MEMORY;
	}
	if (err)
		return err;
	carrier_id(whole, id);
	if (memcmp(id, g->id, sizeof(id)) != 0)
		return carrier_settle(item, E_QR_PARTS_MIXED, g->said, whole,
		    "the parts do not make the whole that they were cut from");
	return carrier_settle(item, E_OK, g->said, whole, NULL);
}

static enum err
join_group(struct carrier_reader *r, const struct carrier_group *g)
{
	struct carrier_object *item = &r->list->item[g->item];
	struct slice sorted[CARRIER_PARTS_MAX];
	const char *what;

	if (g->mixed)
		return carrier_settle(item, E_QR_PARTS_MIXED, g->said, SLICE_NULL,
		    "parts with one mark differ in content or number");
	sort_parts(g, sorted);
	if (g->found < g->n) {
		what = name_missing(r->arena, g, sorted);
		return what ? carrier_settle(
				  item, E_QR_PARTS_MISSING, g->said, SLICE_NULL, what)
		            : E_NO_MEMORY;
	}
	return join_whole(r, g, sorted, item);
}

/* A group for such parts, instead of any that was there. */
static enum err
add_group(struct carrier_reader *r, size_t line, const struct head *h, struct slice key,
    struct carrier_group **group)
{
	struct carrier_object *item;
	struct carrier_group *g = arena_alloc(r->arena, sizeof(*g));
	enum err err = g ? carrier_add(r, line, &item) : E_NO_MEMORY;

	if (err)
		return err;
	g->said = h->said;
	memcpy(g->id, h->id.p, CARRIER_ID_LEN);
	g->item = r->list->n - 1;
	g->n = h->n;
	g->next = r->groups;
	r->groups = *group = g;
	return map_set(r->seen, key, g, NULL);
}

static struct part *
find_part(const struct carrier_group *g, size_t index)
{
	struct part *part = g->part;

	while (part && part->index != index)
		part = part->next;
	return part;
}

static bool
contradicts(const struct carrier_group *g, const struct head *h)
{
	const struct part *part = find_part(g, h->index);

	return h->n != g->n || (part && !slice_equal(part->text, h->data));
}

/*
 * A mark is short, so two objects may have the same. What contradicts a group that is
 * whole begins the next one, which *whole says. Each group is joined once, whatever
 * follows.
 */
static enum err
close_group(struct carrier_reader *r, struct carrier_group *g, bool *whole)
{
	enum err err = E_OK, of_item;

	*whole = false;
	if (g->mixed || g->found < g->n)
		return E_OK;
	if (!g->joined)
		err = join_group(r, g);
	of_item = r->list->item[g->item].err;
	*whole = !err && of_item != E_QR_PARTS_MIXED && of_item != E_CARRIER;
	g->joined = *whole;
	return err;
}

static enum err
find_group(struct carrier_reader *r, size_t line, const struct head *h,
    struct carrier_group **group)
{
	char key[CARRIER_ID_LEN + 1] = { (char)('a' + (int)h->said) };
	struct slice k = slice_of(key, sizeof(key));
	bool whole = false;
	enum err err = E_OK;

	memcpy(key + 1, h->id.p, CARRIER_ID_LEN);
	*group = map_get(r->seen, k);
	if (*group && contradicts(*group, h))
		err = close_group(r, *group, &whole);
	if (err || (*group && !whole))
		return err;
	return add_group(r, line, h, k, group);
}

static enum err
add_part(struct carrier_reader *r, struct carrier_group *g, const struct head *h)
{
	struct part *part;

	g->mixed |= contradicts(g, h);
	if (g->mixed || find_part(g, h->index))
		return E_OK;
	part = arena_alloc(r->arena, sizeof(*part));
	if (!part)
		return E_NO_MEMORY;
	*part = (struct part){ g->part, h->index, h->data };
	g->part = part;
	g->found++;
	return E_OK;
}

static enum err
add_single(struct carrier_reader *r, size_t line, struct slice text, const struct head *h)
{
	struct carrier_object *item;
	struct slice bytes = SLICE_NULL;
	enum err err;

	if (map_get(r->seen, text))
		return E_OK;
	err = carrier_add(r, line, &item);
	if (!err)
		err = map_set(r->seen, text, r, NULL);
	if (err)
		return err;
	err = base45_decode(r->arena, h->data, &bytes);
	if (err == E_VALIDATION)
		return carrier_settle(item, E_CARRIER, h->said, bytes, damaged_text);
	return carrier_settle(item, err, h->said, bytes, NULL);
}

enum err
carrier_qr_line(struct carrier_reader *r, size_t line, struct slice text)
{
	struct carrier_object *item;
	struct carrier_group *group;
	struct head h;
	enum err err;

	if (read_head(slice_from(text, sizeof(CARRIER_QR) - 1), &h)) {
		if (h.n == 0)
			return add_single(r, line, text, &h);
		err = find_group(r, line, &h, &group);
		return err ? err : add_part(r, group, &h);
	}
	err = carrier_add(r, line, &item);
	return err ? err
	           : carrier_settle(item, E_CARRIER, h.said, SLICE_NULL,
			 "the beginning of the QR text is not one of ours");
}

enum err
carrier_join_parts(struct carrier_reader *r)
{
	enum err err = E_OK;

	for (const struct carrier_group *g = r->groups; g && !err; g = g->next)
		if (!g->joined)
			err = join_group(r, g);
	return err;
}
