/* New keys, and the public half of given private ones. */
#ifndef LICET_KEYS_GENERATE_H
#define LICET_KEYS_GENERATE_H

#include "base/secret.h"
#include "keys/key.h"

/* A random key, active, without bounds. E_NO_MEMORY. */
must_check enum err
key_generate(enum key_use, int64_t created, struct key *, struct secret **material);
/* The key of KEY_SECRET bytes of private material. E_KEY: another length. */
must_check enum err
key_from_secret(enum key_use, struct slice material, int64_t created, struct key *);

#endif
