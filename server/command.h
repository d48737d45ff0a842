/* The table of licetd's commands; one file each. */
#ifndef LICET_SERVER_COMMAND_H
#define LICET_SERVER_COMMAND_H

#include "base/usage.h"
#include "server/app.h"

extern const struct usage_program licetd_program;

/* Data directory (absolute), configuration and the rest of what every command reads. */
void
command_source(const struct usage *, struct config_source *);
/* Prints `licetd: code: message`, why and next on stderr (JSON with --json); the exit
 * code. why may be NULL. */
int
command_fail(const struct usage *, enum err, const char *why);

struct backup_summary;
void
command_print_backup(
    const struct usage *, const char *path, const struct backup_summary *);

int
command_init(struct usage *);
int
command_serve(struct usage *);
int
command_check_config(struct usage *);
int
command_backup(struct usage *);
int
command_restore(struct usage *);
int
command_verify(struct usage *);
int
command_version(struct usage *);
int
command_print(struct usage *);

#endif
