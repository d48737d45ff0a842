/*
 * One run of licet: the parsed line, what was asked of all commands, the server, and what
 * went wrong. Functions return an error after they have set cli->problem; the one place
 * that prints it is problem_print.
 */
#ifndef LICET_CLI_CLI_H
#define LICET_CLI_CLI_H

#include "base/json.h"
#include "base/usage.h"

struct noun;
struct option_field;
struct cli;

/* What a command does: usage_command.data of every row. */
struct verb {
	enum err (*run)(struct cli *);
	const struct noun *noun;
	const struct option_field *fields; /* of add and edit */
	const char *action;                /* "archive": POST {noun}/{id}/archive/ */
	const char *done;                  /* "archived": first word of the answer */
};

enum output_mode { OUT_TEXT, OUT_JSON, OUT_FIELD, OUT_CSV };

struct server {
	const char *socket; /* or url, never both */
	const char *url;
	const char *token;   /* NULL: none */
	const char *context; /* its name, NULL */
	bool found;
};

struct problem {
	enum err err;
	struct slice body;       /* the API's error body; null: found by licet itself */
	const struct json *json; /* the same, parsed */
	const char *why;         /* may be NULL */
};

struct cli {
	const struct usage *usage;
	const struct verb *verb;
	struct arena *arena;
	struct buf out; /* on its own memory: see out_flush */
	enum output_mode mode;
	const char *field;  /* --field */
	const char *reason; /* --reason, or NULL */
	bool dry_run, quiet, color;
	int64_t timeout;
	struct server server;
	struct problem problem;
	int exit; /* of a command that ends without a problem */
};

/* usage_command.run of every row. */
int
cli_run(struct usage *);
/* Argument n of the command, NULL when it was not given. */
const char *
cli_arg(const struct cli *, int n);
const char *
cli_option(const struct cli *, const char *name);
bool
cli_has(const struct cli *, const char *name);
/* The arena's memory is out: every helper that cannot go on returns this. */
enum err
cli_no_memory(struct cli *);

/* A fault found here; fmt may be NULL. Returns err. */
enum err
problem_set(struct cli *, enum err err, const char *fmt, ...) printf_like(3, 4);
/* The API's error body with the status it came with. Returns its error, never E_OK. */
enum err
problem_from_api(struct cli *, int status, struct slice body);
/* On standard error, as --json says; the exit code. */
int
problem_print(const struct cli *);
/* The text of it. */
void
problem_text(struct buf *, const struct problem *, bool json);

/* Writes what is in cli->out to standard output and empties it. */
must_check enum err
out_flush(struct cli *);

#endif
