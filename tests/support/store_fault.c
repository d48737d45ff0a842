#include "tests/support/store_fault.h"

#include <stdatomic.h>

#include "base/log.h"

struct fault_store {
	struct store base;
	struct arena *arena;
	struct store *under;
};

struct fault_txn {
	struct txn base;
	struct txn *under;
};

struct call {
	struct fault_store *store;
	struct txn *parent;
	txn_fn *fn;
	void *arg;
	bool commits;
};

static struct {
	const struct store_ops *under;
	_Atomic long calls, fail_at;
	_Atomic int err;
	_Atomic bool trace;
} plan;

void
store_fault_setup(const struct store_ops *under)
{
	plan.under = under;
	plan.trace = false;
	store_fault_arm(-1, E_OK);
}

void
store_fault_arm(long n, enum err err)
{
	plan.err = (int)err;
	plan.fail_at = n;
	plan.calls = 0;
}

long
store_fault_calls(void)
{
	return plan.calls;
}

struct store *
store_fault_under(struct store *base)
{
	return ((struct fault_store *)base)->under;
}

void
store_fault_trace(bool on)
{
	plan.trace = on;
}

static enum err
verb(const char *name)
{
	long n = atomic_fetch_add(&plan.calls, 1);
	enum err err = n == plan.fail_at ? (enum err)plan.err : E_OK;

	if (plan.trace)
		log_info("store_verb", "n=%ld verb=%s result=%s", n, name, err_code(err));
	return err;
}

/* Cursors of the store behind live in its own transaction; decoded records in ours. */
static struct txn *
under(struct txn *txn)
{
	struct txn *behind = ((struct fault_txn *)txn)->under;

	behind->arena = txn->arena;
	return behind;
}

static enum err
run(struct txn *behind, void *arg)
{
	struct call *call = arg;
	struct fault_txn txn = { .base = *behind, .under = behind };
	enum err err;

	txn.base.store = &call->store->base;
	if (call->parent)
		txn.base.arena = call->parent->arena;
	err = call->fn(&txn.base, call->arg);
	if (err == E_OK && call->commits)
		err = verb("commit");
	return err;
}

static enum err
fault_read(struct store *base, txn_fn *fn, void *arg)
{
	struct fault_store *s = (struct fault_store *)base;
	struct call call = { .store = s, .fn = fn, .arg = arg };

	return plan.under->read(s->under, run, &call);
}

static enum err
fault_write(struct store *base, txn_fn *fn, void *arg)
{
	struct fault_store *s = (struct fault_store *)base;
	struct call call = { .store = s, .fn = fn, .arg = arg, .commits = true };

	return plan.under->write(s->under, run, &call);
}

static enum err
fault_child(struct txn *txn, txn_fn *fn, void *arg)
{
	struct call call = { .store = (struct fault_store *)txn->store,
		.parent = txn,
		.fn = fn,
		.arg = arg };
	enum err err = verb("child");

	return err == E_OK ? plan.under->child(under(txn), run, &call) : err;
}

static enum err
fault_get(struct txn *txn, struct space space, struct slice key, struct slice *val)
{
	enum err err = verb("get");

	return err == E_OK ? plan.under->get(under(txn), space, key, val) : err;
}

static enum err
fault_put(struct txn *txn, struct space space, struct slice key, struct slice val)
{
	enum err err = verb("put");

	return err == E_OK ? plan.under->put(under(txn), space, key, val) : err;
}

static enum err
fault_del(struct txn *txn, struct space space, struct slice key)
{
	enum err err = verb("del");

	return err == E_OK ? plan.under->del(under(txn), space, key) : err;
}

static enum err
fault_scan(struct txn *txn, struct space space, const struct range *range,
    struct cursor **cursor)
{
	enum err err = verb("scan");

	return err == E_OK ? plan.under->scan(under(txn), space, range, cursor) : err;
}

static enum err
fault_next(struct cursor *cursor, struct slice *key, struct slice *val)
{
	enum err err = verb("next");

	return err == E_OK ? plan.under->next(cursor, key, val) : err;
}

static enum err
fault_check(struct store *base, int64_t *records)
{
	return plan.under->check(((struct fault_store *)base)->under, records);
}

static enum err
fault_backup(struct store *base, const char *dir)
{
	return plan.under->backup(((struct fault_store *)base)->under, dir);
}

static void
fault_close(struct store *base)
{
	struct fault_store *s = (struct fault_store *)base;

	store_close(s->under);
	arena_free(s->arena);
}

static enum err
fault_open(struct store **out, const struct store_options *o)
{
	struct arena *a = arena_new(0);
	struct fault_store *s = a ? arena_alloc(a, sizeof(*s)) : NULL;
	struct store_options options = *o;
	enum err err = s ? E_OK : E_NO_MEMORY;

	options.ops = plan.under;
	if (err == E_OK)
		err = store_open(&s->under, &options);
	if (err != E_OK) {
		arena_free(a);
		return err;
	}
	s->arena = a;
	*out = &s->base;
	return E_OK;
}

const struct store_ops store_fault_ops = {
	.name = "fault",
	.open = fault_open,
	.close = fault_close,
	.read = fault_read,
	.write = fault_write,
	.child = fault_child,
	.get = fault_get,
	.put = fault_put,
	.del = fault_del,
	.scan = fault_scan,
	.next = fault_next,
	.check = fault_check,
	.backup = fault_backup,
};
