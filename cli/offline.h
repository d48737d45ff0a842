/* What the commands of a machine without a network share (cli.md 3.3): no server. */
#ifndef LICET_CLI_OFFLINE_H
#define LICET_CLI_OFFLINE_H

#include "cli/body.h"
#include "cli/cli.h"
#include "offline/carrier.h"
#include "offline/licet.h"

#define OFFLINE_OBJECTS_MAX 4096 /* of one file */

/* An option without which the command cannot go on. */
must_check enum err
offline_option(struct cli *, const char *name, const char **value);
/* Of --dir and --hardware-id; product may be NULL. To be closed by licet_close, on errors
 * too. */
must_check enum err
offline_open(struct cli *, const char *product, struct licet **);
/* The error of the call, with its explanation. Never E_OK. */
enum err
offline_problem(struct cli *, const struct licet *, enum licet_err);
/* Without a handle. */
enum err
offline_problem_of(struct cli *, enum licet_err, const char *what);
/* Every object of the file, in whatever carrier. */
must_check enum err
offline_read(struct cli *, const char *path, struct carrier_list *);

/* Members of JSON answers; seconds since 1970, FIELD_NONE is null. */
struct json
offline_instant(struct cli *, int64_t seconds);
struct json
offline_int(int64_t n);
struct json
offline_hex(struct cli *, const void *p, size_t n);
/* "until 2026-05-30 (90 days)" or "no end". */
void
offline_print_lease(struct cli *, int64_t from, int64_t until);

#endif
