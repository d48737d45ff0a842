#include "tests/support/store_mem.h"

#include <pthread.h>
#include <string.h>

#include "base/file.h"
#include "base/wire.h"

#define BYTES_MAX ((size_t)1 << 32)
#define KEY_MAX (STORE_KEY_MAX - 8)

struct entry {
	struct slice key; /* table, index + 1, key */
	struct slice val;
};

struct mem_store {
	struct store base;
	struct arena *arena; /* entries stay until the store is closed */
	pthread_mutex_t writer, lock;
	struct buf view; /* array of struct entry *, sorted */
};

struct mem_txn {
	struct txn base;
	struct buf view;
	struct arena *arena; /* cursors */
};

struct cursor {
	struct mem_txn *txn;
	bool reverse, started, open; /* open: reverse from the end of the prefix */
	size_t prefix_n, n;
	unsigned char prefix[KEY_MAX + 2], last[KEY_MAX + 2];
};

static struct mem_store *
store_of(struct txn *txn)
{
	return (struct mem_store *)txn->store;
}

static struct entry **
entries(struct mem_txn *txn, size_t *n)
{
	*n = txn->view.n / sizeof(struct entry *);
	return (struct entry **)(void *)txn->view.p;
}

static size_t
compose(struct space space, struct slice key, unsigned char out[static KEY_MAX + 2])
{
	out[0] = (unsigned char)space.table;
	out[1] = (unsigned char)(space.index + 1);
	if (key.n)
		memcpy(out + 2, key.p, key.n);
	return key.n + 2;
}

/* Index of the first entry >= key. */
static size_t
lower_bound(struct mem_txn *txn, struct slice key)
{
	size_t n, low = 0;
	struct entry **all = entries(txn, &n);

	while (low < n) {
		size_t middle = low + (n - low) / 2;

		if (slice_compare(all[middle]->key, key) < 0)
			low = middle + 1;
		else
			n = middle;
	}
	return low;
}

static struct entry *
entry_at(struct mem_txn *txn, size_t i)
{
	size_t n;
	struct entry **all = entries(txn, &n);

	return i < n ? all[i] : NULL;
}

static struct entry *
find(struct mem_txn *txn, struct slice key, size_t *at)
{
	struct entry *e;

	*at = lower_bound(txn, key);
	e = entry_at(txn, *at);
	return e && slice_equal(e->key, key) ? e : NULL;
}

static bool
lacks_license(struct txn *txn, struct space space, struct slice key)
{
	const struct table_def *def = txn->store->schema->table[space.table];
	bool clustered = space.index < 0 ? def->clustered
	                 : space.index < TABLE_INDEX_MAX
	                     ? def->index[space.index].clustered
	                     : false;

	return clustered &&
	       (key.n == 0 || key.n < wire_key_length((unsigned char)key.p[0]));
}

static enum err
mem_get(struct txn *base, struct space space, struct slice key, struct slice *val)
{
	unsigned char full[KEY_MAX + 2];
	struct entry *e;
	size_t at;

	if (key.n > KEY_MAX)
		return E_VALIDATION;
	e = find((struct mem_txn *)base, slice_of(full, compose(space, key, full)), &at);
	if (e == NULL)
		return E_NOT_FOUND;
	*val = e->val;
	return E_OK;
}

