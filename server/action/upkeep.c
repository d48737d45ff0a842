#include "server/action/upkeep.h"

#include <string.h>

#include "server/model/audit.h"

#define TRIM_BATCH 500

struct trim {
	int64_t now;
	int n;
};

static enum err
trim_batch(struct txn *txn, void *arg)
{
	struct trim *t = arg;
	struct record_scan scan;
	struct idempotency rec;
	enum err err;

	t->n = 0;
	err = record_scan(txn, T_IDEMPOTENCY, IX_IDEMPOTENCY_EXPIRY, SLICE_NULL,
	    SLICE_NULL, false, &scan);
	while (err == E_OK && t->n < TRIM_BATCH) {
		if ((err = record_next(&scan, &rec)) != E_OK || rec.expires_at > t->now)
			break;
		if ((err = record_del(txn, T_IDEMPOTENCY, &rec)) == E_OK)
			t->n++;
	}
	return err == E_NOT_FOUND ? E_OK : err;
}

enum err
upkeep_trim(struct store *store, struct arena *arena, int64_t now)
{
	struct trim trim = { .now = now };
	struct arena_mark mark = arena_mark(arena);
	enum err err;

	do {
		arena_reset(arena, mark);
		err = store_write_now(store, arena, trim_batch, &trim);
	} while (err == E_OK && trim.n == TRIM_BATCH);
	return err;
}

static enum err
load_state(struct txn *txn, void *arg)
{
	return record_get(txn, T_JOB, arg);
}

enum err
upkeep_job_load(struct store *store, struct arena *arena, const char *name, int64_t *next)
{
	struct job_state state = { .name = slice_str(name) };
	enum err err = store_read_now(store, arena, load_state, &state);

	if (err == E_OK && state.next_run != FIELD_NONE)
		*next = state.next_run;
	return err == E_NOT_FOUND ? E_OK : err;
}

static enum err
save_state(struct txn *txn, void *arg)
{
	return record_put(txn, T_JOB, arg);
}

enum err
upkeep_job_save(struct store *store, struct arena *arena, const char *name, int64_t last,
    int64_t next)
{
	struct job_state state = {
		.name = slice_str(name), .last_run = last, .next_run = next
	};

	return store_write_now(store, arena, save_state, &state);
}
