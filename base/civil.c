#include "base/civil.h"

#include "base/clock.h"

#define DAYS_TO_1970 719162

static bool
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t
days_before_year(int64_t year)
{
	int64_t past = year - 1;

	return past * 365 + past / 4 - past / 100 + past / 400;
}

static int
days_before_month(int year, int month)
{
	static const short before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304,
		334 };

	return before[month - 1] + (month > 2 && is_leap(year));
}

int
civil_month_days(int year, int month)
{
	if (month == 12)
		return 31;
	return days_before_month(year, month + 1) - days_before_month(year, month);
}

bool
civil_valid(int year, int month, int day)
{
	return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
	       day <= civil_month_days(year, month);
}

int64_t
civil_days(int year, int month, int day)
{
	return days_before_year(year) + days_before_month(year, month) + day - 1 -
	       DAYS_TO_1970;
}

struct civil
civil_from(int64_t t)
{
	struct civil c = { .month = 1 };
	int64_t days, rest;

	if (t < CIVIL_MIN)
		t = CIVIL_MIN;
	if (t > CLOCK_MAX)
		t = CLOCK_MAX;
	t -= CIVIL_MIN;
	days = t / CLOCK_DAY;
	c.in_day = t % CLOCK_DAY;
	c.weekday = (int)(days % 7);
	c.year = (int)(days * 400 / 146097) + 1;
	while (days_before_year(c.year) > days)
		c.year--;
	while (days_before_year(c.year + 1) <= days)
		c.year++;
	rest = days - days_before_year(c.year);
	while (c.month < 12 && days_before_month(c.year, c.month + 1) <= rest)
		c.month++;
	c.day = (int)rest - days_before_month(c.year, c.month) + 1;
	return c;
}

int64_t
civil_to(const struct civil *c)
{
	return civil_days(c->year, c->month, c->day) * CLOCK_DAY + c->in_day;
}
