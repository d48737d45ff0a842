/* licet: arguments, then one command of the table. */
#include "cli/command.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>

#define MEMORY_MAX (256u << 20)

static int
finish(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	if (code)
		return code;
	fputs("licet: io_error: standard output cannot be written\n", stderr);
	return err_info(E_IO)->exit;
}

static int
print_help(const struct usage *u)
{
	struct buf out = BUF_INIT(u->arena);

	usage_print_help(&out, &licet_program, u->command);
	fwrite(out.p, 1, out.n, stdout);
	return 0;
}

static int
fail(struct usage *u, enum err err, const char *why)
{
	struct cli cli = {
		.usage = u, .arena = u->arena, .problem = { .err = err, .why = why }
	};

	return problem_print(&cli);
}

static int
run(struct arena *arena, int argc, char **argv)
{
	struct buf why = BUF_INIT(arena);
	struct usage u;
	enum err err;

	err = usage_parse(&licet_program, arena, argc, argv, &u, &why);
	buf_char(&why, '\0');
	if (err != E_OK)
		return fail(&u, err, why.p);
	if (u.help)
		return print_help(&u);
	if (!u.command)
		return fail(&u, E_USAGE, "no command; see licet --help");
	return u.command->run(&u);
}

int
main(int argc, char **argv)
{
	struct arena *arena;
	int code;

	if (sodium_init() < 0 || !(arena = arena_new(MEMORY_MAX))) {
		fputs("licet: internal_error: cannot start\n", stderr);
		return err_info(E_INTERNAL)->exit;
	}
	signal(SIGPIPE, SIG_DFL);
	code = run(arena, argc, argv);
	arena_free(arena);
	return finish(code);
}
