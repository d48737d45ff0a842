#include "server/store/lmdb_store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/metric.h"

#define MAP_FIRST (1u << 20)
#define READERS_MAX 1024
#define SWEEP_EVERY 1024 /* commits */
#define PROBE (1 << 20)

static const struct {
	int rc;
	enum err err;
} errors[] = {
	{ 0, E_OK },
	{ MDB_NOTFOUND, E_NOT_FOUND },
	{ MDB_MAP_FULL, E_STORE_FULL },
	{ MDB_TXN_FULL, E_STORE_FULL },
	{ ENOSPC, E_STORE_FULL },
	{ EDQUOT, E_STORE_FULL },
	{ EFBIG, E_STORE_FULL },
	{ MDB_CORRUPTED, E_DAMAGED },
	{ MDB_PAGE_NOTFOUND, E_DAMAGED },
	{ MDB_CURSOR_FULL, E_DAMAGED },
	{ MDB_INVALID, E_DAMAGED },
	{ MDB_VERSION_MISMATCH, E_DAMAGED },
	{ MDB_MAP_RESIZED, E_RETRY },
	{ MDB_READERS_FULL, E_UNAVAILABLE },
	{ ENOMEM, E_NO_MEMORY },
	{ EACCES, E_DENIED },
	{ EPERM, E_DENIED },
	{ EROFS, E_DENIED },
	{ ENOENT, E_NO_STORE },
};

enum err
lmdb_err(int rc)
{
	for (size_t i = 0; i < ARRAY_LEN(errors); i++)
		if (errors[i].rc == rc)
			return errors[i].err;
	return E_STORE;
}

/* LMDB aborts after this returns; the process's handler of SIGBUS ends it in our way. */
static void
assertion_failed(MDB_env *env, const char *text)
{
	(void)env;
	log_error("store_damaged", "assertion=%s next=%s", text,
	    "run licetd verify, then licetd restore");
	raise(SIGBUS);
}

static void
measure(struct lmdb_store *s)
{
	MDB_envinfo info;

	if (mdb_env_info(s->env, &info) != 0)
		return;
	metric_set(METRIC_STORE_MAP_BYTES, (int64_t)info.me_mapsize);
	metric_set(
	    METRIC_STORE_USED_BYTES, (int64_t)(info.me_last_pgno + 1) * s->page_size);
}

enum err
lmdb_map(struct lmdb_store *s, size_t size)
{
	int rc;

	pthread_rwlock_wrlock(&s->gate);
	rc = mdb_env_set_mapsize(s->env, size);
	pthread_rwlock_unlock(&s->gate);
	return lmdb_err(rc);
}

enum err
lmdb_grow(struct lmdb_store *s)
{
	MDB_envinfo info;
	size_t size;
	int dead = 0;
	enum err err;

	mdb_reader_check(s->env, &dead);
	mdb_env_info(s->env, &info);
	if (info.me_mapsize >= s->map_max) {
		log_warn("store_full", "map=%zu max=%zu", info.me_mapsize, s->map_max);
		return E_STORE_FULL;
	}
	size = info.me_mapsize > s->map_max / 2 ? s->map_max : 2 * info.me_mapsize;
	err = lmdb_map(s, size);
	log_info("store_grown", "map=%zu dead_readers=%d", size, dead);
	measure(s);
	return err;
}

/* Begins under the gate, which stays held until txn_end. */
static enum err
txn_begin(struct lmdb_store *s, unsigned flags, struct lmdb_txn *txn)
{
	int rc = 0, dead;

	for (int tries = 0; tries < 10; tries++) {
		pthread_rwlock_rdlock(&s->gate);
		rc = mdb_txn_begin(s->env, NULL, flags, &txn->mdb);
		if (rc == 0)
			return E_OK;
		pthread_rwlock_unlock(&s->gate);
		if (rc == MDB_MAP_RESIZED && lmdb_map(s, 0) == E_OK)
			continue;
		if (rc == MDB_READERS_FULL)
			mdb_reader_check(s->env, &dead);
		else
			break;
	}
	return lmdb_err(rc) == E_RETRY ? E_STORE : lmdb_err(rc);
}

static void
txn_end(struct lmdb_store *s, struct lmdb_txn *txn)
{
	if (txn->mdb)
		mdb_txn_abort(txn->mdb);
	pthread_rwlock_unlock(&s->gate);
}

/*
 * A read begins with memory and a place in the table of readers, which has a lock that
 * all processes share; one that is renewed has both.
 */
static MDB_txn *
idle_take(struct lmdb_store *s)
{
	MDB_txn *mdb = NULL;

	for (size_t i = 0; !mdb && i < LMDB_IDLE; i++)
		if (atomic_load_explicit(&s->idle[i], memory_order_relaxed))
			mdb = atomic_exchange(&s->idle[i], NULL);
	return mdb;
}

