/*
 * The only reader of clocks and the only code that knows calendars. Instants are int64_t
 * microseconds since 1970-01-01T00:00:00Z; FIELD_NONE is no instant. Proleptic Gregorian,
 * years 0001-9999. All functions are thread-safe but clock_set.
 */
#ifndef LICET_BASE_CLOCK_H
#define LICET_BASE_CLOCK_H

#include "base/arena.h"
#include "base/err.h"

#define CLOCK_SECOND INT64_C(1000000)
#define CLOCK_MINUTE (60 * CLOCK_SECOND)
#define CLOCK_HOUR (3600 * CLOCK_SECOND)
#define CLOCK_DAY (86400 * CLOCK_SECOND)
#define CLOCK_MAX INT64_C(253402300799999999) /* 9999-12-31T23:59:59.999999Z */

int64_t
clock_now(void); /* UTC; the fixed value after clock_set */
int64_t
clock_monotonic(void); /* microseconds, for deadlines */
/* Tests: every later clock_now() gives this; FIELD_NONE goes back to the real clock. */
void
clock_set(int64_t now);

#define CLOCK_ISO_LEN 24
#define CLOCK_HTTP_LEN 29
#define CLOCK_JS_LEN 33 /* at most */
/* "2025-07-04T10:56:13.412Z" (fraction cut), "Fri, 04 Jul 2025 10:56:13 GMT",
 * "2025-07-04", "2026-03-01 12:00 UTC", "Fri Jul 4 2025 10:56:13 GMT+0000";
 * all NUL-terminated. */
void
clock_iso(int64_t t, char out[static CLOCK_ISO_LEN + 1]);
void
clock_http(int64_t t, char out[static CLOCK_HTTP_LEN + 1]);
void
clock_date(int64_t t, char out[static 11]);
void
clock_human(int64_t t, char out[static 21]);
void
clock_js(int64_t t, char out[static CLOCK_JS_LEN + 1]);

/* IMF-fixdate; a one-digit day is accepted, the weekday is not compared (3.2). */
must_check bool
clock_parse_http(struct slice s, int64_t *out);
/* As JavaScript prints it: "Fri Jul 4 2025 10:56:13 GMT+0200 (CEST)", the day of one or
 * two digits, any offset, the name of the zone or none; the weekday is not compared. */
must_check bool
clock_parse_js(struct slice s, int64_t *out);
/* RFC 3339 with Z or offset, 0-9 digits of fraction (cut to microseconds), 'T' or space;
 * or a date, which is its 00:00:00Z. */
must_check bool
clock_parse_iso(struct slice s, int64_t *out);

/*
 * Durations of license-api-v4.md 6.2: [1-9][0-9]{0,3}[dmy]. Adding a month keeps the time
 * of day and clamps the day of the month. False: bad grammar or a result past CLOCK_MAX.
 */
bool
clock_duration_valid(struct slice duration);
must_check bool
clock_add(int64_t t, struct slice duration, int64_t *out);

/* Latest boundary <= t of license-api-v4.md 6.9, UTC. */
enum clock_period { CLOCK_DAILY, CLOCK_WEEKLY, CLOCK_MONTHLY, CLOCK_ANNUALLY };
int64_t
clock_period_start(int64_t t, enum clock_period period);

#endif
