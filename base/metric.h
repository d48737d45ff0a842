/*
 * Counters, gauges and histograms of a fixed list (metric.def), safe from every thread
 * (relaxed atomics), printed as Prometheus text 0.0.4.
 */
#ifndef LICET_BASE_METRIC_H
#define LICET_BASE_METRIC_H

#include "base/buf.h"

/* METRIC(id, kind, name, help): COUNTER, GAUGE, HISTOGRAM (seconds, fixed buckets) ·
 * METRIC_BY(id, kind, name, label, help): one series for each label value seen, at most
 * 256, values are our own constants (routes, error codes), never a stranger's text. */
enum metric {
#define METRIC(id, kind, name, help) METRIC_##id,
#define METRIC_BY(id, kind, name, label, help) METRIC_##id,
#include "base/metric.def"
#undef METRIC
#undef METRIC_BY
	METRIC_MAX
};

void
metric_add(enum metric, int64_t n);
void
metric_set(enum metric, int64_t value);
void
metric_observe(enum metric, int64_t microseconds);
/* label must be a string constant. */
void
metric_add_by(enum metric, const char *label, int64_t n);
int64_t metric_value(enum metric); /* counters and gauges; for status and tests */
void
metric_print(struct buf *);

#endif
