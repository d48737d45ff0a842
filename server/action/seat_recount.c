#include "server/action/seat.h"

#include "server/model/feature.h"
#include "server/model/offline.h"

struct recount {
	struct action_ctx *ctx;
	const struct license *license;
	struct faults *faults;
	int64_t used, active, vacant, held, users, features;
};

static void
recount_fault(struct recount *r, const char *what, int64_t expected, int64_t found)
{
	char *path;

	path = arena_printf(
	    r->ctx->arena, "license[%lld].%s", (long long)r->license->o.id, what);
	fault_add(r->faults, path ? path : what, E_VERIFY, "expected %lld, found %lld",
	    (long long)expected, (long long)found);
}

static void
recount_compare(struct recount *r, const char *what, int64_t expected, int64_t found)
{
	if (expected != found)
		recount_fault(r, what, expected, found);
}

/* The last object of an offline seat is one that nothing has taken the place of. Requests
 * of License API v4 need not have had one. */
static enum err
recount_issued(struct recount *r, const struct activation *a)
{
	struct issued issued;
	enum err err;

	if (a->state != AS_ACTIVE || !a->offline || a->serial == 0)
		return E_OK;
	err = record_get_id(r->ctx->txn, T_ISSUED, a->serial, &issued);
	if (!err && issued.state == IS_SUPERSEDED)
		recount_fault(r, "superseded_and_in_use", 0, a->serial);
	return err == E_NOT_FOUND ? E_OK : err;
}

static enum err
recount_rows(struct recount *r)
{
	struct txn *txn = r->ctx->txn;
	struct activation a;
	struct record_scan scan;
	enum err err;

	err = record_scan(txn, T_ACTIVATION, -1, record_key_id(txn, r->license->o.id),
	    SLICE_NULL, false, &scan);
	while (!err) {
		err = record_next(&scan, &a);
		if (err)
			break;
		r->used += a.state != AS_INACTIVE;
		r->active += a.state == AS_ACTIVE;
		r->vacant += a.vacant_since != FIELD_NONE;
		r->held += activation_seat_until(&a) > r->ctx->now;
		if (a.state != AS_INACTIVE && a.vacant_since != FIELD_NONE)
			recount_fault(r, "vacated_and_in_use", 0, a.o.id);
		err = recount_issued(r, &a);
	}
	return err == E_NOT_FOUND ? E_OK : err;
}

static enum err
recount_user_rows(struct recount *r, int64_t user_id, int64_t *n)
{
	struct txn *txn = r->ctx->txn;
	struct activation a;
	struct record_scan scan;
	enum err err;

	*n = 0;
	err = record_scan(txn, T_ACTIVATION, -1, record_key_id(txn, r->license->o.id),
	    SLICE_NULL, false, &scan);
	while (!err) {
		err = record_next(&scan, &a);
		if (!err)
			*n += a.state == AS_ACTIVE && a.user_id == user_id;
	}
	return err == E_NOT_FOUND ? E_OK : err;
}

static enum err
recount_users(struct recount *r)
{
	struct txn *txn = r->ctx->txn;
	struct assignment a;
	struct record_scan scan;
	int64_t n;
	enum err err;

	err = record_scan(txn, T_ASSIGNMENT, -1, record_key_id(txn, r->license->o.id),
	    SLICE_NULL, false, &scan);
	while (!err) {
		err = record_next(&scan, &a);
		if (err)
			break;
		r->users++;
		err = recount_user_rows(r, a.user_id, &n);
		if (!err)
			recount_compare(r, "total_activations", n, a.total_activations);
	}
	return err == E_NOT_FOUND ? E_OK : err;
}

enum err
seat_recount(struct action_ctx *ctx, struct license *license, struct faults *faults)
{
	struct recount r = { .ctx = ctx, .license = license, .faults = faults };
	const struct terms *t = &license->terms;
	enum err err;

	err = recount_rows(&r);
	if (!err)
		err = recount_users(&r);
	if (!err)
		err = record_count(ctx->txn, T_LICENSE_FEATURE, -1,
		    record_key_id(ctx->txn, license->o.id), INT64_MAX, &r.features);
	if (err)
		return err;
	recount_compare(&r, "seats_used", r.used, license->seats_used);
	recount_compare(&r, "times_activated", r.active, license->times_activated);
	recount_compare(&r, "vacant", r.vacant, license->vacant);
	recount_compare(&r, "users", r.users, license->n_users);
	recount_compare(&r, "features", r.features, license->n_features);
	if (!t->allow_unlimited_activations && r.used > t->max_activations)
		recount_fault(&r, "max_activations", r.used, t->max_activations);
	if (t->is_floating_cloud && r.held > t->floating_users)
		recount_fault(&r, "floating_users", r.held, t->floating_users);
	if (license->total_consumptions < 0)
		recount_fault(&r, "total_consumptions", 0, license->total_consumptions);
	return E_OK;
}
