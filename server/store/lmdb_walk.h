/*
 * Reads the pages of an LMDB data file (format of 0.9, 64 bits) with pread, trusting
 * nothing: a damaged page is an error here where LMDB itself might crash. The caller
 * holds a read transaction, so that no page of its snapshot is used again meanwhile.
 */
#ifndef LICET_SERVER_STORE_LMDB_WALK_H
#define LICET_SERVER_STORE_LMDB_WALK_H

#include "base/arena.h"
#include "base/err.h"

#define WALK_DEPTH_MAX 32
#define WALK_KEY_MAX 511

struct walk;

/* A leaf entry; bytes are valid during the call. Another answer than E_OK ends the walk.
 */
typedef enum err
walk_fn(struct walk *, struct slice key, struct slice val);

struct walk_tree {
	uint64_t root;
	uint64_t entries;
	unsigned depth;
	uint16_t flags;
};

struct walk {
	int fd;
	struct arena *arena;
	walk_fn *leaf;
	void *arg;
	int64_t budget; /* pages; at most so many, then the walk stops with more set */
	bool more;
	bool named;    /* during a call: the entry is a tree's name and record */
	size_t last_n; /* key of the last entry given; a later walk goes on behind it */
	unsigned char last[WALK_KEY_MAX];
	const char *problem; /* with E_DAMAGED */
	uint64_t problem_page;
	/* of the snapshot */
	uint32_t page_size;
	uint64_t file_pages, last_page;
	struct walk_tree free, main;
	/* private */
	unsigned char *page[WALK_DEPTH_MAX];
	bool fixed_keys;
	bool has_trees;
	unsigned depth; /* of the tree at hand */
	uint64_t counted;
	struct slice floor; /* no entry of the branch at hand may be below */
};

/* Finds the snapshot of a transaction id. E_RETRY: it is not on the disk any more. */
must_check enum err
walk_open(struct walk *, int fd, uint64_t txn_id);
/* After walk_open: that the two meta pages are of consecutive transactions, so that no
 * older snapshot passes for the newest. E_RETRY: a writer came between. */
must_check enum err
walk_metas(struct walk *);
/* Over all entries behind `last` (last_n 0: all, which are counted). E_DAMAGED, E_IO,
 * E_NO_MEMORY. */
must_check enum err
walk_run(struct walk *, const struct walk_tree *);
/* A named tree, from main. E_NOT_FOUND: none has the name. Leaves `last` empty. */
must_check enum err
walk_find(struct walk *, struct slice name, struct walk_tree *);

#endif