static void
idle_give(struct lmdb_store *s, MDB_txn *mdb)
{
	mdb_txn_reset(mdb);
	for (size_t i = 0; i < LMDB_IDLE; i++) {
		MDB_txn *none = NULL;

		if (atomic_compare_exchange_strong(&s->idle[i], &none, mdb))
			return;
	}
	mdb_txn_abort(mdb);
}

static void
idle_free(struct lmdb_store *s)
{
	MDB_txn *mdb;

	while ((mdb = idle_take(s)) != NULL)
		mdb_txn_abort(mdb);
}

/* Begins under the gate, as txn_begin. */
static enum err
read_begin(struct lmdb_store *s, struct lmdb_txn *txn)
{
	MDB_txn *mdb = idle_take(s);

	if (!mdb)
		return txn_begin(s, MDB_RDONLY, txn);
	pthread_rwlock_rdlock(&s->gate);
	if (mdb_txn_renew(mdb) == 0) {
		txn->mdb = mdb;
		return E_OK;
	}
	mdb_txn_abort(mdb);
	pthread_rwlock_unlock(&s->gate);
	return txn_begin(s, MDB_RDONLY, txn);
}

static enum err
lmdb_read(struct store *base, txn_fn *fn, void *arg)
{
	struct lmdb_store *s = (struct lmdb_store *)base;
	struct lmdb_txn txn = { .base = { .store = base } };
	enum err err;

	txn.root = &txn;
	if ((err = read_begin(s, &txn)) != E_OK)
		return err;
	err = fn(&txn.base, arg);
	lmdb_cursors_free(&txn);
	idle_give(s, txn.mdb);
	pthread_rwlock_unlock(&s->gate);
	return err;
}

/* LMDB gives EIO for a write that was cut short, as it is on a full disk. */
static enum err
tell_full(struct lmdb_store *s, int rc)
{
	mdb_filehandle_t fd;
	struct stat st;

	if (rc == EIO && mdb_env_get_fd(s->env, &fd) == 0 && fstat(fd, &st) == 0 &&
	    lmdb_err(posix_fallocate(fd, st.st_size, PROBE)) == E_STORE_FULL)
		return E_STORE_FULL;
	return lmdb_err(rc);
}

/* A meta page that cannot be written makes LMDB refuse all that follows. */
static void
note_panic(struct lmdb_store *s)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn);

	if (rc == 0)
		mdb_txn_abort(txn);
	if (rc == MDB_PANIC)
		store_set_fault(&s->base, E_STORE, true);
}

static enum err
commit(struct lmdb_store *s, struct lmdb_txn *txn)
{
	int dead, rc = mdb_txn_commit(txn->mdb);

	txn->mdb = NULL;
	if (rc == 0) {
		measure(s);
		if (++s->commits % SWEEP_EVERY == 0)
			mdb_reader_check(s->env, &dead);
		return E_OK;
	}
	/* A map that is too small grows, and the transaction runs again. */
	txn->full = rc == MDB_MAP_FULL || rc == MDB_TXN_FULL;
	if (!txn->full)
		log_error("store_commit_failed", "cause=%s", mdb_strerror(rc));
	note_panic(s);
	return tell_full(s, rc);
}

static enum err
lmdb_write(struct store *base, txn_fn *body, void *arg)
{
	struct lmdb_store *s = (struct lmdb_store *)base;
	struct lmdb_txn txn = { .base = { .store = base, .writable = true } };
	enum err err;

	if (s->read_only)
		return E_DENIED;
	txn.root = &txn;
	if ((err = txn_begin(s, 0, &txn)) != E_OK)
		return err;
	err = body(&txn.base, arg);
	lmdb_cursors_free(&txn);
	if (err == E_OK && !txn.full)
		err = commit(s, &txn);
	txn_end(s, &txn);
	if (!txn.full)
		return err;
	err = lmdb_grow(s);
	return err == E_OK ? E_RETRY : err;
}

static const char *
data_path(struct lmdb_store *s)
{
	return file_path(s->arena, s->dir, "data.mdb");
}

static enum err
look(struct lmdb_store *s, bool create)
{
	const char *path = data_path(s);
	struct stat st;

	if (path == NULL)
		return E_NO_MEMORY;
	if (stat(path, &st) != 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			return err_from_errno(errno);
		return create ? file_make_dir(s->dir, 0700) : E_NO_STORE;
	}
	return st.st_size == 0 && !create ? E_DAMAGED : E_OK;
}

/* Every transaction has room for so many. */
static unsigned
count_trees(const struct lmdb_store *s)
{
	char name[KEYSPACE_NAME];
	unsigned n = 0;

	for (unsigned i = 0; i < KEYSPACE_TREES; i++)
		n += keyspace_name(s->base.schema, i, name);
	return n;
}

