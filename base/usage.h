/*
 * Command lines of both programs from one table each: parsing (getopt_long), help, "did
 * you mean", shell completion, and the synopsis of the manual (cli.md 1).
 */
#ifndef LICET_BASE_USAGE_H
#define LICET_BASE_USAGE_H

#include "base/buf.h"

struct usage;

struct usage_option {
	const char *name; /* long name; options of one name have an argument everywhere or
	                     nowhere */
	char letter;      /* 0: none */
	const char *arg;  /* "FILE"; NULL: a flag */
	bool many;        /* may be given more than once */
	const char *help;
};

enum usage_flag {
	USAGE_REASON = 1 << 0,  /* R: --reason is required */
	USAGE_CONFIRM = 1 << 1, /* !: asks for confirmation unless --yes */
	USAGE_LOCAL = 1 << 2    /* needs no server */
};

struct usage_command {
	const char *name;       /* one or two words: "license issue" */
	const char *args;       /* "PRODUCT", "" */
	int min_args, max_args; /* max -1: any number */
	unsigned flags;
	const char *purpose;               /* one line */
	const char *example;               /* one line */
	const struct usage_option *option; /* ends with name == NULL; may be NULL */
	int (*run)(struct usage *);        /* exit code */
	const void *data;                  /* the program's own */
};

struct usage_program {
	const char *name;
	const char *purpose;
	const struct usage_command *command;
	size_t n_commands;
	const struct usage_option *common; /* ends with name == NULL */
};

#define USAGE_VALUES_MAX 256

struct usage {
	const struct usage_program *program;
	const struct usage_command *command; /* NULL: none on the line */
	struct arena *arena;
	struct {
		const struct usage_option *option;
		const char *value; /* "" for flags */
	} value[USAGE_VALUES_MAX];
	size_t n_values;
	char **arg; /* behind the command's words, NULL-terminated */
	int n_args;
	bool help;
	void *context; /* the program's own */
};

/*
 * E_OK, or E_USAGE with one line in *why (unknown command or option with "did you mean",
 * missing or surplus arguments, an option that the command does not take). --help sets
 * out->help and skips the checks.
 */
must_check enum err
usage_parse(const struct usage_program *, struct arena *, int argc, char **argv,
    struct usage *out, struct buf *why);
/* NULL when it was not given; the last one when given twice. */
const char *
usage_get(const struct usage *, const char *option);
bool
usage_has(const struct usage *, const char *option);
/* All values of a repeatable option, NULL-terminated, never NULL but when out of memory.
 */
const char *const *
usage_all(const struct usage *, const char *option);

/* Help of the command, or of the whole program when command is NULL. */
void
usage_print_help(
    struct buf *, const struct usage_program *, const struct usage_command *);
/* shell is "bash", "zsh" or "fish"; false for others. */
bool
usage_print_completion(struct buf *, const struct usage_program *, const char *shell);
/* Commands with their options in mdoc. */
void
usage_print_manual(struct buf *, const struct usage_program *);

#endif
