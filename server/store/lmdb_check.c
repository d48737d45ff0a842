#include "server/store/lmdb_store.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "server/store/lmdb_walk.h"

#define SLICE_PAGES 4096
#define PROBLEMS_MAX 100

struct check {
	struct lmdb_store *store;
	unsigned tree; /* at hand */
	int64_t records;
	int64_t problems;
	uint64_t missing; /* free pages behind the end of the file */
};

/* Runs fn over the pages of one snapshot, which is kept as long as it runs. */
static enum err
with_snapshot(
    struct lmdb_store *s, struct walk *w, enum err (*fn)(struct walk *, struct check *))
{
	MDB_txn *txn;
	mdb_filehandle_t fd;
	enum err err = E_RETRY;
	int rc = 0;

	mdb_env_get_fd(s->env, &fd);
	for (int tries = 0; err == E_RETRY && tries < 1000; tries++) {
		pthread_rwlock_rdlock(&s->gate);
		rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn);
		err = rc ? lmdb_err(rc) : walk_open(w, fd, mdb_txn_id(txn));
		if (err == E_OK)
			err = fn(w, w->arg);
		if (rc == 0)
			mdb_txn_abort(txn);
		pthread_rwlock_unlock(&s->gate);
	}
	if (err == E_RETRY && rc == 0) {
		w->problem = "no meta page is of the snapshot";
		err = E_DAMAGED;
	}
	if (err == E_DAMAGED && w->problem)
		log_error("store_damaged", "page=%llu problem=%s",
		    (unsigned long long)w->problem_page, w->problem);
	return err == E_RETRY ? E_UNAVAILABLE : err;
}

/* An entry of the free list: a count, then so many page numbers. */
static enum err
count_missing(struct walk *w, struct slice key, struct slice val)
{
	struct check *check = w->arg;
	uint64_t n, number;

	(void)key;
	if (val.n < sizeof(n))
		return E_DAMAGED;
	memcpy(&n, val.p, sizeof(n));
	if (n > val.n / sizeof(number) - 1)
		return E_DAMAGED;
	for (uint64_t i = 1; i <= n; i++) {
		memcpy(&number, val.p + i * sizeof(number), sizeof(number));
		if (number >= w->file_pages && number <= w->last_page)
			check->missing++;
	}
	return E_OK;
}

/*
 * LMDB does not write pages that a transaction took and gave back, so the file may end
 * early; what is missing must then stand in the free list.
 */
static enum err
check_length(struct walk *w, struct check *check)
{
	uint64_t short_by;
	enum err err;

	if ((err = walk_metas(w)) != E_OK || w->file_pages > w->last_page)
		return err;
	short_by = w->last_page + 1 - w->file_pages;
	w->leaf = count_missing;
	if ((err = walk_run(w, &w->free)) != E_OK)
		return err;
	if (check->missing == short_by)
		return E_OK;
	w->problem = "the file is cut off";
	w->problem_page = w->file_pages;
	return E_DAMAGED;
}

static enum err
see_format(struct walk *w, struct slice key, struct slice val)
{
	bool *older = w->arg;

	*older = key.n == 1 && (unsigned char)key.p[0] == KEYSPACE_FORMAT &&
	         slice_is(slice_from(val, KEYSPACE_SUM), LMDB_FORMAT_BEFORE);
	return E_OK;
}

/* Its checksums and trees are others, so that a walk would call it damaged. */
static enum err
check_version(struct walk *w, struct check *check)
{
	bool older = false;
	enum err err;

	w->leaf = see_format;
	w->arg = &older;
	w->last_n = 1;
	w->last[0] = KEYSPACE_FORMAT - 1;
	err = walk_run(w, &w->main);
	w->arg = check;
	if (err == E_OK && older)
		err = E_STORE_VERSION;
	return err;
}

static struct walk
walk_new(struct arena *a, struct check *check)
{
	return (struct walk){ .arena = a, .arg = check, .budget = INT64_MAX };
}

static enum err
check_once(struct lmdb_store *s, enum err (*fn)(struct walk *, struct check *))
{
	struct arena *a = arena_new(256u << 20);
	struct check check = { .store = s };
	struct walk w = walk_new(a, &check);
	enum err err = a ? with_snapshot(s, &w, fn) : E_NO_MEMORY;

	arena_free(a);
	return err;
}

enum err
lmdb_check_length(struct lmdb_store *s)
{
	return check_once(s, check_length);
}

enum err
lmdb_check_version(struct lmdb_store *s)
{
	enum err err = check_once(s, check_version);

	if (err == E_STORE_VERSION)
		log_error("store_open", "dir=%s cause=%s next=%s", s->dir,
		    "made by an older version as " LMDB_FORMAT_BEFORE
		    ", this one reads " LMDB_FORMAT,
		    "run the older version");
	return err;
}

/* The next tree of the schema; false behind the last. */
static bool
next_tree(struct check *check)
{
	char name[KEYSPACE_NAME];

	while (++check->tree < KEYSPACE_TREES)
		if (keyspace_name(check->store->base.schema, check->tree, name))
			return true;
	return false;
}

