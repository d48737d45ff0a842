#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/civil.h"
#include "base/field.h"

static int64_t
iso(const char *text)
{
	int64_t t = FIELD_NONE;

	if (!clock_parse_iso(slice_of(text, strlen(text)), &t))
		fail_msg("cannot read %s", text);
	return t;
}

static bool
iso_valid(const char *text)
{
	int64_t t;

	return clock_parse_iso(slice_of(text, strlen(text)), &t);
}

static bool
http_valid(const char *text)
{
	int64_t t;

	return clock_parse_http(slice_of(text, strlen(text)), &t);
}

static void
test_iso_forms(void **state)
{
	static const struct {
		const char *text;
		int64_t t;
	} rows[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "1970-01-01", 0 },
		{ "2025-07-04T10:56:13.412Z", INT64_C(1751626573412000) },
		{ "2025-07-04 10:56:13.412Z", INT64_C(1751626573412000) },
		{ "2025-07-04t10:56:13.412z", INT64_C(1751626573412000) },
		{ "2025-07-04T12:56:13.412+02:00", INT64_C(1751626573412000) },
		{ "2025-07-04T05:26:13.412-05:30", INT64_C(1751626573412000) },
		{ "2025-07-04T10:56:13.123456789Z", INT64_C(1751626573123456) },
		{ "2025-07-04T10:56:13.1Z", INT64_C(1751626573100000) },
		{ "1969-12-31T23:59:59.999999Z", -1 },
		{ "2000-02-29", INT64_C(951782400000000) },
		{ "0001-01-01T00:00:00Z", CIVIL_MIN },
		{ "9999-12-31T23:59:59.999999Z", CLOCK_MAX },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(iso(rows[i].text), rows[i].t);
}

static void
test_iso_refused(void **state)
{
	static const char *const bad[] = { "", "2025", "2025-07", "2025-7-4",
		"2025-13-01", "2025-00-01", "2025-02-29", "1900-02-29", "2025-04-31",
		"0000-01-01", "2025-07-04T", "2025-07-04T10:56Z", "2025-07-04T10:56:13",
		"2025-07-04T24:00:00Z", "2025-07-04T10:60:00Z", "2025-07-04T10:00:60Z",
		"2025-07-04T10:56:13.Z", "2025-07-04T10:56:13.1234567890Z",
		"2025-07-04T10:56:13+2:00", "2025-07-04T10:56:13+24:00",
		"2025-07-04T10:56:13Zx", "2025-07-04x10:56:13Z", " 2025-07-04",
		"2025-07-04 ", "+025-07-04", "9999-12-31T23:59:59-00:01",
		"0001-01-01T00:00:00+00:01", "2025-07-04T10:56:13*02:00" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (iso_valid(bad[i]))
			fail_msg("accepted %s", bad[i]);
	}
}

static void
test_http_forms(void **state)
{
	static const char *const good[] = { "Fri, 04 Jul 2025 10:56:13 GMT",
		"Fri, 4 Jul 2025 10:56:13 GMT", "Mon, 04 Jul 2025 10:56:13 GMT" };
	static const char *const bad[] = { "", "Fri", "Fri, 04 Jul 2025 10:56:13",
		"Fri, 04 Jul 2025 10:56:13 UTC", "Fri, 04 Jul 2025 10:56:13 GMT ",
		"fri, 04 Jul 2025 10:56:13 GMT", "Fri 04 Jul 2025 10:56:13 GMT",
		"Fri, 31 Jun 2025 10:56:13 GMT", "Fri, 04 Jux 2025 10:56:13 GMT",
		"Fri, 04 Jul 25 10:56:13 GMT", "Fri, 04 Jul 2025 25:56:13 GMT",
		"Friday, 04-Jul-25 10:56:13 GMT", "Fri, 0 Jul 2025 10:56:13 GMT",
		"Fri,  4 Jul 2025 10:56:13 GMT", "Fri, 04 Jul 2025 10:56:60 GMT" };
	int64_t t;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(clock_parse_http(slice_of(good[i], strlen(good[i])), &t));
		assert_int_equal(t, INT64_C(1751626573000000));
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (http_valid(bad[i]))
			fail_msg("accepted %s", bad[i]);
	}
}

