/*
 * Query strings and forms: names once, UTF-8 without NUL, and the same pairs again when
 * the command line's encoder writes them.
 */
#include "tests/fuzz/target.h"

#include "cli/body.h"
#include "server/http/request.h"

#define PAIRS_MAX 100

static void
check_pairs(struct arena *arena, const struct param *p, size_t n)
{
	struct buf text = BUF_INIT(arena);
	struct param *again;
	size_t m;

	FUZZ_CHECK(n <= PAIRS_MAX);
	for (size_t i = 0; i < n; i++) {
		char *name = arena_str(arena, p[i].name);

		FUZZ_CHECK(name != NULL && slice_is(p[i].name, name));
		FUZZ_CHECK(slice_is_utf8(p[i].name) && slice_is_utf8(p[i].value));
		FUZZ_CHECK(slice_find(p[i].value, '\0') < 0);
		FUZZ_CHECK(slice_equal(param_get(p, n, name), p[i].value));
		query_add(&text, name, p[i].value);
	}
	FUZZ_CHECK(buf_ok(&text));
	FUZZ_CHECK(request_params(arena, buf_slice(&text), &again, &m) == E_OK);
	FUZZ_CHECK(m == n);
	for (size_t i = 0; i < n; i++)
		FUZZ_CHECK(slice_equal(p[i].name, again[i].name) &&
			   slice_equal(p[i].value, again[i].value));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct param *params;
	size_t n;

	if (request_params(arena, fuzz_slice(data, size), &params, &n) == E_OK)
		check_pairs(arena, params, n);
	arena_free(arena);
	return 0;
}
