/*
 * Command lines of licet. The options of add and edit go on to the body that licet would
 * send; what is refused is explained without control bytes.
 */
#include "tests/fuzz/target.h"

#include "cli/command.h"
#include "cli/option_field.h"
#include "tests/fuzz/usage.h"

static void
check_problem(struct arena *arena, const struct cli *cli)
{
	for (int json = 0; json <= 1; json++) {
		struct buf text = BUF_INIT(arena);
		struct json *parsed;

		problem_text(&text, &cli->problem, json);
		FUZZ_CHECK(buf_ok(&text) && text.n > 0);
		for (size_t i = 0; i < text.n; i++)
			FUZZ_CHECK((unsigned char)text.p[i] >= ' ' || text.p[i] == '\n');
		if (json && slice_is_utf8(buf_slice(&text)))
			FUZZ_CHECK(json_parse(arena, buf_slice(&text), &parsed) == E_OK);
	}
}

static void
check_body(struct arena *arena, const struct usage *u)
{
	const struct verb *verb = u->command->data;
	struct cli cli = { .usage = u, .verb = verb, .arena = arena };
	struct body body = BODY_INIT(arena);

	if (!verb || !verb->fields)
		return;
	if (option_fields_read(&cli, verb->fields, NULL, &body) == E_OK) {
		struct buf text = BUF_INIT(arena);
		struct json *parsed;

		FUZZ_CHECK(!body.failed);
		json_print(&text, &body.json);
		if (buf_ok(&text) && slice_is_utf8(buf_slice(&text)))
			FUZZ_CHECK(json_parse(arena, buf_slice(&text), &parsed) == E_OK);
	} else {
		check_problem(arena, &cli);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct usage u;

	if (fuzz_usage(&licet_program, arena, fuzz_slice(data, size), &u))
		check_body(arena, &u);
	arena_free(arena);
	return 0;
}
