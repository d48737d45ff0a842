#include "server/action/report.h"

#include "base/clock.h"
#include "server/action/query.h"
#include "server/model/audit.h"
#include "server/model/device.h"
#include "server/model/license.h"
#include "server/policy/release.h"
#include "server/policy/validity.h"

/* Records between two clean-ups of the arena. */
#define BATCH 256

struct totals {
	struct action_ctx *ctx;
	int64_t licenses, by_status[LS_INACTIVE + 1], by_type[LT_CONSUMPTION + 1];
	int64_t used, free, unlimited;
	int64_t leases;
	int64_t devices, seen_1d, seen_7d, seen_30d;
};

static void
add_license(struct totals *t, const void *rec)
{
	const struct license *l = rec;
	int64_t left = l->terms.max_activations - l->seats_used;

	t->licenses++;
	t->by_status[validity_status(l, t->ctx->now)]++;
	t->by_type[l->terms.license_type]++;
	t->used += l->seats_used;
	if (l->terms.allow_unlimited_activations)
		t->unlimited++;
	else if (left > 0)
		t->free += left;
}

static void
add_row(struct totals *t, const void *rec)
{
	t->leases += release_lease_live(rec, t->ctx->now);
}

static void
add_device(struct totals *t, const void *rec)
{
	const struct device *d = rec;
	int64_t age;

	t->devices++;
	if (d->last_seen_at == FIELD_NONE)
		return;
	age = t->ctx->now - d->last_seen_at;
	t->seen_1d += age < CLOCK_DAY;
	t->seen_7d += age < 7 * CLOCK_DAY;
	t->seen_30d += age < 30 * CLOCK_DAY;
}

static enum err
each(struct totals *t, enum table table, void (*add)(struct totals *, const void *))
{
	struct action_ctx *ctx = t->ctx;
	void *rec = arena_alloc(ctx->arena, model_schema.table[table]->fields->size);
	struct arena_mark mark;
	struct record_scan scan;
	enum err e = rec ? E_OK : E_NO_MEMORY;

	if (!e)
		e = record_scan(
		    ctx->txn, table, -1, SLICE_NULL, SLICE_NULL, false, &scan);
	mark = arena_mark(ctx->arena);
	for (int n = 1; !e; n++) {
		e = record_next(&scan, rec);
		if (!e)
			add(t, rec);
		if (n % BATCH == 0)
			arena_reset(ctx->arena, mark);
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

static void
print_counts(struct json_writer *w, const char *name, const struct names *names,
    const int64_t *count)
{
	jw_key(w, name);
	jw_object(w);
	for (int i = 0; i < names->n; i++)
		jw_kint(w, names_get(names, i), count[i]);
	jw_end(w);
}

static void
print_totals(struct json_writer *w, const struct totals *t)
{
	jw_object(w);
	jw_key(w, "licenses");
	jw_object(w);
	jw_kint(w, "total", t->licenses);
	print_counts(w, "by_status", &license_status_names, t->by_status);
	print_counts(w, "by_type", &license_type_names, t->by_type);
	jw_end(w);
	jw_key(w, "seats");
	jw_object(w);
	jw_kint(w, "used", t->used);
	jw_kint(w, "free", t->free);
	jw_kint(w, "unlimited_licenses", t->unlimited);
	jw_end(w);
	jw_kint(w, "offline_leases", t->leases);
	jw_key(w, "devices");
	jw_object(w);
	jw_kint(w, "total", t->devices);
	jw_kint(w, "seen_1d", t->seen_1d);
	jw_kint(w, "seen_7d", t->seen_7d);
	jw_kint(w, "seen_30d", t->seen_30d);
	jw_end(w);
	jw_end(w);
}

enum err
report_stats(struct action_ctx *ctx, const void *req, void *res_)
{
	struct manage_res *res = res_;
	struct totals t = { .ctx = ctx };
	enum err e;

	query_only(ctx, req, NULL);
	e = manage_faults(ctx);
	if (!e)
		e = each(&t, T_LICENSE, add_license);
	if (!e)
		e = each(&t, T_ACTIVATION, add_row);
	if (!e)
		e = each(&t, T_DEVICE, add_device);
	if (e)
		return e;
	print_totals(&res->w, &t);
	return buf_finish(&res->body);
}