static void
test_js_forms(void **state)
{
	static const char *const good[] = { "Fri Jul 4 2025 10:56:13 GMT+0000",
		"Fri Jul 04 2025 10:56:13 GMT+0000", "Mon Jul 4 2025 10:56:13 GMT-0000",
		"Fri Jul 4 2025 12:56:13 GMT+0200 (CEST)",
		"Sat Jul 5 2025 00:41:13 GMT+1345 (Chatham)",
		"Fri Jul 4 2025 05:26:13 GMT-0530 (Zeit f\xc3\xbcr mich)" };
	static const char *const bad[] = { "", "Fri Jul 4 2025 10:56:13",
		"Fri Jul 4 2025 10:56:13 GMT", "Fri Jul 4 2025 10:56:13 UTC+0000",
		"Fri Jul 4 2025 10:56:13 GMT+00:00", "Fri Jul 4 2025 10:56:13 GMT+2400",
		"Fri Jul 4 2025 10:56:13 GMT+0060", "Fri Jul 4 2025 10:56:13 GMT 0000",
		"Fri Jul 4 2025 10:56:13 GMT+0000 ",
		"Fri Jul 4 2025 10:56:13 GMT+0000 ()",
		"Fri Jul 4 2025 10:56:13 GMT+0000(CEST)",
		"Fri Jul 4 2025 10:56:13 GMT+0000 (a) ",
		"Fri Jul 4 2025 10:56:13 GMT+0000 (a) (b)",
		"Fri Jul 4 2025 10:56:13 GMT+0000 (a\n)",
		"Fri Jul  4 2025 10:56:13 GMT+0000", "Fri Jul 31 25 10:56:13 GMT+0000",
		"Mon Jun 31 2025 10:56:13 GMT+0000", "Fri, Jul 4 2025 10:56:13 GMT+0000",
		"Fri Jul 004 2025 10:56:13 GMT+0000", "Fri Dec 31 9999 23:59:59 GMT-0001",
		"Mon Jan 1 0001 00:00:00 GMT+0001" };
	int64_t t;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(clock_parse_js(slice_str(good[i]), &t));
		assert_int_equal(t, INT64_C(1751626573000000));
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (clock_parse_js(slice_str(bad[i]), &t))
			fail_msg("accepted %s", bad[i]);
}