static struct entry *
entry_new(struct mem_store *s, struct slice key, struct slice val)
{
	struct entry *e = arena_alloc(s->arena, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->key = arena_slice(s->arena, key);
	e->val = arena_slice(s->arena, val.p ? val : SLICE(""));
	return e->key.p && e->val.p ? e : NULL;
}

static enum err
mem_put(struct txn *base, struct space space, struct slice key, struct slice val)
{
	struct mem_txn *txn = (struct mem_txn *)base;
	unsigned char full[KEY_MAX + 2];
	struct entry *e, **all;
	size_t at, n;
	bool there;

	if (key.n > KEY_MAX)
		return E_VALIDATION;
	if (!base->writable || lacks_license(base, space, key))
		return E_INTERNAL;
	there = find(txn, slice_of(full, compose(space, key, full)), &at) != NULL;
	e = entry_new(store_of(base), slice_of(full, key.n + 2), val);
	if (e == NULL || (!there && buf_room(&txn->view, sizeof(e)) == NULL))
		return E_NO_MEMORY;
	all = entries(txn, &n);
	if (!there)
		memmove(all + at + 1, all + at, (n - at - 1) * sizeof(e));
	all[at] = e;
	return E_OK;
}

static enum err
mem_del(struct txn *base, struct space space, struct slice key)
{
	struct mem_txn *txn = (struct mem_txn *)base;
	unsigned char full[KEY_MAX + 2];
	struct entry **all;
	size_t at, n;

	if (key.n > KEY_MAX)
		return E_VALIDATION;
	if (!base->writable)
		return E_INTERNAL;
	if (find(txn, slice_of(full, compose(space, key, full)), &at) == NULL)
		return E_NOT_FOUND;
	all = entries(txn, &n);
	memmove(all + at, all + at + 1, (n - at - 1) * sizeof(*all));
	txn->view.n -= sizeof(*all);
	return E_OK;
}

static enum err
mem_scan(
    struct txn *base, struct space space, const struct range *range, struct cursor **out)
{
	struct mem_txn *txn = (struct mem_txn *)base;
	struct cursor *c;

	if (range->prefix.n > KEY_MAX || range->from.n > KEY_MAX)
		return E_VALIDATION;
	if (txn->arena == NULL)
		txn->arena = arena_new(BYTES_MAX);
	c = txn->arena ? arena_alloc(txn->arena, sizeof(*c)) : NULL;
	if (c == NULL)
		return E_NO_MEMORY;
	c->txn = txn;
	c->reverse = range->reverse;
	c->open = range->reverse && range->from.p == NULL;
	c->prefix_n = compose(space, range->prefix, c->prefix);
	c->n = compose(space, range->from.p ? range->from : range->prefix, c->last);
	*out = c;
	return E_OK;
}

/* Behind every entry that starts with the prefix. */
static size_t
prefix_end(struct cursor *c)
{
	struct slice prefix = slice_of(c->prefix, c->prefix_n);
	size_t at = lower_bound(c->txn, prefix);
	struct entry *e;

	while ((e = entry_at(c->txn, at)) && slice_starts(e->key, prefix))
		at++;
	return at;
}

static struct entry *
cursor_step(struct cursor *c)
{
	struct slice last = slice_of(c->last, c->n);
	size_t at = c->open ? prefix_end(c) : lower_bound(c->txn, last);
	struct entry *e;

	if (c->reverse)
		return at > 0 ? entry_at(c->txn, at - 1) : NULL;
	e = entry_at(c->txn, at);
	if (e && c->started && slice_equal(e->key, last))
		e = entry_at(c->txn, at + 1);
	return e;
}

static enum err
mem_next(struct cursor *c, struct slice *key, struct slice *val)
{
	struct entry *e = cursor_step(c);

	if (e == NULL || !slice_starts(e->key, slice_of(c->prefix, c->prefix_n)))
		return E_NOT_FOUND;
	c->open = false;
	c->started = true;
	c->n = e->key.n;
	memcpy(c->last, e->key.p, e->key.n);
	*key = slice_from(e->key, 2);
	*val = e->val;
	return E_OK;
}

static struct buf
view_new(void)
{
	struct buf b = BUF_INIT(NULL);

	b.max = BYTES_MAX;
	return b;
}

static void
txn_free(struct mem_txn *txn)
{
	buf_free(&txn->view);
	arena_free(txn->arena);
}

static enum err
mem_child(struct txn *base, txn_fn *fn, void *arg)
{
	struct mem_txn *txn = (struct mem_txn *)base;
	struct mem_txn child = { .base = *base, .view = view_new() };
	enum err err;

	buf_slice_add(&child.view, buf_slice(&txn->view));
	if ((err = buf_finish(&child.view)) == E_OK)
		err = fn(&child.base, arg);
	if (err == E_OK) {
		struct buf old = txn->view;

		txn->view = child.view;
		child.view = old;
	}
	txn_free(&child);
	return err;
}

static enum err
txn_open(struct mem_store *s, struct mem_txn *txn)
{
	txn->base.store = &s->base;
	txn->view = view_new();
	pthread_mutex_lock(&s->lock);
	buf_slice_add(&txn->view, buf_slice(&s->view));
	pthread_mutex_unlock(&s->lock);
	return buf_finish(&txn->view);
}

static enum err
mem_read(struct store *base, txn_fn *fn, void *arg)
{
	struct mem_txn txn = { .base = { .writable = false } };
	enum err err = txn_open((struct mem_store *)base, &txn);

	if (err == E_OK)
		err = fn(&txn.base, arg);
	txn_free(&txn);
	return err;
}

static enum err
mem_write(struct store *base, txn_fn *body, void *arg)
{
	struct mem_store *s = (struct mem_store *)base;
	struct mem_txn txn = { .base = { .writable = true } };
	enum err err;

	pthread_mutex_lock(&s->writer);
	if ((err = txn_open(s, &txn)) == E_OK)
		err = body(&txn.base, arg);
	if (err == E_OK) {
		struct buf old;

		pthread_mutex_lock(&s->lock);
		old = s->view;
		s->view = txn.view;
		txn.view = old;
		pthread_mutex_unlock(&s->lock);
	}
	pthread_mutex_unlock(&s->writer);
	txn_free(&txn);
	return err;
}

static enum err
mem_check(struct store *base, int64_t *records)
{
	struct mem_store *s = (struct mem_store *)base;

	pthread_mutex_lock(&s->lock);
	*records = (int64_t)(s->view.n / sizeof(struct entry *));
	pthread_mutex_unlock(&s->lock);
	return E_OK;
}

static enum err
dump(struct txn *base, void *arg)
{
	size_t n;
	struct entry **all = entries((struct mem_txn *)base, &n);

	for (size_t i = 0; i < n; i++) {
		wire_bytes(arg, all[i]->key);
		wire_bytes(arg, all[i]->val);
	}
	return buf_finish(arg);
}

static enum err
mem_backup(struct store *base, const char *dir)
{
	struct arena *a = arena_new(0);
	struct buf out = BUF_INIT(a);
	const char *path = a ? file_path(a, dir, "entries") : NULL;
	enum err err = path ? mem_read(base, dump, &out) : E_NO_MEMORY;

	if (err == E_OK)
		err = file_create(path, buf_slice(&out), 0600);
	arena_free(a);
	return err;
}

static void
mem_close(struct store *base)
{
	struct mem_store *s = (struct mem_store *)base;

	pthread_mutex_destroy(&s->writer);
	pthread_mutex_destroy(&s->lock);
	buf_free(&s->view);
	arena_free(s->arena);
}

static enum err
mem_open(struct store **out, const struct store_options *o)
{
	struct arena *a = arena_new(BYTES_MAX);
	struct mem_store *s = a ? arena_alloc(a, sizeof(*s)) : NULL;

	if (s == NULL || !o->create) {
		arena_free(a);
		return s ? E_NO_STORE : E_NO_MEMORY;
	}
	s->arena = a;
	s->view = view_new();
	pthread_mutex_init(&s->writer, NULL);
	pthread_mutex_init(&s->lock, NULL);
	*out = &s->base;
	return E_OK;
}

struct buf
store_mem_copy(struct store *base)
{
	struct mem_store *s = (struct mem_store *)base;
	struct buf copy = view_new();

	pthread_mutex_lock(&s->lock);
	buf_slice_add(&copy, buf_slice(&s->view));
	pthread_mutex_unlock(&s->lock);
	return copy;
}

void
store_mem_back(struct store *base, const struct buf *copy)
{
	struct mem_store *s = (struct mem_store *)base;

	pthread_mutex_lock(&s->lock);
	s->view.n = 0;
	buf_slice_add(&s->view, buf_slice(copy));
	pthread_mutex_unlock(&s->lock);
}

size_t
store_mem_keys(struct store *base)
{
	struct mem_store *s = (struct mem_store *)base;
	size_t n;

	pthread_mutex_lock(&s->lock);
	n = s->view.n / sizeof(struct entry *);
	pthread_mutex_unlock(&s->lock);
	return n;
}

const struct store_ops store_mem_ops = {
	.name = "mem",
	.open = mem_open,
	.close = mem_close,
	.read = mem_read,
	.write = mem_write,
	.child = mem_child,
	.get = mem_get,
	.put = mem_put,
	.del = mem_del,
	.scan = mem_scan,
	.next = mem_next,
	.check = mem_check,
	.backup = mem_backup,
};
