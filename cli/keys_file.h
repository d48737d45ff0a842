/* Files that the commands on keys read. */
#ifndef LICET_CLI_KEYS_FILE_H
#define LICET_CLI_KEYS_FILE_H

#include "cli/cli.h"
#include "keys/key.h"

/* A public key: PEM, or the public half of a key file. use: of an Ed25519 key in PEM.
 * Sets the problem. */
must_check enum err
keys_file_public(struct cli *, const char *path, enum key_use use, struct key *);
/* That of the root which --root names. */
must_check enum err
keys_file_root(struct cli *, struct key *);

#endif