static void
test_formats(void **state)
{
	char text[CLOCK_JS_LEN + 1];
	int64_t t = INT64_C(1751626573412999);

	(void)state;
	clock_iso(t, text);
	assert_string_equal(text, "2025-07-04T10:56:13.412Z");
	clock_http(t, text);
	assert_string_equal(text, "Fri, 04 Jul 2025 10:56:13 GMT");
	clock_date(t, text);
	assert_string_equal(text, "2025-07-04");
	clock_human(t, text);
	assert_string_equal(text, "2025-07-04 10:56 UTC");
	clock_js(t, text);
	assert_string_equal(text, "Fri Jul 4 2025 10:56:13 GMT+0000");
	clock_js(CLOCK_MAX, text);
	assert_string_equal(text, "Fri Dec 31 9999 23:59:59 GMT+0000");
	assert_int_equal(strlen(text), CLOCK_JS_LEN);
	clock_iso(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59.999Z");
	clock_http(0, text);
	assert_string_equal(text, "Thu, 01 Jan 1970 00:00:00 GMT");
	clock_iso(CLOCK_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59.999Z");
	clock_iso(CIVIL_MIN, text);
	assert_string_equal(text, "0001-01-01T00:00:00.000Z");
}

static void
test_calendar_is_whole(void **state)
{
	int64_t days = civil_days(1, 1, 1);

	(void)state;
	assert_int_equal(days * CLOCK_DAY, CIVIL_MIN);
	for (int year = 1; year <= 9999; year++) {
		for (int month = 1; month <= 12; month++) {
			struct civil c = civil_from(days * CLOCK_DAY + CLOCK_DAY - 1);

			assert_true(c.year == year && c.month == month && c.day == 1);
			assert_int_equal(civil_to(&c), days * CLOCK_DAY + CLOCK_DAY - 1);
			days += civil_month_days(year, month);
		}
	}
	assert_int_equal(days * CLOCK_DAY - 1, CLOCK_MAX);
}

static void
test_durations(void **state)
{
	static const struct {
		const char *from, *add, *result;
	} rows[] = {
		{ "2025-01-31T08:00:00.000Z", "1m", "2025-02-28T08:00:00.000Z" },
		{ "2024-01-31T08:00:00.000Z", "1m", "2024-02-29T08:00:00.000Z" },
		{ "2024-02-29T23:59:59.999Z", "1y", "2025-02-28T23:59:59.999Z" },
		{ "2025-11-30T00:00:00.000Z", "3m", "2026-02-28T00:00:00.000Z" },
		{ "2025-07-04T10:56:13.412Z", "15d", "2025-07-19T10:56:13.412Z" },
		{ "2024-02-29T00:00:00.000Z", "4y", "2028-02-29T00:00:00.000Z" },
		{ "2025-12-15T00:00:00.000Z", "1m", "2026-01-15T00:00:00.000Z" },
		{ "2025-01-01T00:00:00.000Z", "9999d", "2052-05-18T00:00:00.000Z" },
		{ "9998-12-31T23:59:59.999Z", "1y", "9999-12-31T23:59:59.999Z" },
		{ "9999-12-30T23:59:59.999Z", "1d", "9999-12-31T23:59:59.999Z" },
	};
	int64_t t;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_true(clock_add(iso(rows[i].from), slice_str(rows[i].add), &t));
		assert_int_equal(t, iso(rows[i].result));
	}
}

static void
test_durations_refused(void **state)
{
	static const char *const bad[] = { "0d", "01d", "1w", "1M", "-1d",
		"\342\210\2221d", "12", "", "d", "10000d", "1 d", "1d ", "1.d", "1D",
		"1dd" };
	int64_t t = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_false(clock_duration_valid(slice_of(bad[i], strlen(bad[i]))));
		assert_false(clock_add(0, slice_of(bad[i], strlen(bad[i])), &t));
	}
	assert_true(clock_duration_valid(SLICE("9999y")));
	assert_false(clock_add(iso("2025-07-04"), SLICE("9999y"), &t));
	assert_false(clock_add(iso("9999-12-31"), SLICE("1d"), &t));
	assert_false(clock_add(iso("9999-12-01"), SLICE("1m"), &t));
	assert_false(clock_add(iso("9999-01-01"), SLICE("1y"), &t));
	assert_false(clock_add(FIELD_NONE, SLICE("1d"), &t));
}

static void
test_period_starts(void **state)
{
	static const struct {
		const char *t;
		enum clock_period period;
		const char *start;
	} rows[] = {
		{ "2025-07-04T10:56:13.412Z", CLOCK_DAILY, "2025-07-04" },
		{ "2025-07-04T10:56:13.412Z", CLOCK_WEEKLY, "2025-06-30" },
		{ "2025-07-04T10:56:13.412Z", CLOCK_MONTHLY, "2025-07-01" },
		{ "2025-07-04T10:56:13.412Z", CLOCK_ANNUALLY, "2025-01-01" },
		{ "2025-06-30T00:00:00.000Z", CLOCK_WEEKLY, "2025-06-30" },
		{ "2025-06-29T23:59:59.999Z", CLOCK_WEEKLY, "2025-06-23" },
		{ "2026-01-01T00:00:00.000Z", CLOCK_WEEKLY, "2025-12-29" },
		{ "2025-12-31T23:59:59.999Z", CLOCK_ANNUALLY, "2025-01-01" },
		{ "2024-02-29T12:00:00.000Z", CLOCK_MONTHLY, "2024-02-01" },
		{ "1969-12-31T23:00:00.000Z", CLOCK_DAILY, "1969-12-31" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(clock_period_start(iso(rows[i].t), rows[i].period),
		    iso(rows[i].start));
}

static void
test_set(void **state)
{
	int64_t before;

	(void)state;
	clock_set(42);
	assert_int_equal(clock_now(), 42);
	clock_set(FIELD_NONE);
	assert_true(clock_now() > iso("2024-01-01"));
	before = clock_monotonic();
	assert_true(clock_monotonic() >= before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_iso_forms),
		cmocka_unit_test(test_iso_refused),
		cmocka_unit_test(test_http_forms),
		cmocka_unit_test(test_js_forms),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_calendar_is_whole),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_durations_refused),
		cmocka_unit_test(test_period_starts),
		cmocka_unit_test(test_set),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
