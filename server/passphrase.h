/* Where the passphrase of the keys comes from (cli.md 2.4, keys.passphrase_file; 2.2). */
#ifndef LICET_SERVER_PASSPHRASE_H
#define LICET_SERVER_PASSPHRASE_H

#include "base/secret.h"
#include "server/config.h"

/*
 * For the keys in dir: the option's file, the service manager's credential,
 * LICET_PASSPHRASE (taken out of the environment), a prompt on a terminal; E_OK and NULL
 * when no key there is sealed. E_KEY: sealed and no passphrase to be had; E_NOT_PRIVATE,
 * E_NOT_FOUND of the file.
 */
must_check enum err
passphrase_find(const struct config *, const char *dir, struct secret **out);
/* It lies in a file, the option's or the service manager's, and can be read again. */
bool
passphrase_is_kept_elsewhere(const struct config *);
/* From that file, any thread. E_KEY: there is none. */
must_check enum err
passphrase_again(const struct config *, struct secret **out);
/* The passphrase of a backup, where no key file is there to ask: the same sources. */
must_check enum err
passphrase_for_backup(const struct config *, struct secret **out);

#endif
