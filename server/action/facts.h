/* Device facts of a call into an activation (license-api-v4.md 5.5): only those sent. */
#ifndef LICET_SERVER_ACTION_FACTS_H
#define LICET_SERVER_ACTION_FACTS_H

#include "server/action/client.h"

/* Shallow; null members of `sent` are left alone, is_vm unless has_is_vm. */
void
facts_merge(struct facts *kept, const struct facts *sent, bool has_is_vm);
/* Facts, peer address and last_seen_at of the call. */
void
facts_apply(struct activation *, const struct client_req *, int64_t now);

#endif
