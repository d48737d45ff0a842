#include "server/command.h"

#include <stdio.h>
#include <string.h>

#include "base/metric.h"

static void
print_errors(struct buf *out)
{
	for (int e = 1; e < E_MAX; e++) {
		const struct err_info *info = err_info((enum err)e);

		buf_printf(out, "%s\t%d\t%d\t%s\t%s\tE_%s\n", info->code, info->http,
		    info->exit, info->message, info->next, info->name);
	}
}

static void
print_options(struct buf *out)
{
	for (size_t i = 0; i < config_n_options; i++)
		buf_printf(
		    out, "%s\t%s\n", config_options[i].key, config_options[i].help);
}

static void
print_manual(struct buf *out)
{
	usage_print_manual(out, &licetd_program);
}

static void
print_commands(struct buf *out)
{
	for (size_t i = 0; i < licetd_program.n_commands; i++)
		buf_printf(out, "%s\t%s\n", licetd_program.command[i].name,
		    licetd_program.command[i].purpose);
}

static void
print_bash(struct buf *out)
{
	usage_print_completion(out, &licetd_program, "bash");
}

int
command_print(struct usage *u)
{
	static const struct {
		const char *name;
		void (*print)(struct buf *);
	} lists[] = {
		{ "routes", api_print_routes },
		{ "errors", print_errors },
		{ "options", print_options },
		{ "commands", print_commands },
		{ "sample", config_print_sample },
		{ "metrics", metric_print },
		{ "manual", print_manual },
		{ "config-manual", config_print_manual },
		{ "completion", print_bash },
	};
	struct buf out = BUF_INIT(u->arena);

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		if (strcmp(lists[i].name, u->arg[0]) == 0) {
			lists[i].print(&out);
			fwrite(out.p, 1, out.n, stdout);
			return 0;
		}
	buf_str(&out, "known lists:");
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		buf_printf(&out, " %s", lists[i].name);
	buf_char(&out, '\0');
	return command_fail(u, E_USAGE, out.p);
}
