/*
 * licetd serve --dev (cli.md 2.3): a fresh data directory under $XDG_RUNTIME_DIR or /tmp
 * with unsealed keys, removed at exit, and a product, bundle, license and client key to
 * try.
 */
#ifndef LICET_SERVER_DEV_H
#define LICET_SERVER_DEV_H

#include "server/app.h"

/* Makes and initializes the directory; source then names it, with ports 0 where none were
 * set. */
must_check enum err
dev_make(struct arena *, struct config_source *);
/* Sample objects through the management API's own actions; prints the files with the
 * license key and the client key on stdout, above the ready line. */
must_check enum err
dev_fill(struct app *);
void
dev_remove(const char *dir);

#endif
