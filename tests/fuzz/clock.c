/* Dates and durations, one a line: what reads prints in the one form that reads again. */
#include "tests/fuzz/target.h"

#include <string.h>

#include "base/civil.h"
#include "base/clock.h"

static void
check_periods(int64_t t)
{
	for (int p = CLOCK_DAILY; p <= CLOCK_ANNUALLY; p++) {
		int64_t start = clock_period_start(t, (enum clock_period)p);

		FUZZ_CHECK(start <= t);
		FUZZ_CHECK(start < CIVIL_MIN ||
			   clock_period_start(start, (enum clock_period)p) == start);
	}
}

static void
check_iso(struct slice text, int64_t *t)
{
	char shown[CLOCK_ISO_LEN + 1], human[21], date[11];
	int64_t parsed, again;

	if (!clock_parse_iso(text, &parsed))
		return;
	FUZZ_CHECK(parsed >= CIVIL_MIN && parsed <= CLOCK_MAX);
	clock_iso(parsed, shown);
	FUZZ_CHECK(strlen(shown) == CLOCK_ISO_LEN);
	FUZZ_CHECK(clock_parse_iso(slice_str(shown), &again));
	FUZZ_CHECK(again <= parsed && parsed - again < CLOCK_SECOND / 1000);
	clock_human(parsed, human);
	clock_date(parsed, date);
	FUZZ_CHECK(slice_starts(slice_str(human), slice_str(date)));
	check_periods(parsed);
	*t = parsed;
}

static void
check_http(struct slice text, int64_t *t)
{
	char shown[CLOCK_HTTP_LEN + 1];
	int64_t parsed, again;

	if (!clock_parse_http(text, &parsed))
		return;
	clock_http(parsed, shown);
	FUZZ_CHECK(strlen(shown) == CLOCK_HTTP_LEN);
	FUZZ_CHECK(clock_parse_http(slice_str(shown), &again) && again == parsed);
	*t = parsed;
}

static void
check_js(struct slice text, int64_t *t)
{
	char shown[CLOCK_JS_LEN + 1];
	int64_t parsed, again;

	if (!clock_parse_js(text, &parsed))
		return;
	clock_js(parsed, shown);
	FUZZ_CHECK(strlen(shown) <= CLOCK_JS_LEN);
	FUZZ_CHECK(clock_parse_js(slice_str(shown), &again) && again == parsed);
	*t = parsed;
}

static void
check_duration(struct slice text, int64_t t)
{
	int64_t later;
	bool valid = clock_duration_valid(text);

	if (clock_add(t, text, &later))
		FUZZ_CHECK(valid && later > t && later <= CLOCK_MAX);
	if (clock_add(0, text, &later))
		FUZZ_CHECK(valid);
	else
		FUZZ_CHECK(!valid || text.p[text.n - 1] == 'y');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = fuzz_slice(data, size);
	int64_t t = 0;

	while (rest.p) {
		struct slice line = slice_cut(&rest, '\n');

		check_iso(line, &t);
		check_http(line, &t);
		check_js(line, &t);
		check_duration(line, t);
	}
	return 0;
}
