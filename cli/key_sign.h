/* The two header lines of an API key (license-api-v4.md 3.2), made without a server. */
#ifndef LICET_CLI_KEY_SIGN_H
#define LICET_CLI_KEY_SIGN_H

#include "base/buf.h"

/* The value of NAME=… on a line of its own; null when there is none. */
struct slice
key_line(struct slice file, const char *name);
/* "Date: …" and "Authorization: …", each with its line end. date: value of the header. */
void
key_sign(struct buf *, struct slice api_key, struct slice shared_key, struct slice date);

#endif
