#include "base/usage.h"

#include <string.h>

static void
print_option(struct buf *out, const struct usage_option *o)
{
	size_t start = out->n;

	buf_str(out, "  ");
	if (o->letter)
		buf_printf(out, "-%c, ", o->letter);
	buf_printf(out, "--%s%s%s", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
	while (buf_ok(out) && out->n - start < 30)
		buf_char(out, ' ');
	buf_printf(out, " %s%s\n", o->help, o->many ? " (repeatable)" : "");
}

static void
print_options(struct buf *out, const char *title, const struct usage_option *options)
{
	if (!options || !options->name)
		return;
	buf_printf(out, "\n%s:\n", title);
	for (const struct usage_option *o = options; o->name; o++)
		print_option(out, o);
}

static void
print_command(
    struct buf *out, const struct usage_program *p, const struct usage_command *c)
{
	buf_printf(out, "%s\n\nusage: %s %s%s%s [options]\n", c->purpose, p->name,
	    c->name, *c->args ? " " : "", c->args);
	print_options(out, "options", c->option);
	print_options(out, "common options", p->common);
	if (c->flags & USAGE_REASON)
		buf_str(out, "\nThis command wants --reason TEXT.\n");
	if (c->flags & USAGE_CONFIRM)
		buf_str(out, "\nThis command asks before it acts; --yes answers.\n");
	buf_printf(out, "\nexample:\n  %s\n", c->example);
}

void
usage_print_help(
    struct buf *out, const struct usage_program *p, const struct usage_command *c)
{
	if (c) {
		print_command(out, p, c);
		return;
	}
	buf_printf(out, "%s: %s\n\nusage: %s COMMAND [options]\n\ncommands:\n", p->name,
	    p->purpose, p->name);
	for (size_t i = 0; i < p->n_commands; i++)
		buf_printf(
		    out, "  %-26s %s\n", p->command[i].name, p->command[i].purpose);
	print_options(out, "common options", p->common);
	buf_printf(out, "\nhelp on a command, with an example:\n  %s %s --help\n",
	    p->name, p->n_commands ? p->command[0].name : "COMMAND");
}

static void
print_bash(struct buf *out, const struct usage_program *p)
{
	buf_printf(out,
	    "_%s() {\n\tlocal line=\"${COMP_LINE%% *}\" words\n\tcase $line in\n",
	    p->name);
	for (size_t i = 0; i < p->n_commands; i++) {
		const struct usage_command *c = &p->command[i];

		buf_printf(out, "\t\"%s %s\"*) words=\"", p->name, c->name);
		for (const struct usage_option *o = c->option; o && o->name; o++)
			buf_printf(out, "--%s ", o->name);
		for (const struct usage_option *o = p->common; o && o->name; o++)
			buf_printf(out, "--%s ", o->name);
		buf_str(out, "\" ;;\n");
	}
	buf_str(out, "\t*) words=\"");
	for (size_t i = 0; i < p->n_commands; i++)
		buf_printf(out, "%s ", p->command[i].name);
	buf_printf(out,
	    "\" ;;\n\tesac\n"
	    "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -f -- "
	    "\"${COMP_WORDS[COMP_CWORD]}\")\n"
	    "}\ncomplete -o default -F _%s %s\n",
	    p->name, p->name);
}

static void
print_zsh(struct buf *out, const struct usage_program *p)
{
	buf_printf(
	    out, "#compdef %s\nautoload -U bashcompinit && bashcompinit\n", p->name);
	print_bash(out, p);
}

static void
fish_text(struct buf *out, const char *s)
{
	buf_char(out, '\'');
	for (; *s; s++) {
		if (*s == '\'' || *s == '\\')
			buf_char(out, '\\');
		buf_char(out, *s);
	}
	buf_char(out, '\'');
}

static void
print_fish(struct buf *out, const struct usage_program *p)
{
	for (size_t i = 0; i < p->n_commands; i++) {
		const struct usage_command *c = &p->command[i];

		buf_printf(out, "complete -c %s -n __fish_use_subcommand -a ", p->name);
		fish_text(out, c->name);
		buf_str(out, " -d ");
		fish_text(out, c->purpose);
		buf_char(out, '\n');
		for (const struct usage_option *o = c->option; o && o->name; o++) {
			buf_printf(out,
			    "complete -c %s -n '__fish_seen_subcommand_from %.*s' -l "
			    "%s%s -d ",
			    p->name, (int)strcspn(c->name, " "), c->name, o->name,
			    o->arg ? " -r" : "");
			fish_text(out, o->help);
			buf_char(out, '\n');
		}
	}
}

bool
usage_print_completion(struct buf *out, const struct usage_program *p, const char *shell)
{
	static const struct {
		const char *name;
		void (*print)(struct buf *, const struct usage_program *);
	} shells[] = { { "bash", print_bash }, { "zsh", print_zsh },
		{ "fish", print_fish } };

	for (size_t i = 0; i < ARRAY_LEN(shells); i++)
		if (strcmp(shells[i].name, shell) == 0) {
			shells[i].print(out, p);
			return true;
		}
	return false;
}

static void
manual_option(struct buf *out, const struct usage_option *o)
{
	buf_str(out, ".It ");
	if (o->letter)
		buf_printf(out, "Fl %c , ", o->letter);
	buf_printf(out, "Fl -%s", o->name);
	if (o->arg)
		buf_printf(out, " Ar %s", o->arg);
	buf_printf(out, "\n%s.\n", o->help);
}

static void
manual_command(struct buf *out, const struct usage_command *c)
{
	buf_printf(out, ".It Cm %s", c->name);
	if (*c->args)
		buf_printf(out, " Ar %s", c->args);
	buf_printf(out, "\n%s.\n", c->purpose);
	if (c->flags & USAGE_REASON)
		buf_str(out, "Wants\n.Fl -reason .\n");
	if (c->flags & USAGE_CONFIRM)
		buf_str(out, "Asks for confirmation unless\n.Fl -yes\nis given.\n");
	if (c->option && c->option->name) {
		buf_str(out, ".Bl -tag -width Ds -compact\n");
		for (const struct usage_option *o = c->option; o->name; o++)
			manual_option(out, o);
		buf_str(out, ".El\n");
	}
	buf_printf(
	    out, "Example:\n.Bd -literal -offset indent -compact\n%s\n.Ed\n", c->example);
}

void
usage_print_manual(struct buf *out, const struct usage_program *p)
{
	buf_str(out, ".Ss Options of all commands\n.Bl -tag -width Ds\n");
	for (const struct usage_option *o = p->common; o && o->name; o++)
		manual_option(out, o);
	buf_str(out, ".El\n.Ss Commands\n.Bl -tag -width Ds\n");
	for (size_t i = 0; i < p->n_commands; i++)
		manual_command(out, &p->command[i]);
	buf_str(out, ".El\n");
}
