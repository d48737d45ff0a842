#include "base/usage.h"

#include <getopt.h>
#include <string.h>

#define LETTER_BASE 256

/* Every option of the program once; getopt's val is LETTER_BASE + index. */
struct option_union {
	const struct usage_option **item;
	size_t n, cap;
};

static bool
union_add(struct arena *arena, struct option_union *u, const struct usage_option *options)
{
	for (const struct usage_option *o = options; o && o->name; o++) {
		size_t i = 0;

		while (i < u->n && strcmp(u->item[i]->name, o->name) != 0)
			i++;
		if (i < u->n)
			continue;
		if (u->n == u->cap) {
			size_t cap = u->cap ? u->cap * 2 : 64;
			const struct usage_option **grown =
			    arena_array(arena, cap, sizeof(*grown));

			if (!grown)
				return false;
			if (u->n)
				memcpy(grown, u->item, u->n * sizeof(*grown));
			u->item = grown;
			u->cap = cap;
		}
		u->item[u->n++] = o;
	}
	return true;
}

static bool
union_make(
    const struct usage_program *program, struct arena *arena, struct option_union *u)
{
	if (!union_add(arena, u, program->common))
		return false;
	for (size_t i = 0; i < program->n_commands; i++)
		if (!union_add(arena, u, program->command[i].option))
			return false;
	return true;
}

static unsigned
edit_distance(const char *a, const char *b)
{
	unsigned row[64];
	size_t n = strlen(b);

	if (n >= ARRAY_LEN(row) || strlen(a) >= ARRAY_LEN(row))
		return ARRAY_LEN(row);
	for (size_t j = 0; j <= n; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; a[i - 1]; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= n; j++) {
			unsigned above = row[j];
			unsigned best = diagonal + (a[i - 1] != b[j - 1]);

			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diagonal = above;
		}
	}
	return row[n];
}

static void
why_option(struct buf *why, const struct option_union *u, const char *text)
{
	const char *name = text + strspn(text, "-");
	const char *best = NULL;
	unsigned least = 3;

	buf_printf(why, "unknown option %s", text);
	for (size_t i = 0; i < u->n; i++) {
		unsigned d = edit_distance(name, u->item[i]->name);

		if (d < least) {
			least = d;
			best = u->item[i]->name;
		}
	}
	if (best)
		buf_printf(why, "; did you mean --%s?", best);
}

static void
why_command(struct buf *why, const struct usage_program *program, const char *words)
{
	const char *best = NULL;
	unsigned least = 4;

	buf_printf(why, "unknown command \"%s\"", words);
	for (size_t i = 0; i < program->n_commands; i++) {
		unsigned d = edit_distance(words, program->command[i].name);

		if (d < least) {
			least = d;
			best = program->command[i].name;
		}
	}
	if (best)
		buf_printf(why, "; did you mean \"%s\"?", best);
}

static bool
name_is(const char *name, const char *first, const char *second)
{
	size_t n = strlen(first);

	if (!second)
		return strcmp(name, first) == 0;
	return strncmp(name, first, n) == 0 && name[n] == ' ' &&
	       strcmp(name + n + 1, second) == 0;
}

/* Two words first, so that "key" and "key add" could both be commands. */
static const struct usage_command *
find_command(const struct usage_program *program, char **word, int n, int *used)
{
	for (int words = 2; words >= 1; words--) {
		if (words > n)
			continue;
		for (size_t i = 0; i < program->n_commands; i++)
			if (name_is(program->command[i].name, word[0],
				words == 2 ? word[1] : NULL)) {
				*used = words;
				return &program->command[i];
			}
	}
	return NULL;
}