static enum err
check_name(struct walk *w, struct slice name)
{
	struct check *check = w->arg;
	struct check all = { .store = check->store };
	char known[KEYSPACE_NAME];

	while (next_tree(&all))
		if (keyspace_name(check->store->base.schema, all.tree, known) &&
		    slice_equal(name, slice_str(known)))
			return E_OK;
	w->problem = "name of a tree";
	return E_DAMAGED;
}

static enum err
check_entry(struct walk *w, struct slice key, struct slice val)
{
	struct check *check = w->arg;
	const struct schema *schema = check->store->base.schema;
	struct keyspace ks = { .tree = check->tree };
	struct space space = { T_META, -1 };
	struct slice value;

	if (w->named)
		return check_name(w, key);
	check->records++;
	if (keyspace_find(schema, check->tree, key, &space))
		ks = keyspace_of(schema, space);
	if (lmdb_unseal(check->store, ks, key, val, &value) == E_OK)
		return E_OK;
	log_error("store_damaged", "record=%lld table=%d index=%d problem=%s",
	    (long long)check->records, (int)space.table, space.index, "checksum");
	return ++check->problems < PROBLEMS_MAX ? E_OK : E_DAMAGED;
}

static enum err
find_tree(struct walk *w, struct check *check, struct walk_tree *out)
{
	char name[KEYSPACE_NAME];
	enum err err = E_NOT_FOUND;

	if (keyspace_name(check->store->base.schema, check->tree, name))
		err = walk_find(w, slice_str(name), out);
	if (err != E_NOT_FOUND)
		return err;
	w->problem = "a tree is missing";
	return E_DAMAGED;
}

static enum err
check_slice(struct walk *w, struct check *check)
{
	const struct walk_tree *tree = &w->main;
	struct walk_tree own;
	enum err err = E_OK;

	if (check->tree != KEYSPACE_MAIN) {
		err = find_tree(w, check, &own);
		tree = &own;
	}
	w->leaf = check_entry;
	w->budget = SLICE_PAGES;
	if (err == E_OK)
		err = walk_run(w, tree);
	if (err != E_OK || w->more)
		return err;
	w->last_n = 0;
	w->more = w->main.entries > 0 && next_tree(check);
	return E_OK;
}

static enum err
check_all(struct lmdb_store *s, struct arena *a, struct check *check)
{
	struct walk w = walk_new(a, check);
	struct arena_mark mark = arena_mark(a);
	enum err err;

	do {
		arena_reset(a, mark);
		err = with_snapshot(s, &w, check_slice);
	} while (err == E_OK && w.more && !s->base.stopping);
	return err;
}

enum err
lmdb_check(struct store *base, int64_t *records)
{
	struct lmdb_store *s = (struct lmdb_store *)base;
	struct arena *a = arena_new(256u << 20);
	struct check check = { .store = s };
	enum err err = a ? check_all(s, a, &check) : E_NO_MEMORY;

	arena_free(a);
	*records = check.records;
	return err == E_OK && check.problems ? E_DAMAGED : err;
}

/* A compacted copy drops free pages; LMDB refuses that when pages were leaked. */
static int
copy_to(struct lmdb_store *s, const char *dir, const char *file)
{
	int rc = mdb_env_copy2(s->env, dir, MDB_CP_COMPACT);

	if (rc != MDB_INCOMPATIBLE)
		return rc;
	unlink(file);
	return mdb_env_copy2(s->env, dir, 0);
}

/* The server may enlarge its map between two transactions of this process. */
static enum err
copy_follow(struct lmdb_store *s, const char *dir, const char *file)
{
	int rc = MDB_MAP_RESIZED;

	for (int tries = 0; rc == MDB_MAP_RESIZED && tries < 10; tries++) {
		pthread_rwlock_rdlock(&s->gate);
		rc = copy_to(s, dir, file);
		pthread_rwlock_unlock(&s->gate);
		if (rc != MDB_MAP_RESIZED)
			break;
		unlink(file);
		enum err err = lmdb_map(s, 0);
		if (err != E_OK)
			return err;
	}
	return rc == MDB_MAP_RESIZED ? E_STORE : lmdb_err(rc);
}

enum err
lmdb_backup(struct store *base, const char *dir)
{
	struct lmdb_store *s = (struct lmdb_store *)base;
	struct arena *a = arena_new(0);
	const char *file = a ? file_path(a, dir, "data.mdb") : NULL;
	MDB_envinfo info;
	enum err err;

	if (file == NULL) {
		arena_free(a);
		return E_NO_MEMORY;
	}
	/* Growth waits for the copy, so have room for what is written meanwhile. */
	mdb_env_info(s->env, &info);
	if (!s->read_only &&
	    (info.me_last_pgno + 1) * (uint64_t)s->page_size > info.me_mapsize / 2 &&
	    (err = lmdb_grow(s)) != E_OK && err != E_STORE_FULL) {
		arena_free(a);
		return err;
	}
	err = copy_follow(s, dir, file);
	arena_free(a);
	return err;
}
