/* The table of commands holds together: names, options, examples that parse. */
#include "cli/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define WORDS_MAX 32

static struct arena *arena;

static const struct usage_option *
option_of(const struct usage_command *c, const char *name)
{
	for (const struct usage_option *o = c->option; o && o->name; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	return NULL;
}

static void
rows_are_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < licet_program.n_commands; i++) {
		const struct usage_command *c = &licet_program.command[i];
		const struct verb *verb = c->data;

		assert_non_null(verb->run);
		assert_true(*c->purpose);
		assert_true(c->max_args < 0 || c->min_args <= c->max_args);
		assert_int_equal(c->max_args == 0, *c->args == '\0');
		assert_int_equal(verb->action != NULL && verb->done == NULL, 0);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(c->name, licet_program.command[j].name);
		if (c->flags & USAGE_REASON)
			assert_non_null(option_of(c, "reason"));
		if (c->flags & USAGE_CONFIRM)
			assert_non_null(option_of(c, "yes"));
		if (option_of(c, "reason"))
			assert_non_null(option_of(c, "dry-run"));
	}
}

/* getopt sees one table for all commands. */
static void
options_of_one_name_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < licet_program.n_commands; i++)
		for (const struct usage_option *o = licet_program.command[i].option;
		     o && o->name; o++)
			for (size_t j = 0; j < i; j++) {
				const struct usage_option *other =
				    option_of(&licet_program.command[j], o->name);

				if (other)
					assert_int_equal(!o->arg, !other->arg);
			}
}

/* Words of a shell line as far as the examples need it. */
static int
split(const char *line, char **word)
{
	int n = 0;

	while (*line && *line != '>' && n < WORDS_MAX) {
		struct buf text = BUF_INIT(arena);
		bool quoted = false;

		for (; *line && (quoted || *line != ' '); line++)
			if (*line == '"')
				quoted = !quoted;
			else
				buf_char(&text, *line);
		buf_char(&text, '\0');
		word[n++] = text.p;
		line += strspn(line, " ");
	}
	return n;
}

static void
examples_parse(void **state)
{
	static struct usage u;

	(void)state;
	for (size_t i = 0; i < licet_program.n_commands; i++) {
		const struct usage_command *c = &licet_program.command[i];
		struct buf why = BUF_INIT(arena);
		char *word[WORDS_MAX + 1] = { NULL };
		int n = split(c->example, word);

		assert_string_equal(word[0], "licet");
		if (usage_parse(&licet_program, arena, n, word, &u, &why) != E_OK)
			fail_msg("%s: %.*s", c->example, (int)why.n, why.p);
		assert_ptr_equal(u.command, c);
		if (c->flags & USAGE_REASON)
			assert_true(usage_has(&u, "reason"));
	}
}

static enum err
parse(const char *line, struct usage *u)
{
	struct buf why = BUF_INIT(arena);
	char *word[WORDS_MAX + 1] = { NULL };

	return usage_parse(&licet_program, arena, split(line, word), word, u, &why);
}

/* One option may repeat in one command and not in another. */
static void
repeated_options(void **state)
{
	static struct usage u;
	const char *const *all;

	(void)state;
	assert_int_equal(parse("licet key add k --product a --product b", &u), E_OK);
	all = usage_all(&u, "product");
	assert_string_equal(all[0], "a");
	assert_string_equal(all[1], "b");
	assert_null(all[2]);
	assert_int_equal(
	    parse("licet policy add p --product a --product b", &u), E_USAGE);
	assert_int_equal(parse("licet product list --whole-set", &u), E_USAGE);
	assert_int_equal(parse("licet device show 1 2", &u), E_USAGE);
}

static void
words_for_completion_and_manual(void **state)
{
	struct buf out = BUF_INIT(arena);

	(void)state;
	assert_true(usage_print_completion(&out, &licet_program, "bash"));
	usage_print_manual(&out, &licet_program);
	usage_print_help(&out, &licet_program, &licet_program.command[0]);
	buf_char(&out, '\0');
	assert_non_null(strstr(out.p, "\"licet license issue\"*) words=\"--policy "));
	assert_non_null(strstr(out.p, ".It Cm license replace-key Ar LICENSE\n"));
	assert_non_null(strstr(out.p, "usage: licet product add CODE [options]"));
	assert_non_null(strstr(out.p, ".It Cm offline keygen"));
}

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(0);
	return arena ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_whole),
		cmocka_unit_test(options_of_one_name_agree),
		cmocka_unit_test(examples_parse),
		cmocka_unit_test(repeated_options),
		cmocka_unit_test(words_for_completion_and_manual),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
