#include "tests/fuzz/usage.h"

#include "tests/fuzz/target.h"

#define ARGS_MAX 64

struct line {
	char *argv[ARGS_MAX + 2];
	int argc;
};

static void
split(struct arena *arena, struct slice in, struct line *out)
{
	*out = (struct line){ .argv = { arena_str(arena, SLICE("program")) }, .argc = 1 };
	while (in.p && in.n > 0 && out->argc <= ARGS_MAX) {
		struct slice arg = slice_cut(&in, '\n');
		ptrdiff_t nul = slice_find(arg, '\0');
		char *copy =
		    arena_str(arena, nul >= 0 ? slice_head(arg, (size_t)nul) : arg);

		FUZZ_CHECK(copy != NULL);
		out->argv[out->argc++] = copy;
	}
}

static bool
is_in(const struct usage_option *options, const struct usage_option *wanted)
{
	for (const struct usage_option *o = options; o && o->name; o++)
		if (o == wanted)
			return true;
	return false;
}

static void
check_accepted(const struct usage *u)
{
	const struct usage_command *c = u->command;

	FUZZ_CHECK(u->n_values <= USAGE_VALUES_MAX);
	for (size_t i = 0; i < u->n_values; i++) {
		const struct usage_option *o = u->value[i].option;

		FUZZ_CHECK(usage_has(u, o->name) && u->value[i].value);
		FUZZ_CHECK(
		    u->help || !c || is_in(u->program->common, o) || is_in(c->option, o));
	}
	if (u->help || !c)
		return;
	FUZZ_CHECK(u->n_args >= c->min_args);
	FUZZ_CHECK(c->max_args < 0 || u->n_args <= c->max_args);
	FUZZ_CHECK(u->arg[u->n_args] == NULL);
}

bool
fuzz_usage(const struct usage_program *program, struct arena *arena, struct slice in,
    struct usage *u)
{
	struct buf why = BUF_INIT(arena);
	struct line line;
	enum err err;

	split(arena, in, &line);
	err = usage_parse(program, arena, line.argc, line.argv, u, &why);
	FUZZ_CHECK(err == E_OK || err == E_USAGE);
	if (err == E_OK) {
		check_accepted(u);
		return u->command && !u->help;
	}
	FUZZ_CHECK(buf_ok(&why) && why.n > 0 && slice_find(buf_slice(&why), '\n') < 0);
	return false;
}
