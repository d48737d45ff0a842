#include "server/command.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "server/action/change.h"
#include "server/action/checkpoint.h"
#include "server/action/recount.h"
#include "server/action/run.h"
#include "server/store/record.h"

#define AUDIT_SLICE 10000
#define CHECKPOINT_SLICE 1000

struct verify {
	int64_t records, entries;
	int64_t raw;
	struct audit_walk walk;
	struct checkpoint_walk checkpoints;
	struct recount_res recount;
	struct faults faults;
};

static enum err
verify_records(struct txn *txn, void *arg)
{
	struct verify *v = arg;

	return record_verify(txn, &v->records, &v->entries);
}

static enum err
verify_audit_slice(struct txn *txn, void *arg)
{
	struct verify *v = arg;

	return audit_verify_walk(txn, &v->walk);
}

static enum err
in_store(struct app *app, txn_fn *fn, struct verify *v)
{
	struct arena *arena = arena_new((size_t)1 << 32);
	enum err err;

	if (!arena)
		return E_NO_MEMORY;
	err = store_read_now(app->store, arena, fn, v);
	arena_free(arena);
	return err;
}

static enum err
verify_audit(struct app *app, struct verify *v)
{
	enum err err;

	v->walk = (struct audit_walk){ .from = 1, .max = AUDIT_SLICE };
	do {
		if ((err = in_store(app, verify_audit_slice, v)) != E_OK)
			return err;
		v->walk.from = v->walk.next;
	} while (v->walk.next);
	return E_OK;
}

static enum err
verify_checkpoint_slice(struct txn *txn, void *arg)
{
	struct verify *v = arg;

	return checkpoint_walk(txn, &v->checkpoints);
}

/* Walked in an arena of its own, which the problem must outlive. */
static enum err
verify_checkpoints(struct app *app, struct verify *v)
{
	struct checkpoint_walk *w = &v->checkpoints;
	enum err err;

	*w = (struct checkpoint_walk){ .from = 1, .max = CHECKPOINT_SLICE };
	do {
		struct arena *arena = arena_new((size_t)1 << 32);

		if (!arena)
			return E_NO_MEMORY;
		err = store_read_now(app->store, arena, verify_checkpoint_slice, v);
		if (w->problem)
			w->problem = arena_printf(app->arena, "%s", w->problem);
		arena_free(arena);
		w->from = w->next;
	} while (err == E_OK && w->next);
	return err;
}

static enum err
verify_ledger(struct app *app, struct verify *v)
{
	const struct actor actor = { .type = ACTOR_JOB, .account_id = FIELD_NONE };
	struct action_run run = { .store = app->store,
		.seal = app->seal,
		.actor = &actor,
		.arena = app->arena,
		.now = clock_now(),
		.fn = action_recount,
		.res = &v->recount };
	enum err err = action_run_now(&run);

	v->faults = run.ctx.faults;
	if (err == E_OK && v->faults.total)
		return E_VERIFY;
	return err;
}

static enum err
verify_all(struct app *app, struct verify *v, const char **what)
{
	enum err err;

	*what = "store file";
	if ((err = app->store->ops->check(app->store, &v->raw)) != E_OK)
		return err;
	*what = "records and indexes";
	if ((err = in_store(app, verify_records, v)) != E_OK)
		return err;
	*what = "ledger against counters";
	if ((err = verify_ledger(app, v)) != E_OK)
		return err;
	*what = "audit chain";
	if ((err = verify_audit(app, v)) != E_OK)
		return err;
	*what = "checkpoints";
	return verify_checkpoints(app, v);
}

static int
verify_failed(
    const struct usage *u, const struct verify *v, enum err err, const char *what)
{
	for (size_t i = 0; i < v->faults.n; i++)
		fprintf(stderr, "%s: %s\n", v->faults.item[i].field,
		    v->faults.item[i].message ? v->faults.item[i].message : "");
	if (v->walk.problem)
		what = arena_printf(u->arena, "audit entry %lld: %s",
		    (long long)v->walk.broken_at, v->walk.problem);
	if (v->checkpoints.problem)
		what = arena_printf(u->arena, "checkpoint %lld: %s",
		    (long long)v->checkpoints.broken_at, v->checkpoints.problem);
	command_fail(u, err == E_DAMAGED ? E_DAMAGED : err, what);
	return err_info(E_VERIFY)->exit;
}

static void
verify_print(const struct usage *u, const struct app *app, const struct verify *v)
{
	struct buf out = BUF_INIT(u->arena);
	struct json_writer w;

	if (!usage_has(u, "json")) {
		buf_printf(&out,
		    "ok  records %lld, indexes, ledger, audit 1-%lld, keys %zu\n",
		    (long long)v->records, (long long)v->walk.last, app->n_keys);
		fwrite(out.p, 1, out.n, stdout);
		return;
	}
	jw_init(&w, &out);
	jw_object(&w);
	jw_kbool(&w, "ok", true);
	jw_kint(&w, "records", v->records);
	jw_kint(&w, "index_entries", v->entries);
	jw_kint(&w, "licenses", v->recount.licenses);
	jw_kint(&w, "activations", v->recount.rows);
	jw_kint(&w, "audit", v->walk.last);
	jw_kint(&w, "checkpoints", v->checkpoints.seen);
	jw_kint(&w, "keys", (int64_t)app->n_keys);
	jw_end(&w);
	buf_char(&out, '\n');
	fwrite(out.p, 1, out.n, stdout);
}

int
command_verify(struct usage *u)
{
	struct verify *v = arena_alloc(u->arena, sizeof(*v));
	const char *what = "configuration";
	struct config_source source;
	struct app app;
	enum err err;

	if (!v)
		return command_fail(u, E_NO_MEMORY, NULL);
	command_source(u, &source);
	if ((err = app_init(&app, u->arena, &source)) != E_OK)
		return command_fail(u, err, what);
	app.store_read_only = true;
	if ((err = app_start(&app, APP_STORE, &what)) != E_OK)
		return command_fail(u, err, what);
	keystore_unlock(app.keystore);
	err = verify_all(&app, v, &what);
	if (err == E_OK)
		verify_print(u, &app, v);
	app_stop(&app);
	return err == E_OK ? 0 : verify_failed(u, v, err, what);
}
