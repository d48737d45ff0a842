#include "tests/crash/power.h"

#include <lmdb.h>
#include <sodium.h>
#include <string.h>

#include "server/action/change.h"
#include "server/action/recount.h"
#include "server/action/run.h"
#include "server/action/upkeep.h"
#include "server/model/audit.h"
#include "server/model/device.h"
#include "server/model/license.h"
#include "server/store/keyspace.h"

#define NOW INT64_C(1900000000000000)

static enum err
fail(struct check *c, enum err err, const char *problem)
{
	if (err != E_OK && c->problem == NULL)
		c->problem = problem;
	return err;
}

static int
digest_tree(MDB_txn *txn, const char *name, crypto_generichash_state *hash)
{
	MDB_cursor *cursor;
	MDB_val k, v;
	MDB_dbi dbi;
	int rc;

	if ((rc = mdb_dbi_open(txn, name, 0, &dbi)) != 0 ||
	    (rc = mdb_cursor_open(txn, dbi, &cursor)) != 0)
		return rc;
	while ((rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) == 0) {
		crypto_generichash_update(hash, (void *)&k.mv_size, sizeof(k.mv_size));
		crypto_generichash_update(hash, k.mv_data, k.mv_size);
		crypto_generichash_update(hash, v.mv_data, v.mv_size);
	}
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

/* Of all trees that there are. */
static int
digest_entries(MDB_txn *txn, crypto_generichash_state *hash)
{
	int rc = digest_tree(txn, NULL, hash);
	char name[KEYSPACE_NAME];

	for (unsigned i = 0; rc == 0 && i < KEYSPACE_TREES; i++) {
		if (keyspace_name(&model_schema, i, name))
			rc = digest_tree(txn, name, hash);
		if (rc == MDB_NOTFOUND)
			rc = 0;
	}
	return rc;
}

enum err
check_digest(const char *dir, uint64_t *number, unsigned char digest[static 32])
{
	crypto_generichash_state hash;
	MDB_env *env;
	MDB_txn *txn;
	int rc = mdb_env_create(&env);

	if (rc != 0)
		return E_NO_MEMORY;
	crypto_generichash_init(&hash, NULL, 0, 32);
	if ((rc = mdb_env_set_maxdbs(env, KEYSPACE_TREES)) == 0 &&
	    (rc = mdb_env_open(env, dir, MDB_RDONLY | MDB_NOLOCK, 0600)) == 0 &&
	    (rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn)) == 0) {
		*number = mdb_txn_id(txn);
		rc = digest_entries(txn, &hash);
		mdb_txn_abort(txn);
	}
	mdb_env_close(env);
	crypto_generichash_final(&hash, digest, 32);
	return rc == 0 ? E_OK : E_DAMAGED;
}

static enum err
open_store(struct check *c, struct store **store)
{
	struct store_options options = { .ops = &store_lmdb_ops,
		.schema = &model_schema,
		.dir = c->dir,
		.map_max = INT64_C(1) << 30,
		.batch_max = 1 };

	seal_checksum_key(c->seal, options.checksum_key);
	return store_open(store, &options);
}

static enum err
verify_records(struct txn *txn, void *arg)
{
	int64_t records, entries;

	(void)arg;
	return record_verify(txn, &records, &entries);
}

static enum err
verify_audit(struct txn *txn, void *arg)
{
	struct check *c = arg;
	struct audit_walk walk = { .from = 1, .max = INT64_MAX };
	enum err err = audit_verify_walk(txn, &walk);

	if (walk.problem)
		c->problem = walk.problem;
	return err;
}

static enum err
verify_counters(struct check *c, struct store *store)
{
	const struct actor actor = { .type = ACTOR_JOB, .account_id = FIELD_NONE };
	struct recount_res res;
	struct action_run run = { .store = store,
		.seal = c->seal,
		.actor = &actor,
		.arena = c->arena,
		.now = NOW,
		.fn = action_recount,
		.res = &res };
	enum err err = action_run_now(&run);

	return err == E_OK && run.ctx.faults.total ? E_VERIFY : err;
}

enum err
check_whole(struct check *c, struct store *store)
{
	int64_t n;
	enum err err;

	if ((err = store->ops->check(store, &n)) != E_OK)
		return fail(c, err, "the structure or a checksum");
	if ((err = store_read_now(store, c->arena, verify_records, c)) != E_OK)
		return fail(c, err, "records against indexes");
	if ((err = verify_counters(c, store)) != E_OK)
		return fail(c, err, "the ledger of seats against counters");
	return fail(
	    c, store_read_now(store, c->arena, verify_audit, c), "the audit chain");
}

/* Request ids of the entries since the last commit that was looked at. */
static enum err
read_audit(struct txn *txn, struct check *c)
{
	struct audit entry = { .seq = c->audit_last + 1 };
	enum err err;

	while ((err = record_get(txn, T_AUDIT, &entry)) == E_OK) {
		if (entry.request_id.n)
			err = map_set(c->audited, entry.request_id, c, NULL);
		if (err != E_OK)
			return err;
		c->audit_last = entry.seq;
		entry = (struct audit){ .seq = c->audit_last + 1 };
	}
	return err == E_NOT_FOUND ? E_OK : err;
}

