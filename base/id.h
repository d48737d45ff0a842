/* Random identifiers, license keys, Crockford base32. Random bytes are libsodium's. */
#ifndef LICET_BASE_ID_H
#define LICET_BASE_ID_H

#include "base/arena.h"
#include "base/err.h"

#define ID_UUID_LEN 36
#define ID_INT_MAX 9007199254740991 /* 2^53 - 1, license-api-v4.md 1.1 */

void
id_uuid(char out[static ID_UUID_LEN + 1]); /* version 4, lower case */
/* n random symbols of [A-Za-z0-9], no NUL added. */
void
id_alnum(char *out, size_t n);
/* n random bytes as base64url with a prefix, for example "lmk_": NULL when out of memory.
 */
char *
id_token(struct arena *, const char *prefix, size_t n);

/*
 * management-api.md 3.1: each '*' a random Crockford base32 symbol, the last one the
 * check symbol (first byte of BLAKE2b-256 of the text before it, mod 32).
 */
bool
id_key_format_valid(struct slice format);
char *
id_license_key(struct arena *, struct slice format); /* NULL when out of memory */
/* The key with all but its last group masked: "*****-*****-7JTP9"; a key without '-'
 * keeps its last 4 symbols. */
char *
id_key_mask(struct arena *, struct slice key);

#endif
