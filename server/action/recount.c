#include "server/action/recount.h"

#include "server/action/offline.h"
#include "server/action/report.h"
#include "server/action/seat.h"

struct tally {
	struct action_ctx *ctx;
	struct recount_res *res;
	int64_t owned; /* rows that lie under a license */
};

static enum err
count_one(struct tally *t, struct license *license)
{
	struct txn *txn = t->ctx->txn;
	int64_t rows;
	enum err e = seat_recount(t->ctx, license, &t->ctx->faults);

	if (!e)
		e = record_count(txn, T_ACTIVATION, -1, record_key_id(txn, license->o.id),
		    INT64_MAX, &rows);
	if (e)
		return e;
	t->owned += rows;
	t->res->licenses++;
	return E_OK;
}

/* Each license gives its memory back, unless it has faults. */
static enum err
count_all(struct tally *t)
{
	struct action_ctx *ctx = t->ctx;
	struct record_scan scan;
	struct license license;
	enum err e;

	e = record_scan(ctx->txn, T_LICENSE, -1, SLICE_NULL, SLICE_NULL, false, &scan);
	while (!e) {
		struct arena_mark mark = arena_mark(ctx->arena);
		size_t faults = ctx->faults.total;

		e = record_next(&scan, &license);
		if (!e)
			e = count_one(t, &license);
		if (ctx->faults.total == faults)
			arena_reset(ctx->arena, mark);
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

static void
issued_fault(struct tally *t, const struct issued *issued, const char *what,
    int64_t expected, int64_t found)
{
	struct action_ctx *ctx = t->ctx;
	char *path = arena_printf(
	    ctx->arena, "%s[%lld].%s", issued_table.name, (long long)issued->o.id, what);

	if (expected != found)
		fault_add(&ctx->faults, path ? path : what, E_VERIFY,
		    "expected %lld, found %lld", (long long)expected, (long long)found);
}

/* What lives is what the row of its own license says. */
static enum err
compare_issued(struct tally *t, const struct issued *issued)
{
	struct activation a;
	bool found;
	enum err e = offline_row(t->ctx, issued, &a, &found);

	if (e)
		return e;
	if (!found || a.state != AS_ACTIVE) {
		issued_fault(t, issued, "active", 1, 0);
		return E_OK;
	}
	issued_fault(t, issued, "license", issued->license_id, a.license_id);
	issued_fault(t, issued, "offline", 1, a.offline);
	issued_fault(t, issued, "serial", issued->o.id, a.serial);
	issued_fault(t, issued, "lease_until", issued->lease_until, a.lease_until);
	return E_OK;
}

/* In the order of their signers: those alone that live. */
static enum err
compare_all_issued(struct tally *t)
{
	struct action_ctx *ctx = t->ctx;
	struct record_scan scan;
	struct issued issued;
	enum err e = record_scan(
	    ctx->txn, T_ISSUED, IX_ISSUED_SIGNER, SLICE_NULL, SLICE_NULL, false, &scan);

	while (!e) {
		struct arena_mark mark = arena_mark(ctx->arena);
		size_t faults = ctx->faults.total;

		e = record_next(&scan, &issued);
		if (!e)
			e = compare_issued(t, &issued);
		if (ctx->faults.total == faults)
			arena_reset(ctx->arena, mark);
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

static void
compare_rows(struct tally *t)
{
	if (t->owned != t->res->rows)
		fault_add(&t->ctx->faults, "activations", E_VERIFY,
		    "expected %lld, found %lld", (long long)t->owned,
		    (long long)t->res->rows);
}

enum err
action_recount(struct action_ctx *ctx, const void *req, void *res_)
{
	struct recount_res *res = res_;
	struct tally t = { .ctx = ctx, .res = res };
	enum err e;

	(void)req;
	*res = (struct recount_res){ .rows = 0 };
	e = record_count(ctx->txn, T_ACTIVATION, -1, SLICE_NULL, INT64_MAX, &res->rows);
	if (!e)
		e = count_all(&t);
	if (!e)
		e = compare_all_issued(&t);
	if (!e)
		compare_rows(&t);
	return e;
}

/* --- check/ ---------------------------------------------------------------------------
 */

/* "expected 3, found 2" back into numbers. */
static void
print_problem(struct json_writer *w, const struct fault *fault)
{
	struct slice text = slice_str(fault->message), expected;
	int64_t from = 0, to = 0;

	expected = slice_cut(&text, ',');
	if (!slice_starts(expected, SLICE("expected ")) ||
	    !slice_to_int(slice_from(expected, 9), &from))
		from = FIELD_NONE;
	if (!slice_starts(text, SLICE(" found ")) ||
	    !slice_to_int(slice_from(text, 7), &to))
		to = FIELD_NONE;
	jw_object(w);
	jw_ktext(w, "object", slice_str(fault->field));
	jw_kint(w, "expected", from);
	jw_kint(w, "found", to);
	jw_end(w);
}

enum err
report_check(struct action_ctx *ctx, const void *req, void *res_)
{
	struct manage_res *res = res_;
	struct recount_res counted;
	struct faults faults;
	enum err e = action_recount(ctx, req, &counted);

	if (e)
		return e;
	faults = ctx->faults;
	ctx->faults = (struct faults){ .arena = ctx->arena };
	jw_object(&res->w);
	jw_kbool(&res->w, "ok", faults.total == 0);
	jw_kint(&res->w, "checked", counted.licenses);
	jw_kint(&res->w, "rows", counted.rows);
	jw_key(&res->w, "problems");
	jw_array(&res->w);
	for (size_t i = 0; i < faults.n; i++)
		print_problem(&res->w, &faults.item[i]);
	jw_end(&res->w);
	jw_kint(&res->w, "problem_count", (int64_t)faults.total);
	jw_end(&res->w);
	return buf_finish(&res->body);
}
