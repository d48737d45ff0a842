#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/conf.h"
#include "cli/value.h"

#define REASON_MIN 3
#define REASON_MAX 500

const char *
cli_arg(const struct cli *cli, int n)
{
	return n < cli->usage->n_args ? cli->usage->arg[n] : NULL;
}

const char *
cli_option(const struct cli *cli, const char *name)
{
	return usage_get(cli->usage, name);
}

bool
cli_has(const struct cli *cli, const char *name)
{
	return usage_has(cli->usage, name);
}

static enum err
read_mode(struct cli *cli)
{
	int n = cli_has(cli, "json") + cli_has(cli, "csv") + cli_has(cli, "field");

	if (n > 1)
		return problem_set(cli, E_USAGE, "give one of --json, --csv and --field");
	cli->mode = OUT_TEXT;
	if (cli_has(cli, "json"))
		cli->mode = OUT_JSON;
	else if (cli_has(cli, "csv"))
		cli->mode = OUT_CSV;
	else if (cli_has(cli, "field"))
		cli->mode = OUT_FIELD;
	cli->field = cli_option(cli, "field");
	return E_OK;
}

static enum err
read_reason(struct cli *cli)
{
	size_t n;

	cli->reason = cli_option(cli, "reason");
	if (!cli->reason)
		return cli->usage->command->flags & USAGE_REASON
		           ? problem_set(cli, E_REASON_REQUIRED, NULL)
		           : E_OK;
	n = strlen(cli->reason);
	if (n < REASON_MIN || n > REASON_MAX)
		return problem_set(cli, E_REASON_REQUIRED, NULL);
	return E_OK;
}

static enum err
read_common(struct cli *cli)
{
	const char *timeout = cli_option(cli, "timeout");
	enum err e = read_mode(cli);

	cli->dry_run = cli_has(cli, "dry-run");
	cli->quiet = cli_has(cli, "quiet");
	cli->color = !cli_has(cli, "no-color") && !getenv("NO_COLOR") &&
	             isatty(STDOUT_FILENO) == 1;
	cli->timeout = 30 * CLOCK_SECOND;
	if (!e && timeout &&
	    (!conf_parse_duration(slice_str(timeout), &cli->timeout) ||
		cli->timeout <= 0))
		e = problem_set(cli, E_USAGE,
		    "--timeout wants a duration such as 30s or 2m, not: %s", timeout);
	return e ? e : read_reason(cli);
}

/* Only y or yes goes on. */
static bool
is_yes(const char *line)
{
	return strcmp(line, "y\n") == 0 || strcmp(line, "yes\n") == 0;
}

static void
ask(const struct cli *cli)
{
	struct buf text = BUF_INIT(NULL);

	buf_str(&text, cli->usage->command->name);
	for (int i = 0; i < cli->usage->n_args; i++) {
		buf_char(&text, ' ');
		value_safe(&text, slice_str(cli->usage->arg[i]));
	}
	buf_str(&text, ": go on? [y/N] ");
	fwrite(text.p, 1, buf_ok(&text) ? text.n : 0, stderr);
	fflush(stderr);
	buf_free(&text);
}

static enum err
confirm(struct cli *cli)
{
	char line[16];

	if (!(cli->usage->command->flags & USAGE_CONFIRM) || cli_has(cli, "yes") ||
	    cli->dry_run)
		return E_OK;
	if (isatty(STDIN_FILENO) != 1)
		return problem_set(cli, E_CONFIRM, NULL);
	ask(cli);
	if (!fgets(line, sizeof(line), stdin) || !is_yes(line))
		return problem_set(cli, E_CONFIRM, "not confirmed, nothing was changed");
	return E_OK;
}

int
cli_run(struct usage *u)
{
	struct cli cli = { .usage = u,
		.verb = u->command->data,
		.arena = u->arena,
		.out = BUF_INIT(NULL) };
	enum err e = read_common(&cli);

	if (!e)
		e = confirm(&cli);
	if (!e)
		e = cli.verb->run(&cli);
	if (!e)
		e = out_flush(&cli);
	buf_free(&cli.out);
	return e ? problem_print(&cli) : cli.exit;
}
