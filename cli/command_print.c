#include "cli/command.h"

#include <string.h>

#include <config.h>
#include "cli/body.h"
#include "cli/rows.h"

static void
print_commands(struct buf *out)
{
	for (size_t i = 0; i < licet_program.n_commands; i++)
		buf_printf(out, "%s\t%s\n", licet_program.command[i].name,
		    licet_program.command[i].purpose);
}

static void
print_manual(struct buf *out)
{
	usage_print_manual(out, &licet_program);
}

enum err
command_print(struct cli *cli)
{
	static const struct {
		const char *name;
		void (*print)(struct buf *);
	} lists[] = { { "commands", print_commands }, { "manual", print_manual } };

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		if (strcmp(lists[i].name, cli_arg(cli, 0)) == 0) {
			lists[i].print(&cli->out);
			return out_flush(cli);
		}
	return problem_set(
	    cli, E_USAGE, "known lists: commands, manual; not %s", cli_arg(cli, 0));
}

enum err
command_completion(struct cli *cli)
{
	if (!usage_print_completion(&cli->out, &licet_program, cli_arg(cli, 0)))
		return problem_set(cli, E_USAGE, "known shells: bash, zsh, fish; not %s",
		    cli_arg(cli, 0));
	return out_flush(cli);
}

enum err
command_version(struct cli *cli)
{
	struct body body = BODY_INIT(cli->arena);
	enum err e;

	body_set(&body, "version", body_text(PACKAGE_VERSION));
	body_set(&body, "commit", body_text(LICET_COMMIT));
	if (body.failed)
		return cli_no_memory(cli);
	if (object_print(cli, SLICE_NULL, &body.json, &e))
		return e;
	buf_printf(&cli->out, "licet %s (%s)\n", PACKAGE_VERSION, LICET_COMMIT);
	return out_flush(cli);
}
