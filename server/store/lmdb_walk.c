#include "server/store/lmdb_walk.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE_HEAD 16
#define NODE_HEAD 8
#define PAGE_BRANCH 0x01
#define PAGE_LEAF 0x02
#define PAGE_OVERFLOW 0x04
#define PAGE_META 0x08
#define NODE_BIG 0x01
#define NODE_TREE 0x02
#define TREE_BYTES 48
#define META_MAGIC UINT32_C(0xBEEFC0DE)
#define META_BYTES (PAGE_HEAD + 136)
#define NO_PAGE UINT64_MAX
#define BIGGEST_PAGE 65536

struct node {
	struct slice key;
	struct slice data; /* leaf */
	uint64_t child;    /* branch */
	bool big, tree;
	uint32_t size;
};

static uint16_t
load16(const unsigned char *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint32_t
load32(const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint64_t
load64(const unsigned char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static enum err
damaged(struct walk *w, uint64_t page, const char *problem)
{
	w->problem = problem;
	w->problem_page = page;
	return E_DAMAGED;
}

static enum err
read_at(struct walk *w, void *to, size_t n, uint64_t offset)
{
	size_t got = 0;

	while (got < n) {
		ssize_t r =
		    pread(w->fd, (char *)to + got, n - got, (off_t)(offset + got));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return E_IO;
		if (r == 0)
			return damaged(
			    w, offset / w->page_size, "beyond the end of file");
		got += (size_t)r;
	}
	return E_OK;
}

static struct walk_tree
load_tree(const unsigned char *db)
{
	return (struct walk_tree){ .root = load64(db + 40),
		.entries = load64(db + 32),
		.depth = load16(db + 6),
		.flags = load16(db + 4) };
}

static void
load_meta(struct walk *w, const unsigned char *meta)
{
	w->free = load_tree(meta + 24);
	w->main = load_tree(meta + 24 + TREE_BYTES);
	w->last_page = load64(meta + 120);
}

enum err
walk_open(struct walk *w, int fd, uint64_t txn_id)
{
	unsigned char page[META_BYTES];
	struct stat st;
	enum err err;

	w->fd = fd;
	w->page_size = BIGGEST_PAGE;
	if (fstat(fd, &st) != 0)
		return E_IO;
	if ((err = read_at(w, page, sizeof(page), 0)) != E_OK)
		return err;
	w->page_size = load32(page + PAGE_HEAD + 24);
	if (w->page_size < 512 || w->page_size > BIGGEST_PAGE ||
	    (w->page_size & (w->page_size - 1)) != 0)
		return damaged(w, 0, "page size");
	w->file_pages = (uint64_t)st.st_size / w->page_size;
	for (unsigned i = 0; i < 2; i++) {
		err = read_at(w, page, sizeof(page), (uint64_t)i * w->page_size);
		if (err != E_OK)
			return err;
		if (load32(page + PAGE_HEAD) != META_MAGIC ||
		    (load16(page + 10) & PAGE_META) == 0)
			return damaged(w, i, "no meta page");
		if (load64(page + PAGE_HEAD + 128) == txn_id) {
			load_meta(w, page + PAGE_HEAD);
			return E_OK;
		}
	}
	return E_RETRY;
}

static enum err
load_page(struct walk *w, uint64_t number, unsigned depth)
{
	unsigned char *page;
	size_t lower, upper;
	uint16_t flags;
	enum err err;

	if (depth >= WALK_DEPTH_MAX)
		return damaged(w, number, "too deep");
	if (number < 2 || number > w->last_page)
		return damaged(w, number, "page number");
	if (w->page[depth] == NULL)
		w->page[depth] = arena_alloc(w->arena, w->page_size);
	if ((page = w->page[depth]) == NULL)
		return E_NO_MEMORY;
	err = read_at(w, page, w->page_size, number * w->page_size);
	if (err != E_OK)
		return err;
	flags = load16(page + 10);
	lower = load16(page + 12);
	upper = load16(page + 14);
	if (load64(page) != number)
		return damaged(w, number, "another page's number");
	if (flags != PAGE_BRANCH && flags != PAGE_LEAF)
		return damaged(w, number, "page type");
	if (lower < PAGE_HEAD || lower > upper || upper > w->page_size ||
	    lower % 2 != 0 || lower == PAGE_HEAD)
		return damaged(w, number, "page bounds");
	return E_OK;
}

static enum err
load_node(struct walk *w, const unsigned char *page, unsigned i, struct node *out)
{
	size_t at = load16(page + PAGE_HEAD + 2 * (size_t)i);
	size_t room, key_n, data_n;
	bool leaf = load16(page + 10) == PAGE_LEAF;
	const unsigned char *node = page + at;
	uint64_t number = load64(page);

	if (at < load16(page + 14) || at + NODE_HEAD > w->page_size)
		return damaged(w, number, "place of an entry");
	room = w->page_size - at - NODE_HEAD;
	key_n = load16(node + 6);
	if (key_n > room || key_n > WALK_KEY_MAX)
		return damaged(w, number, "length of a key");
	out->key = slice_of(node + NODE_HEAD, key_n);
	out->child = load16(node) | (uint64_t)load16(node + 2) << 16 |
	             (uint64_t)load16(node + 4) << 32;
	if (!leaf)
		return E_OK;
	out->tree = load16(node + 4) == NODE_TREE;
	if (load16(node + 4) > NODE_TREE || (out->tree && !w->has_trees))
		return damaged(w, number, "flags of an entry");
	out->size = load16(node) | (uint32_t)load16(node + 2) << 16;
	out->big = load16(node + 4) == NODE_BIG;
	data_n = out->big ? sizeof(uint64_t) : out->size;
	if (data_n > room - key_n)
		return damaged(w, number, "length of a value");
	if (out->tree && data_n != TREE_BYTES)
		return damaged(w, number, "record of a tree");
	out->data = slice_of(node + NODE_HEAD + key_n, data_n);
	return E_OK;
}

/* What a meta page says of its snapshot. */
struct meta {
	uint64_t txn, last_page, free_root;
};

static enum err
load_metas(struct walk *w, struct meta out[static 2])
{
	unsigned char page[META_BYTES];

	for (unsigned i = 0; i < 2; i++) {
		enum err err = read_at(w, page, sizeof(page), (uint64_t)i * w->page_size);

		if (err != E_OK)
			return err;
		out[i] = (struct meta){ .txn = load64(page + PAGE_HEAD + 128),
			.last_page = load64(page + PAGE_HEAD + 120),
			.free_root = load64(page + PAGE_HEAD + 24 + 40) };
	}
	return E_OK;
}

/* The last transaction whose freed pages are listed; 0 when none are. */
static enum err
newest_free(struct walk *w, const struct meta *meta, uint64_t *txn)
{
	uint64_t number = meta->free_root;
	struct node node = { .big = false };
	enum err err;

	*txn = 0;
	w->last_page = meta->last_page;
	for (unsigned depth = 0; number != NO_PAGE; depth++) {
		const unsigned char *page;

		if ((err = load_page(w, number, depth)) != E_OK)
			return err;
		page = w->page[depth];
		err = load_node(w, page, (load16(page + 12) - PAGE_HEAD) / 2 - 1u, &node);
		if (err != E_OK)
			return err;
		number = node.child;
		if (load16(page + 10) != PAGE_LEAF)
			continue;
		if (node.key.n != sizeof(*txn))
			return damaged(w, load64(page), "length of a key");
		*txn = load64((const unsigned char *)node.key.p);
		return E_OK;
	}
	return E_OK;
}

/*
 * A commit writes the meta page of its number's parity, so that the two are of
 * consecutive transactions; what a transaction freed stands under its number. After a
 * meta page that could not be written LMDB leaves the older one with trees of the lost
 * transaction, so that nothing follows from an older one that contradicts itself.
 */
static enum err
metas_agree(struct walk *w, const struct meta meta[static 2])
{
	unsigned newer = meta[1].txn > meta[0].txn;
	uint64_t freed[2];
	enum err err;

	if (meta[0].txn == 0 && meta[1].txn == 0)
		return E_OK;
	if (meta[0].txn % 2 != 0 || meta[newer].txn - meta[!newer].txn != 1)
		return damaged(w, newer, "number of a transaction");
	if ((err = newest_free(w, &meta[newer], &freed[newer])) != E_OK)
		return err;
	if (freed[newer] > meta[newer].txn)
		return damaged(w, newer, "number of a transaction");
	if (newest_free(w, &meta[!newer], &freed[!newer]) != E_OK ||
	    freed[!newer] > meta[!newer].txn)
		return E_OK;
	return freed[newer] < freed[!newer] ? damaged(w, newer, "number of a transaction")
	                                    : E_OK;
}

enum err
walk_metas(struct walk *w)
{
	uint64_t last_page = w->last_page;
	struct meta meta[2], again[2];
	enum err err;

	memset(w->page, 0, sizeof(w->page));
	if ((err = load_metas(w, meta)) != E_OK)
		return err;
	err = metas_agree(w, meta);
	w->last_page = last_page;
	/* A writer may have gone on meanwhile. */
	if (err == E_DAMAGED && load_metas(w, again) == E_OK &&
	    (again[0].txn != meta[0].txn || again[1].txn != meta[1].txn))
		return E_RETRY;
	return err;
}

static enum err
load_big(struct walk *w, struct node *node)
{
	uint64_t number = load64((const unsigned char *)node->data.p);
	unsigned char head[PAGE_HEAD];
	uint64_t pages =
	    (PAGE_HEAD + (uint64_t)node->size + w->page_size - 1) / w->page_size;
	void *bytes;
	enum err err;

	if (number < 2 || number > w->last_page || pages > w->last_page - number + 1)
		return damaged(w, number, "page number of a long value");
	err = read_at(w, head, sizeof(head), number * w->page_size);
	if (err != E_OK)
		return err;
	if (load64(head) != number || load16(head + 10) != PAGE_OVERFLOW ||
	    load32(head + 12) < pages)
		return damaged(w, number, "page of a long value");
	if ((bytes = arena_alloc(w->arena, node->size ? node->size : 1)) == NULL)
		return E_NO_MEMORY;
	node->data = slice_of(bytes, node->size);
	w->budget -= (int64_t)pages;
	return read_at(w, bytes, node->size, number * w->page_size + PAGE_HEAD);
}

/* Keys of the free list are numbers in the machine's order, not bytes. */
static bool
ascends(const struct walk *w, struct slice key)
{
	if (w->last_n == 0)
		return true;
	if (!w->fixed_keys)
		return slice_compare(slice_of(w->last, w->last_n), key) < 0;
	return key.n == 8 && load64(w->last) < load64((const unsigned char *)key.p);
}

static enum err
walk_entry(struct walk *w, uint64_t page, struct node *node)
{
	struct arena_mark mark = arena_mark(w->arena);
	enum err err = E_OK;

	if (node->key.n == 0 || (w->fixed_keys && node->key.n != 8))
		return damaged(w, page, "length of a key");
	if (w->floor.n && slice_compare(node->key, w->floor) < 0)
		return damaged(w, page, "entry below its branch");
	w->floor = SLICE_NULL;
	w->counted++;
	w->named = node->tree;
	if (node->big)
		err = load_big(w, node);
	if (err == E_OK)
		err = w->leaf(w, node->key, node->data);
	arena_reset(w->arena, mark);
	memcpy(w->last, node->key.p, node->key.n);
	w->last_n = node->key.n;
	return err;
}

static enum err
walk_leaf(struct walk *w, const unsigned char *page, struct slice from)
{
	unsigned n = (load16(page + 12) - PAGE_HEAD) / 2;
	struct node node = { .big = false };
	enum err err;

	for (unsigned i = 0; i < n; i++) {
		if ((err = load_node(w, page, i, &node)) != E_OK)
			return err;
		if (from.n && slice_compare(node.key, from) <= 0)
			continue;
		if (!ascends(w, node.key))
			return damaged(w, load64(page), "order of keys");
		if ((err = walk_entry(w, load64(page), &node)) != E_OK)
			return err;
	}
	return E_OK;
}

/* The first child that may hold a key behind from. */
static enum err
first_child(struct walk *w, const unsigned char *page, unsigned n, struct slice from,
    unsigned *at)
{
	struct node node = { .big = false };
	enum err err;

	*at = 0;
	for (unsigned i = 1; i < n && from.n; i++) {
		if ((err = load_node(w, page, i, &node)) != E_OK)
			return err;
		if (slice_compare(node.key, from) > 0)
			break;
		*at = i;
	}
	return E_OK;
}

static enum err
walk_page(struct walk *w, uint64_t number, unsigned depth, struct slice from)
{
	struct node node = { .big = false };
	unsigned n, i, first;
	enum err err;

	if (w->budget-- <= 0) {
		w->more = true;
		return E_OK;
	}
	if ((err = load_page(w, number, depth)) != E_OK)
		return err;
	if ((load16(w->page[depth] + 10) == PAGE_LEAF) != (depth + 1 == w->depth))
		return damaged(w, number, "depth");
	if (depth + 1 == w->depth)
		return walk_leaf(w, w->page[depth], from);
	n = (load16(w->page[depth] + 12) - PAGE_HEAD) / 2;
	if ((err = first_child(w, w->page[depth], n, from, &first)) != E_OK)
		return err;
	for (i = first; i < n && !w->more; i++) {
		if ((err = load_node(w, w->page[depth], i, &node)) != E_OK)
			return err;
		if (i > first && !w->fixed_keys &&
		    slice_compare(node.key, slice_of(w->last, w->last_n)) <= 0)
			return damaged(w, number, "order of branches");
		if (i > first && !w->fixed_keys)
			w->floor = node.key;
		if ((err = walk_page(w, node.child, depth + 1, from)) != E_OK)
			return err;
	}
	return E_OK;
}

enum err
walk_run(struct walk *w, const struct walk_tree *tree)
{
	unsigned char from[WALK_KEY_MAX];
	bool whole = w->last_n == 0;
	enum err err;

	w->more = false;
	w->problem = NULL;
	w->floor = SLICE_NULL;
	memset(w->page, 0, sizeof(w->page));
	w->fixed_keys = tree == &w->free;
	w->has_trees = tree == &w->main;
	w->depth = tree->depth;
	w->counted = 0;
	memcpy(from, w->last, w->last_n);
	err = tree->root == NO_PAGE
	          ? E_OK
	          : walk_page(w, tree->root, 0, slice_of(from, w->last_n));
	if (err != E_OK || !whole || w->more || w->counted == tree->entries)
		return err;
	return damaged(w, tree->root, "count of entries");
}

struct wanted {
	struct slice name;
	struct walk_tree tree;
};

/* The first entry that is not below the name. */
static enum err
take_tree(struct walk *w, struct slice key, struct slice val)
{
	struct wanted *wanted = w->arg;

	if (!w->named || !slice_equal(key, wanted->name))
		return E_NOT_FOUND;
	wanted->tree = load_tree((const unsigned char *)val.p);
	return E_EXISTS;
}

enum err
walk_find(struct walk *w, struct slice name, struct walk_tree *out)
{
	struct wanted wanted = { .name = name };
	struct walk find = *w;
	enum err err;

	/* From behind the highest key below the name that is as long. */
	find.leaf = take_tree;
	find.arg = &wanted;
	find.budget = INT64_MAX;
	find.last_n = name.n;
	memcpy(find.last, name.p, name.n);
	find.last[name.n - 1]--;
	err = walk_run(&find, &find.main);
	w->problem = find.problem;
	w->problem_page = find.problem_page;
	*out = wanted.tree;
	if (err == E_EXISTS && out->flags != 0)
		return damaged(w, out->root, "record of a tree");
	return err == E_EXISTS ? E_OK : err == E_OK ? E_NOT_FOUND : err;
}
