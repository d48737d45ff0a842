/*
 * What each table and index of a stopped server's store takes of the file. Every page's
 * bytes are shared out among its entries by their length; branch pages and the free list
 * go to all in proportion. Prints JSON.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/store/keyspace.h"
#include "server/store/lmdb_walk.h"

#define PAGE 4096
#define META_TXN 144
#define NODE 10 /* head of an entry and its place in the page */
#define ON_PAGE_MAX 512
#define SPACES (T_MAX * (TABLE_INDEX_MAX + 1))

struct share {
	int space;
	double bytes;
};

struct space_use {
	double entries, content, bytes; /* content: without what pages waste */
};

struct tally {
	struct space_use use[SPACES + 1]; /* the last: the engine's own row */
	struct share on_page[ON_PAGE_MAX];
	size_t n;
	unsigned tree;
	uint64_t page, free_pages, leaf_pages;
	double big_pages;
};

static void
page_end(struct tally *t)
{
	double all = 0;

	for (size_t i = 0; i < t->n; i++)
		all += t->on_page[i].bytes;
	for (size_t i = 0; i < t->n; i++)
		t->use[t->on_page[i].space].bytes += t->on_page[i].bytes * PAGE / all;
	if (t->n)
		t->leaf_pages++;
	t->n = 0;
}

static int
space_of(unsigned tree, struct slice key)
{
	struct space space;

	if (!keyspace_find(&model_schema, tree, key, &space))
		return SPACES;
	return (int)space.table * (TABLE_INDEX_MAX + 1) + space.index + 1;
}

/* Number of the leaf page that holds the key. */
static uint64_t
page_of(const struct walk *w, const char *key)
{
	uint64_t number = 0;

	for (size_t i = 0; i < WALK_DEPTH_MAX && w->page[i]; i++)
		if (key >= (const char *)w->page[i] &&
		    key < (const char *)w->page[i] + w->page_size)
			memcpy(&number, w->page[i], sizeof(number));
	return number;
}

static enum err
count_entry(struct walk *w, struct slice key, struct slice val)
{
	struct tally *t = w->arg;
	uint64_t page = page_of(w, key.p);
	int space = space_of(t->tree, key);
	bool big = val.n > PAGE / 2;

	if (page != t->page || t->n == ON_PAGE_MAX)
		page_end(t);
	t->page = page;
	t->use[space].entries++;
	t->use[space].content += (double)(NODE + key.n + val.n);
	t->on_page[t->n++] = (struct share){ space,
		(double)(NODE + key.n + (big ? sizeof(uint64_t) : val.n)) };
	if (big) {
		double pages = (double)((val.n + 16 + PAGE - 1) / PAGE);

		t->use[space].bytes += pages * PAGE;
		t->big_pages += pages;
	}
	return E_OK;
}

static enum err
count_free(struct walk *w, struct slice key, struct slice val)
{
	struct tally *t = w->arg;
	uint64_t n;

	(void)key;
	if (val.n < sizeof(n))
		return E_DAMAGED;
	memcpy(&n, val.p, sizeof(n));
	t->free_pages += n;
	return E_OK;
}

static enum err
newest(int fd, uint64_t *txn)
{
	uint64_t id;

	*txn = 0;
	for (off_t page = 0; page < 2; page++) {
		if (pread(fd, &id, sizeof(id), page * PAGE + META_TXN) != sizeof(id))
			return E_IO;
		*txn = id > *txn ? id : *txn;
	}
	return E_OK;
}

static void
print(const struct walk *w, const struct tally *t)
{
	double file = (double)w->file_pages * PAGE, counted = 0;
	double used = (double)(w->last_page + 1 - t->free_pages) * PAGE;
	const char *comma = "";

	for (size_t i = 0; i <= SPACES; i++)
		counted += t->use[i].bytes;
	printf(
	    "{\"file_bytes\":%.0f,\"used_bytes\":%.0f,\"leaf_bytes\":%.0f,\"tables\":{",
	    file, used, counted);
	for (size_t i = 0; i < SPACES; i++) {
		const struct table_def *def =
		    model_schema.table[i / (TABLE_INDEX_MAX + 1)];
		size_t index = i % (TABLE_INDEX_MAX + 1);

		if (t->use[i].entries <= 0)
			continue;
		printf("%s\"%s%s%s\":{\"entries\":%.0f,\"content\":%.0f,\"bytes\":%.0f}",
		    comma, def->fields->name, index ? "." : "",
		    index ? def->index[index - 1].name : "", t->use[i].entries,
		    t->use[i].content, t->use[i].bytes * used / counted);
		comma = ",";
	}
	printf("}}\n");
}

/* Every tree in turn. */
static enum err
count_all(struct walk *w, struct tally *t)
{
	struct walk_tree found, *tree = &w->main;
	char name[KEYSPACE_NAME];
	enum err err = E_OK;

	for (t->tree = KEYSPACE_MAIN; !err && t->tree < KEYSPACE_TREES; t->tree++) {
		if (t->tree != KEYSPACE_MAIN) {
			if (!keyspace_name(&model_schema, t->tree, name))
				continue;
			tree = &found;
			err = walk_find(w, slice_str(name), tree);
		}
		w->last_n = 0;
		if (!err)
			err = walk_run(w, tree);
		page_end(t);
	}
	return err;
}

int
main(int argc, char **argv)
{
	static struct tally t;
	struct walk w = { .arena = arena_new(0), .arg = &t, .budget = INT64_MAX };
	int fd = argc == 2 && w.arena ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	enum err err = fd < 0 ? E_USAGE : E_OK;
	uint64_t txn = 0;

	if (!err)
		err = newest(fd, &txn);
	if (!err)
		err = walk_open(&w, fd, txn);
	w.leaf = count_free;
	if (!err)
		err = walk_run(&w, &w.free);
	w.leaf = count_entry;
	if (!err)
		err = count_all(&w, &t);
	if (err)
		fprintf(stderr, "space: %s %s (usage: space DATA.MDB)\n", err_code(err),
		    w.problem ? w.problem : "");
	else
		print(&w, &t);
	arena_free(w.arena);
	return err_info(err)->exit;
}