static enum err
env_open(struct lmdb_store *s)
{
	unsigned flags = MDB_NOTLS | (s->read_only ? MDB_RDONLY : 0);
	MDB_stat stat;
	int rc;

	if ((rc = mdb_env_create(&s->env)) != 0)
		return lmdb_err(rc);
	mdb_env_set_assert(s->env, assertion_failed);
	if ((rc = mdb_env_set_maxreaders(s->env, READERS_MAX)) != 0 ||
	    (rc = mdb_env_set_maxdbs(s->env, count_trees(s))) != 0 ||
	    (rc = mdb_env_open(s->env, s->dir, flags, 0600)) != 0) {
		log_error("store_open", "dir=%s cause=%s", s->dir, mdb_strerror(rc));
		return rc == EIO || rc == ENOENT ? E_DAMAGED : lmdb_err(rc);
	}
	mdb_env_stat(s->env, &stat);
	s->page_size = stat.ms_psize;
	return E_OK;
}

/* Room for as much again as is used, never less than what is used. */
static enum err
size_map(struct lmdb_store *s)
{
	size_t size = MAP_FIRST, used;
	MDB_envinfo info;

	mdb_env_info(s->env, &info);
	used = (info.me_last_pgno + 1) * (size_t)s->page_size;
	while (size < 2 * used && size < s->map_max)
		size *= 2;
	if (size > s->map_max)
		size = s->map_max;
	return s->read_only ? E_OK : lmdb_map(s, size < used ? used : size);
}

static enum err
check_small(struct lmdb_store *s)
{
	MDB_envinfo info;
	int64_t records;

	mdb_env_info(s->env, &info);
	if ((int64_t)(info.me_last_pgno + 1) * s->page_size > LMDB_SMALL) {
		s->base.unchecked = true;
		return E_OK;
	}
	return lmdb_check(&s->base, &records);
}

static void
lmdb_close(struct store *base)
{
	struct lmdb_store *s = (struct lmdb_store *)base;

	idle_free(s);
	if (s->env)
		mdb_env_close(s->env);
	if (s->gate_made)
		pthread_rwlock_destroy(&s->gate);
	sodium_memzero(s->key, sizeof(s->key));
	arena_free(s->arena);
}

/* Growth waits for transactions to end, so new ones must not overtake it. */
static bool
gate_init(struct lmdb_store *s)
{
	pthread_rwlockattr_t attr;

	if (pthread_rwlockattr_init(&attr) != 0)
		return false;
	pthread_rwlockattr_setkind_np(
	    &attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	s->gate_made = pthread_rwlock_init(&s->gate, &attr) == 0;
	pthread_rwlockattr_destroy(&attr);
	return s->gate_made;
}

static enum err
open_steps(struct lmdb_store *s, bool create)
{
	enum err err;
	int dead;

	if ((err = look(s, create)) != E_OK || (err = env_open(s)) != E_OK ||
	    (err = lmdb_check_length(s)) != E_OK ||
	    (err = lmdb_check_version(s)) != E_OK || (err = size_map(s)) != E_OK)
		return err;
	mdb_reader_check(s->env, &dead);
	if ((err = check_small(s)) != E_OK)
		return err;
	if ((err = lmdb_open_trees(s, create)) == E_OK)
		measure(s);
	return err;
}

static enum err
lmdb_open(struct store **out, const struct store_options *o)
{
	struct arena *a = arena_new(0);
	struct lmdb_store *s = a ? arena_alloc(a, sizeof(*s)) : NULL;
	enum err err;

	if (s == NULL) {
		arena_free(a);
		return E_NO_MEMORY;
	}
	s->arena = a;
	s->dir = arena_str(a, slice_str(o->dir));
	s->map_max = (size_t)o->map_max / 65536 * 65536;
	s->read_only = o->read_only;
	s->base.schema = o->schema;
	memcpy(s->key, o->checksum_key, sizeof(s->key));
	err = s->dir && gate_init(s) ? open_steps(s, o->create) : E_NO_MEMORY;
	if (err != E_OK) {
		lmdb_close(&s->base);
		return err;
	}
	*out = &s->base;
	return E_OK;
}

const struct store_ops store_lmdb_ops = {
	.name = "lmdb",
	.open = lmdb_open,
	.close = lmdb_close,
	.read = lmdb_read,
	.write = lmdb_write,
	.child = lmdb_child,
	.get = lmdb_get,
	.put = lmdb_put,
	.del = lmdb_del,
	.scan = lmdb_scan,
	.next = lmdb_next,
	.check = lmdb_check,
	.backup = lmdb_backup,
};
