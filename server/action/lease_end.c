#include "server/action/lease_end.h"

#include "base/clock.h"
#include "server/action/device.h"
#include "server/action/run.h"
#include "server/action/serial.h"

#define BATCH 100

struct ended {
	int64_t freed;
	int64_t serial; /* whose audit entry was written last */
};

static enum err
audit(struct action_ctx *ctx, const struct activation *a)
{
	char *id = arena_printf(ctx->arena, "%lld", (long long)a->serial);

	return id ? audit_append(ctx, "offline.lease_ended", issued_table.name,
			slice_str(id), a->license_id, SLICE_NULL)
	          : E_NO_MEMORY;
}

static enum err
end_row(struct action_ctx *ctx, struct activation *a, struct ended *done)
{
	struct license license;
	enum err err = record_get_id(ctx->txn, T_LICENSE, a->license_id, &license);

	if (!err)
		err = device_free(ctx, &license, a, IS_ENDED, NULL);
	if (err)
		return err == E_NOT_FOUND ? E_DAMAGED : err;
	done->freed++;
	if (a->serial == done->serial)
		return E_OK;
	done->serial = a->serial;
	return audit(ctx, a);
}

/* Rows of one serial have one end and lie side by side. */
static enum err
end_batch(struct action_ctx *ctx, const void *req, void *res)
{
	struct ended *done = res;
	struct record_scan scan;
	struct activation a;
	enum err err;

	(void)req;
	*done = (struct ended){ .freed = 0 };
	err = record_scan(ctx->txn, T_ACTIVATION, IX_ACTIVATION_LEASE, SLICE_NULL,
	    SLICE_NULL, false, &scan);
	while (!err && done->freed < BATCH) {
		err = record_next(&scan, &a);
		if (!err && a.lease_until > ctx->now)
			break;
		if (!err)
			err = end_row(ctx, &a, done);
	}
	return err == E_NOT_FOUND ? E_OK : err;
}

static enum err
is_due(struct action_ctx *ctx, const void *req, void *res)
{
	struct record_scan scan;
	struct activation a;
	enum err err = record_scan(ctx->txn, T_ACTIVATION, IX_ACTIVATION_LEASE,
	    SLICE_NULL, SLICE_NULL, false, &scan);

	(void)req;
	if (!err)
		err = record_next(&scan, &a);
	*(bool *)res = !err && a.lease_until <= ctx->now;
	return err == E_NOT_FOUND ? E_OK : err;
}

static struct action_run
run_of(struct store *store, struct arena *arena, int64_t now)
{
	static const struct actor job = { .type = ACTOR_JOB,
		.id = { "leases", 6 },
		.name = { "leases", 6 },
		.account_id = FIELD_NONE };

	return (struct action_run){
		.store = store, .actor = &job, .arena = arena, .now = now
	};
}

enum err
lease_end(struct store *store, struct arena *arena, int64_t now, int64_t *freed)
{
	struct action_run run = run_of(store, arena, now);
	struct arena_mark mark = arena_mark(arena);
	struct ended done = { .freed = 0 };
	bool due = false;
	enum err err;

	*freed = 0;
	run.fn = is_due;
	run.res = &due;
	err = action_run_now(&run);
	run.write = true;
	run.fn = end_batch;
	run.res = &done;
	while (!err && due) {
		arena_reset(arena, mark);
		err = action_run_now(&run);
		*freed += done.freed;
		due = done.freed >= BATCH;
	}
	return err;
}

static enum err
trim_batch(struct action_ctx *ctx, const void *req, void *res)
{
	int64_t *n = res;
	struct record_scan scan;
	struct revocation r;
	enum err err;

	(void)req;
	*n = 0;
	err = record_scan(ctx->txn, T_REVOCATION, IX_REVOCATION_UNTIL, SLICE_NULL,
	    SLICE_NULL, false, &scan);
	while (!err && *n < BATCH) {
		err = record_next(&scan, &r);
		if (!err && r.until + CLOCK_DAY > ctx->now)
			break;
		if (!err)
			err = record_del(ctx->txn, T_REVOCATION, &r);
		if (!err)
			++*n;
	}
	return err == E_NOT_FOUND ? E_OK : err;
}

enum err
lease_trim(struct store *store, struct arena *arena, int64_t now)
{
	struct action_run run = run_of(store, arena, now);
	struct arena_mark mark = arena_mark(arena);
	int64_t n = BATCH;
	enum err err = E_OK;

	run.write = true;
	run.fn = trim_batch;
	run.res = &n;
	while (!err && n == BATCH) {
		arena_reset(arena, mark);
		err = action_run_now(&run);
	}
	return err;
}
