#include "server/action/report.h"

#include <stdlib.h>

#include "base/clock.h"
#include "server/action/license.h"
#include "server/action/query.h"
#include "server/model/audit.h"

#define POINTS_MAX 10000
#define LABELS_MAX 200

static const char *const metrics[] = { "activations", "deactivations", "refusals",
	"checks", "offline_issued" };

enum step { BY_HOUR, BY_DAY, BY_MONTH };
static const char *const step_texts[] = { "hour", "day", "month" };
static const struct names step_names = { step_texts, (int)ARRAY_LEN(step_texts) };

struct point {
	int64_t at, count;
	struct slice label;
};

struct series {
	struct action_ctx *ctx;
	struct slice metric;
	int64_t from, to;
	enum step step;
	bool whole; /* one sum for each label */
	struct point *point;
	size_t n, max;
};

static void
read_metric(struct series *s, const struct manage_req *req)
{
	struct slice text = manage_query(req, "metric");

	for (size_t i = 0; i < ARRAY_LEN(metrics); i++)
		if (slice_is(text, metrics[i])) {
			s->metric = text;
			return;
		}
	fault_add(&s->ctx->faults, "metric", text.n ? E_VALIDATION : E_MISSING_PARAMETERS,
	    "metric is one of activations, deactivations, refusals, checks, "
	    "offline_issued");
}

static void
read_step(struct series *s, const struct manage_req *req)
{
	struct slice text = manage_query(req, "by");
	int step = text.n ? names_find(&step_names, text) : BY_DAY;

	if (step < 0)
		fault_add(
		    &s->ctx->faults, "by", E_VALIDATION, "by is one of hour, day, month");
	else
		s->step = (enum step)step;
}

static int64_t
start_of(const struct series *s, int64_t hour)
{
	if (s->whole)
		return 0;
	if (s->step == BY_HOUR)
		return hour;
	return clock_period_start(hour, s->step == BY_DAY ? CLOCK_DAILY : CLOCK_MONTHLY);
}

/* Sums come in time order: the place of a label is near the end. */
static enum err
add(struct series *s, const struct stat *stat)
{
	int64_t at = start_of(s, stat->hour);
	struct point *p;

	for (size_t i = s->n; i > 0 && s->point[i - 1].at == at; i--)
		if (slice_equal(s->point[i - 1].label, stat->label)) {
			s->point[i - 1].count += stat->count;
			return E_OK;
		}
	if (s->n == s->max)
		return E_QUERY_TOO_BROAD;
	p = &s->point[s->n++];
	*p = (struct point){ at, stat->count, stat->label };
	return E_OK;
}

static enum err
collect(struct series *s)
{
	struct txn *txn = s->ctx->txn;
	struct record_scan scan;
	struct stat stat;
	enum err e;

	s->point = arena_array(s->ctx->arena, s->max, sizeof(*s->point));
	if (!s->point)
		return E_NO_MEMORY;
	e = record_scan(txn, T_STAT, -1, record_key_text(txn, s->metric),
	    record_key_id(txn, s->from), false, &scan);
	while (!e) {
		e = record_next(&scan, &stat);
		if (!e && stat.hour >= s->to)
			break;
		if (!e)
			e = add(s, &stat);
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

static void
print_point(struct json_writer *w, const struct series *s, const struct point *p)
{
	jw_object(w);
	if (!s->whole)
		jw_kinstant(w, "at", p->at);
	jw_ktext(w, "label", p->label);
	jw_kint(w, "count", p->count);
	jw_end(w);
}

static void
print_series(struct json_writer *w, const struct series *s, size_t n)
{
	jw_object(w);
	jw_ktext(w, "metric", s->metric);
	if (!s->whole)
		jw_ktext(w, "by", slice_str(step_texts[s->step]));
	jw_kinstant(w, "from", s->from);
	jw_kinstant(w, "to", s->to);
	jw_key(w, "results");
	jw_array(w);
	for (size_t i = 0; i < n; i++)
		print_point(w, s, &s->point[i]);
	jw_end(w);
	jw_end(w);
}

enum err
report_series(struct action_ctx *ctx, const void *req_, void *res_)
{
	static const char *const known[] = { "metric", "from", "to", "by", NULL };
	const struct manage_req *req = req_;
	struct manage_res *res = res_;
	struct series s = { .ctx = ctx, .max = POINTS_MAX };
	enum err e;

	query_only(ctx, req, known);
	read_metric(&s, req);
	read_step(&s, req);
	s.from = query_instant(ctx, req, "from", ctx->now - 30 * CLOCK_DAY);
	s.to = query_instant(ctx, req, "to", ctx->now + 1);
	e = manage_faults(ctx);
	if (!e)
		e = collect(&s);
	if (e)
		return e;
	print_series(&res->w, &s, s.n);
	return buf_finish(&res->body);
}

static int
more_first(const void *a, const void *b)
{
	int64_t x = ((const struct point *)a)->count;
	int64_t y = ((const struct point *)b)->count;

	return x > y ? -1 : x < y;
}

/* The labels of a metric with the highest sums of the last 30 days. */
enum err
report_top(struct action_ctx *ctx, const void *req_, void *res_)
{
	static const char *const known[] = { "metric", "limit", NULL };
	const struct manage_req *req = req_;
	struct manage_res *res = res_;
	struct series s = { .ctx = ctx, .max = LABELS_MAX, .whole = true };
	size_t limit;
	enum err e;

	query_only(ctx, req, known);
	read_metric(&s, req);
	limit = (size_t)query_int(ctx, req, "limit", (struct query_range){ 20, 1, 100 });
	s.from = ctx->now - 30 * CLOCK_DAY;
	s.to = ctx->now + 1;
	e = manage_faults(ctx);
	if (!e)
		e = collect(&s);
	if (e)
		return e;
	if (s.n)
		qsort(s.point, s.n, sizeof(*s.point), more_first);
	print_series(&res->w, &s, s.n < limit ? s.n : limit);
	return buf_finish(&res->body);
}

static enum err
without_days(struct action_ctx *ctx, const struct manage_req *req, struct manage_req *out)
{
	struct manage_param *query =
	    arena_array(ctx->arena, req->n_query + 1, sizeof(*query));
	size_t n = 0;

	if (!query)
		return E_NO_MEMORY;
	for (size_t i = 0; i < req->n_query; i++)
		if (!slice_is(req->query[i].name, "days"))
			query[n++] = req->query[i];
	*out = *req;
	out->query = query;
	out->n_query = n;
	return E_OK;
}

static struct slice
instant_text(struct action_ctx *ctx, int64_t t)
{
	char text[CLOCK_ISO_LEN + 1];

	clock_iso(t, text);
	return arena_slice(ctx->arena, slice_str(text));
}

/* Licenses whose validity ends within the next days. */
enum err
report_expiring(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	struct manage_req plain;
	struct manage_param fixed[2] = {
		{ SLICE("validity_period__gte"), SLICE_NULL },
		{ SLICE("validity_period__lt"), SLICE_NULL },
	};
	int64_t days = query_int(ctx, req, "days", (struct query_range){ 30, 1, 3650 });
	enum err e = without_days(ctx, req, &plain);

	fixed[0].value = instant_text(ctx, ctx->now);
	fixed[1].value = instant_text(ctx, ctx->now + days * CLOCK_DAY);
	if (!e && (!fixed[0].value.p || !fixed[1].value.p))
		e = E_NO_MEMORY;
	return e ? e
	         : manage_list_of(
		       ctx, &plain, &license_resource, fixed, ARRAY_LEN(fixed), res);
}
