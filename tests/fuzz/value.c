/*
 * Values of options, one a line: durations, sizes, rates, lists, numbers. What is taken
 * is shown in a form that is taken as the same.
 */
#include "tests/fuzz/target.h"

#include <string.h>

#include "base/conf_value.h"

struct values {
	int64_t duration, size, number, range;
	struct conf_rate rate;
	struct conf_list list;
	char *text, *file;
	bool yes;
	int choice;
};

#define OPTION(type, member, max, choices)                                               \
	{                                                                                \
#member, type, offsetof(struct values, member), NULL, 0, (max),          \
		    (choices), false, false, ""                                          \
	}

static const struct conf_option options[] = {
	OPTION(CONF_DURATION, duration, 0, NULL),
	OPTION(CONF_SIZE, size, 0, NULL),
	OPTION(CONF_INT, number, 0, NULL),
	OPTION(CONF_INT, range, 100, NULL),
	OPTION(CONF_RATE, rate, 0, NULL),
	OPTION(CONF_LIST, list, 4, NULL),
	OPTION(CONF_TEXT, text, 0, NULL),
	OPTION(CONF_FILE, file, 0, NULL),
	OPTION(CONF_BOOL, yes, 0, NULL),
	OPTION(CONF_CHOICE, choice, 0, "text|json|auto"),
};

static bool
set(struct arena *arena, const struct conf_option *o, struct slice text, struct values *v)
{
	const char *message;
	enum err err = conf_value_set(arena, "/data", o, text, v, &message);

	FUZZ_CHECK(err == E_OK || err == E_CONFIG);
	FUZZ_CHECK((err == E_CONFIG) == (message != NULL));
	return err == E_OK;
}

static void
check_option(struct arena *arena, const struct conf_option *o, struct slice text)
{
	struct values v = { .text = NULL }, again = { .text = NULL };
	char *shown, *twice;

	if (!set(arena, o, text, &v))
		return;
	FUZZ_CHECK(v.duration >= 0 && v.size >= 0 && v.number >= 0);
	FUZZ_CHECK(v.range >= 0 && v.range <= 100 && v.list.n <= 4);
	FUZZ_CHECK(v.rate.n >= 0 && v.rate.per >= 0 && v.rate.burst >= 0);
	FUZZ_CHECK(v.rate.n == 0 || (v.rate.per > 0 && v.rate.burst > 0));
	shown = conf_show(arena, o, &v);
	FUZZ_CHECK(shown != NULL && set(arena, o, slice_str(shown), &again));
	twice = conf_show(arena, o, &again);
	FUZZ_CHECK(twice != NULL && strcmp(shown, twice) == 0);
	FUZZ_CHECK(v.duration == again.duration && v.size == again.size);
	FUZZ_CHECK(v.rate.n == again.rate.n && v.rate.per == again.rate.per &&
		   v.rate.burst == again.rate.burst);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct slice rest = fuzz_slice(data, size);

	while (rest.p) {
		struct slice line = slice_cut(&rest, '\n');

		for (size_t i = 0; i < ARRAY_LEN(options); i++)
			check_option(arena, &options[i], line);
	}
	arena_free(arena);
	return 0;
}
