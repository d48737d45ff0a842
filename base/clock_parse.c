#include "base/clock.h"

#include <string.h>

#include "base/civil.h"

struct scan {
	struct slice rest;
	bool failed;
};

static int
scan_digits(struct scan *s, size_t n)
{
	int value = 0;

	if (s->failed || s->rest.n < n) {
		s->failed = true;
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		char c = s->rest.p[i];

		if (c < '0' || c > '9')
			s->failed = true;
		value = value * 10 + (c - '0');
	}
	s->rest.p += n;
	s->rest.n -= n;
	return value;
}

static bool
scan_if(struct scan *s, char c)
{
	if (s->failed || s->rest.n == 0 || s->rest.p[0] != c)
		return false;
	s->rest.p++;
	s->rest.n--;
	return true;
}

static void
scan_char(struct scan *s, char c)
{
	if (!scan_if(s, c))
		s->failed = true;
}

static int
scan_name(struct scan *s, const char *names)
{
	for (int i = 0; !s->failed && s->rest.n >= 3 && names[i * 3] != '\0'; i++) {
		if (memcmp(s->rest.p, names + i * 3, 3) == 0) {
			s->rest.p += 3;
			s->rest.n -= 3;
			return i;
		}
	}
	s->failed = true;
	return 0;
}

static int64_t
scan_time(struct scan *s)
{
	int hour, minute, second;

	hour = scan_digits(s, 2);
	scan_char(s, ':');
	minute = scan_digits(s, 2);
	scan_char(s, ':');
	second = scan_digits(s, 2);
	if (hour > 23 || minute > 59 || second > 59)
		s->failed = true;
	return hour * CLOCK_HOUR + minute * CLOCK_MINUTE + second * CLOCK_SECOND;
}

bool
clock_parse_http(struct slice text, int64_t *out)
{
	struct scan s = { .rest = text };
	struct civil c = { 0 };

	scan_name(&s, "MonTueWedThuFriSatSun");
	scan_char(&s, ',');
	scan_char(&s, ' ');
	c.day = scan_digits(&s, s.rest.n > 1 && s.rest.p[1] == ' ' ? 1 : 2);
	scan_char(&s, ' ');
	c.month = scan_name(&s, "JanFebMarAprMayJunJulAugSepOctNovDec") + 1;
	scan_char(&s, ' ');
	c.year = scan_digits(&s, 4);
	scan_char(&s, ' ');
	c.in_day = scan_time(&s);
	if (s.failed || s.rest.n != 4 || memcmp(s.rest.p, " GMT", 4) != 0 ||
	    !civil_valid(c.year, c.month, c.day))
		return false;
	*out = civil_to(&c);
	return true;
}

static int64_t
scan_fraction(struct scan *s)
{
	int64_t value = 0, unit = CLOCK_SECOND / 10;
	size_t digits = 0;

	if (!scan_if(s, '.'))
		return 0;
	while (s->rest.n > 0 && s->rest.p[0] >= '0' && s->rest.p[0] <= '9') {
		value += scan_digits(s, 1) * unit;
		unit /= 10;
		digits++;
	}
	if (digits == 0 || digits > 9)
		s->failed = true;
	return value;
}

static int64_t
scan_offset(struct scan *s)
{
	int sign, hour, minute;

	if (scan_if(s, 'Z') || scan_if(s, 'z'))
		return 0;
	sign = scan_if(s, '-') ? -1 : 1;
	if (sign == 1)
		scan_char(s, '+');
	hour = scan_digits(s, 2);
	scan_char(s, ':');
	minute = scan_digits(s, 2);
	if (hour > 23 || minute > 59)
		s->failed = true;
	return sign * (hour * CLOCK_HOUR + minute * CLOCK_MINUTE);
}

static int64_t
scan_js_offset(struct scan *s)
{
	int sign = scan_if(s, '-') ? -1 : 1, hour, minute;

	if (sign == 1)
		scan_char(s, '+');
	hour = scan_digits(s, 2);
	minute = scan_digits(s, 2);
	if (hour > 23 || minute > 59)
		s->failed = true;
	return sign * (hour * CLOCK_HOUR + minute * CLOCK_MINUTE);
}

/* Nothing, or " (Central European Summer Time)". */
static bool
is_zone_name(struct slice text)
{
	return text.n == 0 || (text.n > 3 && slice_starts(text, SLICE(" (")) &&
				  slice_find(text, ')') == (ptrdiff_t)text.n - 1 &&
				  slice_is_plain(text));
}

bool
clock_parse_js(struct slice text, int64_t *out)
{
	struct scan s = { .rest = text };
	struct civil c = { 0 };
	int64_t t;

	scan_name(&s, "MonTueWedThuFriSatSun");
	scan_char(&s, ' ');
	c.month = scan_name(&s, "JanFebMarAprMayJunJulAugSepOctNovDec") + 1;
	scan_char(&s, ' ');
	c.day = scan_digits(&s, s.rest.n > 1 && s.rest.p[1] == ' ' ? 1 : 2);
	scan_char(&s, ' ');
	c.year = scan_digits(&s, 4);
	scan_char(&s, ' ');
	c.in_day = scan_time(&s);
	if (s.failed || !slice_starts(s.rest, SLICE(" GMT")) ||
	    !civil_valid(c.year, c.month, c.day))
		return false;
	s.rest = slice_from(s.rest, 4);
	t = civil_to(&c) - scan_js_offset(&s);
	if (s.failed || !is_zone_name(s.rest) || t < CIVIL_MIN || t > CLOCK_MAX)
		return false;
	*out = t;
	return true;
}

bool
clock_parse_iso(struct slice text, int64_t *out)
{
	struct scan s = { .rest = text };
	struct civil c = { 0 };
	int64_t t, offset = 0;

	c.year = scan_digits(&s, 4);
	scan_char(&s, '-');
	c.month = scan_digits(&s, 2);
	scan_char(&s, '-');
	c.day = scan_digits(&s, 2);
	if (s.failed || !civil_valid(c.year, c.month, c.day))
		return false;
	if (s.rest.n > 0) {
		if (!scan_if(&s, 'T') && !scan_if(&s, 't'))
			scan_char(&s, ' ');
		c.in_day = scan_time(&s);
		c.in_day += scan_fraction(&s);
		offset = scan_offset(&s);
	}
	t = civil_to(&c) - offset;
	if (s.failed || s.rest.n > 0 || t < CIVIL_MIN || t > CLOCK_MAX)
		return false;
	*out = t;
	return true;
}