static enum err
row_kept(struct txn *txn, const struct promise *p, bool *kept)
{
	struct activation a;
	enum err err = record_find(
	    txn, T_ACTIVATION, IX_ACTIVATION_ID, record_key_id(txn, p->n), &a);

	*kept = err == E_OK;
	if (err == E_OK && p->kind == PROMISE_GONE)
		*kept = a.state != AS_ACTIVE;
	if (err == E_OK && p->kind == PROMISE_SEAT)
		*kept = a.floating_until != FIELD_NONE;
	return err == E_NOT_FOUND ? E_OK : err;
}

static enum err
total_kept(struct txn *txn, const struct promise *p, bool *kept)
{
	struct license license;
	enum err err = record_get_id(txn, T_LICENSE, p->license, &license);

	*kept = err == E_OK && license.total_consumptions >= p->n;
	return err == E_NOT_FOUND ? E_OK : err;
}

static enum err
promise_kept(struct txn *txn, struct check *c, const struct promise *p, bool *kept)
{
	switch (p->kind) {
	case PROMISE_AUDIT:
		*kept = map_get(c->audited, p->answer) != NULL;
		return E_OK;
	case PROMISE_TOTAL:
		return total_kept(txn, p, kept);
	case PROMISE_ROW:
	case PROMISE_GONE:
	case PROMISE_SEAT:
		break;
	}
	return row_kept(txn, p, kept);
}

struct promises {
	struct check *check;
	size_t kept;
};

/* How many of the told promises, from the first on, this store keeps. */
static enum err
count_kept(struct txn *txn, void *arg)
{
	struct promises *p = arg;
	struct ledger *l = p->check->ledger;
	enum err err = read_audit(txn, p->check);
	bool kept = true;

	while (err == E_OK && p->kept < l->told_n) {
		err = promise_kept(txn, p->check, l->told[p->kept], &kept);
		if (!kept)
			break;
		p->kept++;
	}
	return err;
}

/* A commit seen for the first time, after those before it. */
static enum err
add_commit(struct check *c, struct store *store, uint64_t txn)
{
	size_t before = c->commits ? c->commit[c->commits - 1].kept : 0;
	struct promises p = { c, before };
	struct commit *commit = &c->commit[c->commits];
	enum err err = check_whole(c, store);

	if (err != E_OK)
		return err;
	if (c->commits == POWER_COMMITS_MAX ||
	    (c->commits && txn < c->commit[c->commits - 1].txn))
		return fail(c, E_VERIFY, "an older commit that was never seen");
	if ((err = store_read_now(store, c->arena, count_kept, &p)) != E_OK)
		return fail(c, err, "reading what was promised");
	*commit = (struct commit){ .txn = txn, .kept = p.kept };
	c->commits++;
	return E_OK;
}

static struct commit *
commit_of(struct check *c, uint64_t txn)
{
	for (size_t i = c->commits; i-- > 0;)
		if (c->commit[i].txn == txn)
			return &c->commit[i];
	return NULL;
}

static enum err
compare(struct check *c, struct store *store)
{
	unsigned char digest[32];
	struct commit *commit;
	struct promises p;
	uint64_t txn;
	enum err err = check_digest(c->dir, &txn, digest);

	if (err != E_OK)
		return fail(c, err, "LMDB cannot read it");
	if ((commit = commit_of(c, txn)) == NULL) {
		if ((err = add_commit(c, store, txn)) != E_OK)
			return err;
		commit = &c->commit[c->commits - 1];
		memcpy(commit->digest, digest, sizeof(digest));
	}
	if (memcmp(commit->digest, digest, sizeof(digest)) != 0)
		return fail(c, E_VERIFY, "not as that commit left it");
	if (commit->kept >= c->ledger->told_n)
		return E_OK;
	/* What was told since the last commit was looked at may be its own. */
	p = (struct promises){ c, commit->kept };
	if (commit == &c->commit[c->commits - 1] &&
	    (err = store_read_now(store, c->arena, count_kept, &p)) != E_OK)
		return fail(c, err, "reading what was promised");
	commit->kept = p.kept;
	return p.kept == c->ledger->told_n
	           ? E_OK
	           : fail(c, E_VERIFY, "something acknowledged is not there");
}

static enum err
with_store(struct check *c, enum err (*fn)(struct check *, struct store *))
{
	struct arena_mark mark = arena_mark(c->arena);
	struct store *store;
	enum err err;

	c->problem = NULL;
	if ((err = open_store(c, &store)) != E_OK)
		return fail(c, err, "the store does not open");
	err = fn(c, store);
	store_close(store);
	arena_reset(c->arena, mark);
	return err;
}

enum err
check_state(struct check *c)
{
	return with_store(c, compare);
}

static enum err
go_on(struct check *c, struct store *store)
{
	enum err err = upkeep_job_save(store, c->arena, "power", NOW, NOW);

	if (err == E_OK)
		err = check_whole(c, store);
	return fail(c, err, "it cannot be written to");
}

enum err
check_goes_on(struct check *c)
{
	return with_store(c, go_on);
}
