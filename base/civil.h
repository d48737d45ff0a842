/* Calendar arithmetic behind base/clock.h: proleptic Gregorian, UTC, years 1-9999. */
#ifndef LICET_BASE_CIVIL_H
#define LICET_BASE_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

#define CIVIL_MIN INT64_C(-62135596800000000) /* 0001-01-01T00:00:00Z */

struct civil {
	int year;       /* 1-9999 */
	int month;      /* 1-12 */
	int day;        /* 1-31 */
	int weekday;    /* 0 = Monday; set by civil_from, not read by civil_to */
	int64_t in_day; /* microseconds since 00:00 */
};

/* Days since 1970-01-01; month and day must be in range. */
int64_t
civil_days(int year, int month, int day);
int
civil_month_days(int year, int month);
/* t is clamped to the years 1-9999. */
struct civil
civil_from(int64_t t);
int64_t
civil_to(const struct civil *);
/* The date exists and lies in the years 1-9999. */
bool
civil_valid(int year, int month, int day);

#endif
