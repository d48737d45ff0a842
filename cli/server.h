/* Which server to speak to, and as whom (cli.md 3.1). */
#ifndef LICET_CLI_SERVER_H
#define LICET_CLI_SERVER_H

#include "cli/cli.h"

/* Fills cli->server once: options, environment, LICET_DATA, context in use, the default
 * socket. */
must_check enum err
server_find(struct cli *);
/*
 * https anywhere; http on loopback only, since the token would be seen on the way. Sets
 * the problem.
 */
must_check enum err
server_check_url(struct cli *, const char *url);

/* ${XDG_CONFIG_HOME:-~/.config}/licet/contexts, NULL without a home. */
const char *
context_dir(struct cli *);
/* 1 to 64 of A-Z a-z 0-9 . _ -, no dot in front. */
bool
context_name_valid(const char *name);
must_check enum err
context_load(struct cli *, const char *name, struct server *);
/* The name in use; NULL: none. */
const char *
context_in_use(struct cli *);

#endif
