#include "base/metric.h"

#include <stdatomic.h>
#include <string.h>

#define SERIES_MAX 256
#define BUCKETS 13

enum kind { COUNTER, GAUGE, HISTOGRAM };

enum by {
#define METRIC(id, kind, name, help)
#define METRIC_BY(id, kind, name, label, help) BY_##id,
#include "base/metric.def"
#undef METRIC
#undef METRIC_BY
	BY_MAX
};

struct info {
	enum kind kind;
	const char *name;
	const char *label; /* NULL: one series */
	const char *help;
	int by;
};

struct histogram {
	_Atomic int64_t bucket[BUCKETS + 1];
	_Atomic int64_t sum;
};

struct series {
	_Atomic(const char *) label;
	_Atomic int64_t value;
};

static const struct info infos[] = {
#define METRIC(id, kind, name, help) { kind, name, NULL, help, -1 },
#define METRIC_BY(id, kind, name, label, help) { kind, name, label, help, BY_##id },
#include "base/metric.def"
#undef METRIC
#undef METRIC_BY
};

static const struct {
	int64_t limit;
	const char *text;
} buckets[BUCKETS] = { { 1000, "0.001" }, { 2500, "0.0025" }, { 5000, "0.005" },
	{ 10000, "0.01" }, { 25000, "0.025" }, { 50000, "0.05" }, { 100000, "0.1" },
	{ 250000, "0.25" }, { 500000, "0.5" }, { 1000000, "1" }, { 2500000, "2.5" },
	{ 5000000, "5" }, { 10000000, "10" } };

static _Atomic int64_t values[METRIC_MAX];
static struct histogram histograms[METRIC_MAX];
static struct series by_label[BY_MAX][SERIES_MAX];

static void
count(_Atomic int64_t *value, int64_t n)
{
	atomic_fetch_add_explicit(value, n, memory_order_relaxed);
}

static int64_t
load(const _Atomic int64_t *value)
{
	return atomic_load_explicit(value, memory_order_relaxed);
}

void
metric_add(enum metric m, int64_t n)
{
	count(&values[m], n);
}

void
metric_set(enum metric m, int64_t value)
{
	atomic_store_explicit(&values[m], value, memory_order_relaxed);
}

void
metric_observe(enum metric m, int64_t microseconds)
{
	size_t i = 0;

	while (i < BUCKETS && microseconds > buckets[i].limit)
		i++;
	count(&histograms[m].bucket[i], 1);
	count(&histograms[m].sum, microseconds);
}

static struct series *
find_series(struct series *s, const char *label)
{
	for (size_t i = 0; i < SERIES_MAX; i++) {
		const char *have =
		    atomic_load_explicit(&s[i].label, memory_order_acquire);

		if (have == NULL &&
		    atomic_compare_exchange_strong(&s[i].label, &have, label))
			return &s[i];
		if (have == label || strcmp(have, label) == 0)
			return &s[i];
	}
	return NULL;
}

void
metric_add_by(enum metric m, const char *label, int64_t n)
{
	struct series *s;

	if (infos[m].by < 0)
		return;
	s = find_series(by_label[infos[m].by], label);
	if (s != NULL)
		count(&s->value, n);
}

int64_t
metric_value(enum metric m)
{
	int64_t sum = 0;

	if (infos[m].by < 0)
		return load(&values[m]);
	for (size_t i = 0; i < SERIES_MAX; i++)
		sum += load(&by_label[infos[m].by][i].value);
	return sum;
}

static void
print_series(struct buf *b, const struct info *info)
{
	const struct series *s = by_label[info->by];
	const char *label;

	for (size_t i = 0; i < SERIES_MAX; i++) {
		label = atomic_load_explicit(&s[i].label, memory_order_acquire);
		if (label == NULL)
			return;
		buf_printf(b, "%s{%s=\"", info->name, info->label);
		for (; *label != '\0'; label++) {
			if (*label == '"' || *label == '\\')
				buf_char(b, '\\');
			buf_char(b, *label == '\n' ? ' ' : *label);
		}
		buf_printf(b, "\"} %lld\n", (long long)load(&s[i].value));
	}
}

static void
print_histogram(struct buf *b, const char *name, const struct histogram *h)
{
	int64_t seen = 0, sum = load(&h->sum);

	for (size_t i = 0; i < BUCKETS; i++) {
		seen += load(&h->bucket[i]);
		buf_printf(b, "%s_bucket{le=\"%s\"} %lld\n", name, buckets[i].text,
		    (long long)seen);
	}
	seen += load(&h->bucket[BUCKETS]);
	buf_printf(b, "%s_bucket{le=\"+Inf\"} %lld\n", name, (long long)seen);
	buf_printf(b, "%s_sum %lld.%06lld\n", name, (long long)(sum / 1000000),
	    (long long)(sum % 1000000));
	buf_printf(b, "%s_count %lld\n", name, (long long)seen);
}

void
metric_print(struct buf *b)
{
	static const char *const kinds[] = { "counter", "gauge", "histogram" };

	for (size_t i = 0; i < METRIC_MAX; i++) {
		const struct info *info = &infos[i];

		buf_printf(b, "# HELP %s %s\n", info->name, info->help);
		buf_printf(b, "# TYPE %s %s\n", info->name, kinds[info->kind]);
		if (info->by >= 0)
			print_series(b, info);
		else if (info->kind == HISTOGRAM)
			print_histogram(b, info->name, &histograms[i]);
		else
			buf_printf(
			    b, "%s %lld\n", info->name, (long long)load(&values[i]));
	}
}
