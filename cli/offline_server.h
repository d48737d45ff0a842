/* The server's side of `licet offline`: what was issued, and what is revoked. */
#ifndef LICET_CLI_OFFLINE_SERVER_H
#define LICET_CLI_OFFLINE_SERVER_H

#include "cli/call.h"
#include "offline/carrier.h"
#include "offline/claims.h"

/* The one object of this kind behind a path of the API. */
must_check enum err
offline_fetch(struct cli *, const char *path, enum object_kind, struct carrier_list *);
/* The current list of revocations. */
must_check enum err
offline_fetch_revocations(
    struct cli *, struct carrier_list *, struct claims_revocations *);

/* "revoked   pc-2, serial 1, revocation list 2"; a row of devices or of activations.
 * revoked: the number of the list is told to those who may see it. */
void
offline_print_device(
    struct cli *, const char *word, const struct json *row, bool revoked);
/* "seat      counted until 2026-05-30; free it now: …"; until: FIELD null or an instant.
 */
void
offline_print_counted(struct cli *, const struct json *until, int64_t device);

#endif
