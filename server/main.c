/* licetd: arguments, then one command of the table. */
#include "server/command.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "server/process.h"

static int
finish(int code)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		return code ? code : err_info(E_IO)->exit;
	return code;
}

static int
print_help(struct arena *arena, const struct usage *u)
{
	struct buf out = BUF_INIT(arena);

	usage_print_help(&out, &licetd_program, u->command);
	fwrite(out.p, 1, out.n, stdout);
	return 0;
}

static int
run(struct arena *arena, int argc, char **argv)
{
	struct buf why = BUF_INIT(arena);
	struct usage u;
	enum err err;

	err = usage_parse(&licetd_program, arena, argc, argv, &u, &why);
	buf_char(&why, '\0');
	if (err != E_OK)
		return command_fail(&u, err, why.p);
	if (u.help)
		return print_help(arena, &u);
	if (!u.command && usage_has(&u, "version"))
		return command_version(&u);
	if (!u.command)
		return command_fail(&u, E_USAGE, "no command");
	return u.command->run(&u);
}

int
main(int argc, char **argv)
{
	struct arena *arena;
	int code;

	if (sodium_init() < 0 || !(arena = arena_new(0))) {
		fputs("licetd: internal_error: cannot start\n", stderr);
		return err_info(E_INTERNAL)->exit;
	}
	process_setup();
	log_setup(LOG_INFO, LOG_AUTO, NULL);
	code = run(arena, argc, argv);
	arena_free(arena);
	return finish(code);
}
