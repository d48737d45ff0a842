/* Look-ups in the blacklist (license-api-v4.md 6.7). */
#ifndef LICET_SERVER_ACTION_BLACKLIST_H
#define LICET_SERVER_ACTION_BLACKLIST_H

#include "server/action/action.h"

/*
 * An entry for this hardware_id with scope vendor, with the customer (FIELD_NONE: none),
 * or with the license (FIELD_NONE: vendor and customer scope only).
 */
must_check enum err
blacklist_hit(struct txn *, struct slice hardware_id, int64_t customer_id,
    int64_t license_id, bool *hit);

#endif
