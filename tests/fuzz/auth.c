/*
 * The Authorization header, and behind a line end the Date header: parameters lie in the
 * value, and written out plainly they read the same.
 */
#include "tests/fuzz/target.h"

#include "base/clock.h"
#include "server/api/auth.h"

#define NOW INT64_C(1767225600000000) /* 2026-01-01 */

static void
check_param(struct buf *out, const char *name, struct slice whole, struct slice param)
{
	if (!param.p)
		return;
	FUZZ_CHECK(slice_find(param, '"') < 0);
	FUZZ_CHECK(param.p >= whole.p && param.p + param.n <= whole.p + whole.n);
	buf_str(out, out->n > 0 ? ", " : "");
	buf_str(out, name);
	buf_str(out, "=\"");
	buf_slice_add(out, param);
	buf_char(out, '"');
}

static void
check_params(struct arena *arena, struct slice value)
{
	struct buf text = BUF_INIT(arena);
	struct auth_params p, again;

	if (!auth_parse(value, &p))
		return;
	check_param(&text, "Algorithm", value, p.algorithm);
	check_param(&text, "headers", value, p.headers);
	check_param(&text, "signature", value, p.signature);
	check_param(&text, "apiKey", value, p.apikey);
	if (text.n == 0)
		return;
	FUZZ_CHECK(auth_parse(buf_slice(&text), &again));
	FUZZ_CHECK(slice_equal(p.algorithm, again.algorithm));
	FUZZ_CHECK(slice_equal(p.headers, again.headers));
	FUZZ_CHECK(slice_equal(p.signature, again.signature));
	FUZZ_CHECK(slice_equal(p.apikey, again.apikey));
}

static void
check_request(struct arena *arena, struct slice value, struct slice date)
{
	struct header headers[] = { { SLICE("Authorization"), value },
		{ SLICE("Date"), date } };
	struct request request = { .arena = arena, .headers = headers, .n_headers = 2 };
	struct auth auth;
	int64_t t;

	auth_read(&request, &auth);
	if (auth_begin(&request, NOW, CLOCK_DAY, &auth) != E_OK)
		return;
	FUZZ_CHECK(clock_parse_http(date, &t));
	FUZZ_CHECK(t >= NOW - CLOCK_DAY && t <= NOW + CLOCK_DAY);
	FUZZ_CHECK(slice_equal(auth.date, date) && slice_is(auth.params.headers, "date"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct slice date = fuzz_slice(data, size), value = slice_cut(&date, '\n');

	check_params(arena, value);
	check_request(arena, value, slice_cut(&date, '\n'));
	arena_free(arena);
	return 0;
}