static const struct usage_option *
option_in(const struct usage_option *options, const char *name)
{
	for (const struct usage_option *o = options; o && o->name; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	return NULL;
}

/* The command's own row counts: it says whether the option may be repeated. */
static enum err
check_values(struct usage *out, struct buf *why)
{
	for (size_t i = 0; i < out->n_values; i++) {
		const char *name = out->value[i].option->name;
		const struct usage_option *o = option_in(out->command->option, name);

		if (!o)
			o = option_in(out->program->common, name);
		if (!o) {
			buf_printf(
			    why, "\"%s\" takes no option --%s", out->command->name, name);
			return E_USAGE;
		}
		out->value[i].option = o;
		for (size_t j = 0; j < i && !o->many; j++)
			if (strcmp(out->value[j].option->name, name) == 0) {
				buf_printf(why, "option --%s was given twice", name);
				return E_USAGE;
			}
	}
	return E_OK;
}

static enum err
check_args(const struct usage *out, struct buf *why)
{
	const struct usage_command *c = out->command;

	if (out->n_args >= c->min_args && (c->max_args < 0 || out->n_args <= c->max_args))
		return E_OK;
	if (out->n_args < c->min_args)
		buf_printf(why, "\"%s\" wants %s", c->name, c->args);
	else
		buf_printf(why, "\"%s\" takes no argument \"%s\"", c->name,
		    out->arg[c->max_args]);
	return E_USAGE;
}

static struct option *
make_long_options(struct arena *arena, const struct option_union *u, struct buf *letters)
{
	struct option *longs = arena_array(arena, u->n + 1, sizeof(*longs));

	if (!longs)
		return NULL;
	buf_char(letters, ':');
	for (size_t i = 0; i < u->n; i++) {
		const struct usage_option *o = u->item[i];

		longs[i] = (struct option){ .name = o->name,
			.has_arg = o->arg ? required_argument : no_argument,
			.val = LETTER_BASE + (int)i };
		if (o->letter) {
			buf_char(letters, o->letter);
			if (o->arg)
				buf_char(letters, ':');
		}
	}
	buf_char(letters, '\0');
	return buf_ok(letters) ? longs : NULL;
}

static const struct usage_option *
option_of(const struct option_union *u, int c)
{
	if (u->item && c >= LETTER_BASE)
		return u->item[c - LETTER_BASE];
	for (size_t i = 0; i < u->n; i++)
		if (u->item[i]->letter == c)
			return u->item[i];
	return NULL;
}

static enum err
parse_options(const struct option_union *u, int argc, char **argv, struct usage *out,
    struct buf *why)
{
	struct buf letters = BUF_INIT(out->arena);
	struct option *longs = make_long_options(out->arena, u, &letters);
	int c;

	if (!longs)
		return E_NO_MEMORY;
	optind = 0; /* GNU: start afresh */
	opterr = 0;
	while ((c = getopt_long(argc, argv, letters.p, longs, NULL)) != -1) {
		const struct usage_option *o = option_of(u, c);

		if (c == '?' || !o) {
			if (c == ':')
				buf_printf(
				    why, "option %s wants a value", argv[optind - 1]);
			else
				why_option(why, u, argv[optind - 1]);
			return E_USAGE;
		}
		if (out->n_values == USAGE_VALUES_MAX) {
			buf_str(why, "too many options");
			return E_USAGE;
		}
		if (strcmp(o->name, "help") == 0)
			out->help = true;
		out->value[out->n_values].option = o;
		out->value[out->n_values++].value = o->arg ? optarg : "";
	}
	return E_OK;
}

enum err
usage_parse(const struct usage_program *program, struct arena *arena, int argc,
    char **argv, struct usage *out, struct buf *why)
{
	struct option_union u = { NULL, 0, 0 };
	int used = 0;
	enum err err;

	*out = (struct usage){ .program = program, .arena = arena };
	if (!union_make(program, arena, &u))
		return E_NO_MEMORY;
	err = parse_options(&u, argc, argv, out, why);
	if (err != E_OK)
		return err;
	out->arg = argv + optind;
	out->n_args = argc - optind;
	if (out->n_args > 0)
		out->command = find_command(program, out->arg, out->n_args, &used);
	if (out->n_args > 0 && !out->command && !out->help) {
		const char *words = out->n_args > 1 ? arena_printf(arena, "%s %s",
							  out->arg[0], out->arg[1])
		                                    : out->arg[0];

		why_command(why, program, words ? words : out->arg[0]);
		return E_USAGE;
	}
	out->arg += used;
	out->n_args -= used;
	if (out->help || !out->command)
		return E_OK;
	err = check_values(out, why);
	return err != E_OK ? err : check_args(out, why);
}

const char *
usage_get(const struct usage *u, const char *option)
{
	for (size_t i = u->n_values; i > 0; i--)
		if (strcmp(u->value[i - 1].option->name, option) == 0)
			return u->value[i - 1].value;
	return NULL;
}

bool
usage_has(const struct usage *u, const char *option)
{
	return usage_get(u, option) != NULL;
}

const char *const *
usage_all(const struct usage *u, const char *option)
{
	const char **all = arena_array(u->arena, u->n_values + 1, sizeof(*all));
	size_t n = 0;

	for (size_t i = 0; all && i < u->n_values; i++)
		if (strcmp(u->value[i].option->name, option) == 0)
			all[n++] = u->value[i].value;
	return all;
}
