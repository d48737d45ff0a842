/* Secrets typed on the terminal, without echo (cli.md 1). */
#ifndef LICET_BASE_PROMPT_H
#define LICET_BASE_PROMPT_H

#include "base/secret.h"

#define PASSPHRASE_MIN 12

/* E_USAGE: standard input is no terminal. E_VALIDATION: longer than 1024 bytes. E_IO,
 * E_NO_MEMORY. */
must_check enum err
prompt_secret(const char *question, struct secret **out);
/* Asks twice; E_VALIDATION also when it is shorter than PASSPHRASE_MIN or not the same.
 */
must_check enum err
prompt_new_secret(const char *question, struct secret **out);

#endif
