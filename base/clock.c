#include "base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "base/civil.h"
#include "base/field.h"

static _Atomic int64_t fixed_now = FIELD_NONE;

static const char weekdays[7][4] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
	"Aug", "Sep", "Oct", "Nov", "Dec" };

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * CLOCK_SECOND + ts.tv_nsec / 1000;
}

int64_t
clock_now(void)
{
	int64_t fixed = atomic_load_explicit(&fixed_now, memory_order_relaxed);

	return fixed != FIELD_NONE ? fixed : read_clock(CLOCK_REALTIME);
}

int64_t
clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

void
clock_set(int64_t now)
{
	atomic_store_explicit(&fixed_now, now, memory_order_relaxed);
}

static void
put_digits(char *out, int n, int64_t value)
{
	while (n-- > 0) {
		out[n] = (char)('0' + value % 10);
		value /= 10;
	}
}

static void
put_date(char *out, const struct civil *c)
{
	put_digits(out, 4, c->year);
	out[4] = '-';
	put_digits(out + 5, 2, c->month);
	out[7] = '-';
	put_digits(out + 8, 2, c->day);
}

static void
put_time(char *out, const struct civil *c)
{
	put_digits(out, 2, c->in_day / CLOCK_HOUR);
	out[2] = ':';
	put_digits(out + 3, 2, c->in_day / CLOCK_MINUTE % 60);
	out[5] = ':';
	put_digits(out + 6, 2, c->in_day / CLOCK_SECOND % 60);
}

void
clock_iso(int64_t t, char out[static CLOCK_ISO_LEN + 1])
{
	struct civil c = civil_from(t);

	put_date(out, &c);
	out[10] = 'T';
	put_time(out + 11, &c);
	out[19] = '.';
	put_digits(out + 20, 3, c.in_day / 1000 % 1000);
	out[23] = 'Z';
	out[24] = '\0';
}

void
clock_http(int64_t t, char out[static CLOCK_HTTP_LEN + 1])
{
	struct civil c = civil_from(t);

	snprintf(out, CLOCK_HTTP_LEN + 1, "%.3s, 00 %.3s 0000 00:00:00 GMT",
	    weekdays[c.weekday], months[c.month - 1]);
	put_digits(out + 5, 2, c.day);
	put_digits(out + 12, 4, c.year);
	put_time(out + 17, &c);
}

void
clock_date(int64_t t, char out[static 11])
{
	struct civil c = civil_from(t);

	put_date(out, &c);
	out[10] = '\0';
}

void
clock_human(int64_t t, char out[static 21])
{
	struct civil c = civil_from(t);

	snprintf(out, 21, "0000-00-00 00:00 UTC");
	put_date(out, &c);
	put_digits(out + 11, 2, c.in_day / CLOCK_HOUR);
	put_digits(out + 14, 2, c.in_day / CLOCK_MINUTE % 60);
}

void
clock_js(int64_t t, char out[static CLOCK_JS_LEN + 1])
{
	struct civil c = civil_from(t);
	int n = snprintf(out, CLOCK_JS_LEN + 1, "%.3s %.3s %d 0000 00:00:00 GMT+0000",
	    weekdays[c.weekday], months[c.month - 1], c.day);

	put_digits(out + n - 22, 4, c.year);
	put_time(out + n - 17, &c);
}

static bool
parse_duration(struct slice s, int64_t *n, char *unit)
{
	*n = 0;
	if (s.n < 2 || s.n > 5 || s.p[0] == '0')
		return false;
	for (size_t i = 0; i + 1 < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		*n = *n * 10 + (s.p[i] - '0');
	}
	*unit = s.p[s.n - 1];
	return *unit == 'd' || *unit == 'm' || *unit == 'y';
}

bool
clock_duration_valid(struct slice duration)
{
	int64_t n;
	char unit;

	return parse_duration(duration, &n, &unit);
}

static bool
add_months(int64_t t, int64_t n, int64_t *out)
{
	struct civil c = civil_from(t);
	int64_t month = (int64_t)c.year * 12 + c.month - 1 + n;
	int last;

	if (month / 12 > 9999)
		return false;
	c.year = (int)(month / 12);
	c.month = (int)(month % 12) + 1;
	last = civil_month_days(c.year, c.month);
	if (c.day > last)
		c.day = last;
	*out = civil_to(&c);
	return true;
}

bool
clock_add(int64_t t, struct slice duration, int64_t *out)
{
	int64_t n;
	char unit;

	if (!parse_duration(duration, &n, &unit) || t < CIVIL_MIN || t > CLOCK_MAX)
		return false;
	if (unit != 'd')
		return add_months(t, unit == 'y' ? n * 12 : n, out);
	if (t > CLOCK_MAX - n * CLOCK_DAY)
		return false;
	*out = t + n * CLOCK_DAY;
	return true;
}

int64_t
clock_period_start(int64_t t, enum clock_period period)
{
	struct civil c = civil_from(t);
	int64_t start;

	c.in_day = 0;
	switch (period) {
	case CLOCK_DAILY:
		break;
	case CLOCK_WEEKLY:
		start = civil_to(&c) - c.weekday * CLOCK_DAY;
		return start < CIVIL_MIN ? CIVIL_MIN : start;
	case CLOCK_MONTHLY:
		c.day = 1;
		break;
	case CLOCK_ANNUALLY:
		c.day = 1;
		c.month = 1;
		break;
	}
	return civil_to(&c);
}
