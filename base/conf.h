/*
 * INI configuration behind an option table (libinih's ini_parse_stream with our own
 * reader, which counts lines and refuses long ones). Precedence: command line --set,
 * environment, file, default. Every fault names its origin: FILE:LINE, an environment
 * name or --set.
 */
#ifndef LICET_BASE_CONF_H
#define LICET_BASE_CONF_H

#include "base/arena.h"
#include "base/err.h"

enum conf_type {
	CONF_TEXT,     /* char * */
	CONF_FILE,     /* char *, made absolute against the data directory */
	CONF_LIST,     /* struct conf_list, by comma */
	CONF_INT,      /* int64_t */
	CONF_BOOL,     /* bool; yes/no */
	CONF_DURATION, /* int64_t microseconds: 500ms 30s 2m 24h 30d; a bare 0 */
	CONF_SIZE,     /* int64_t bytes: 64K 8M 4G */
	CONF_RATE,     /* struct conf_rate: N/UNIT [burst M] */
	CONF_CHOICE    /* int, index into choices ("a|b|c") */
};

enum conf_origin { CONF_DEFAULT, CONF_FROM_FILE, CONF_FROM_ENV, CONF_FROM_LINE };

struct conf_list {
	char **item;
	size_t n;
};

struct conf_rate {
	int64_t n;     /* events; 0 = no limit */
	int64_t per;   /* in this many microseconds */
	int64_t burst; /* bucket size */
};

struct conf_option {
	const char *key; /* "server.listen" */
	enum conf_type type;
	size_t offset;        /* in the config struct */
	const char *fallback; /* default as text, NULL = empty */
	int64_t min, max;     /* max 0: no upper bound */
	const char *choices;
	bool reloadable;
	bool secret; /* refused in --set, hidden in --show-origin */
	const char *help;
};

struct conf_fault {
	const char *origin; /* "FILE:12", "LICET_SERVER_LISTEN", "--set" */
	const char *key;
	const char *message;
};

struct conf_load {
	struct arena *arena;
	const struct conf_option *option;
	size_t n;
	const char *dir;    /* base of relative paths */
	const char *file;   /* NULL: no file */
	char **environ;     /* may be NULL */
	const char *prefix; /* "LICET_" */
	const char *const
	    *ignore; /* names under the prefix that are no options, NULL-ended */
	const char *const *set; /* "key=value", NULL-terminated; may be NULL */
	/* out: */
	enum conf_origin *origin; /* one for each option */
	struct conf_fault *fault;
	size_t n_faults;
};

/* Fills conf; E_CONFIG when there are faults (all are collected), E_NOT_FOUND when `file`
 * is given but absent, E_IO, E_NO_MEMORY. */
must_check enum err
conf_load(struct conf_load *, void *conf);
/* An option's value as it would stand in a file. */
char *
conf_show(struct arena *, const struct conf_option *, const void *conf);
/* One option's value from src to dst (shallow: texts are shared). */
void
conf_copy_value(const struct conf_option *, void *dst, const void *src);
/* One value of the type, for command lines too. */
must_check bool
conf_parse_duration(struct slice s, int64_t *us);
must_check bool
conf_parse_rate(struct slice s, struct conf_rate *out);
must_check bool
conf_parse_size(struct slice s, int64_t *out);

#endif
