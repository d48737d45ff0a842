/* The daemon's configuration: options.def as a struct, its loading and cross-checks. */
#ifndef LICET_SERVER_CONFIG_H
#define LICET_SERVER_CONFIG_H

#include "base/buf.h"
#include "base/conf.h"

#define CONFIG_DATA_DIR "/var/lib/licet"
#define CONFIG_FILE "/etc/licet/licetd.conf"

#define CONFIG_TYPE_TEXT char *
#define CONFIG_TYPE_FILE char *
#define CONFIG_TYPE_LIST struct conf_list
#define CONFIG_TYPE_INT int64_t
#define CONFIG_TYPE_BOOL bool
#define CONFIG_TYPE_DURATION int64_t
#define CONFIG_TYPE_SIZE int64_t
#define CONFIG_TYPE_RATE struct conf_rate
#define CONFIG_TYPE_CHOICE int

struct config {
#define OPT(member, key, type, fallback, min, max, choices, reload, help)                \
	CONFIG_TYPE_##type member;
#include "server/options.def"
#undef OPT
};

extern const struct conf_option config_options[];
extern const size_t config_n_options;

/* What the command line says about configuration; all borrowed. */
struct config_source {
	const char *data_dir; /* absolute */
	const char *file;     /* NULL: DIR/licetd.conf, then SYSCONFDIR, neither needed */
	const char *const *set; /* --set, NULL-terminated */
	bool dev;
};

struct config_result {
	struct config config;
	struct conf_load load; /* origins and faults */
	const char *file;      /* the file that was read, NULL when none */
};

/*
 * Loads and cross-checks: TLS pairs, plain HTTP outside loopback without behind_proxy,
 * dev outside loopback, v4.sign outside dev. E_CONFIG: faults in result->load.
 * E_NOT_FOUND: the file named does not exist. Everything lies in the arena.
 */
must_check enum err
config_load(struct arena *, const struct config_source *, struct config_result *);
/* A sample file with every option, its default and help, commented out. */
void
config_print_sample(struct buf *);
/* The option section of licetd.conf.5 in mdoc. */
void
config_print_manual(struct buf *);

#endif
