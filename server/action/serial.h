/*
 * Serials of activation objects: how they end, and which stand on the revocation list
 * (offline-activation.md 3.4, 6; license-api-v4.md 6.3). The list's number rises in the
 * transaction of every change of its contents.
 */
#ifndef LICET_SERVER_ACTION_SERIAL_H
#define LICET_SERVER_ACTION_SERIAL_H

#include "server/action/action.h"
#include "server/model/device.h"
#include "server/model/offline.h"

/* The contents of the list have changed: serials, barred devices, revoked keys. */
must_check enum err
serial_list_changed(struct action_ctx *);
/* Number of the list; 0 before the first change. */
must_check enum err
serial_list_number(struct txn *, int64_t *number);
/* A restored store leaves room for the serials and lists of the history it does not know.
 * E_DAMAGED: a counter that no store reaches. */
#define SERIAL_SKIP 1000000
must_check enum err
serial_skip(struct txn *);

/*
 * The seat of the row ends: before it is changed. Its serials, the last one and those of
 * which it took the place, go on the list unless their lease is over, and its issued
 * activation gets the state. Rows without serial: nothing.
 */
must_check enum err
serial_end(struct action_ctx *, const struct activation *, enum issued_state how);
/* The same for a seat that stays counted until the lease ends. */
must_check enum err
serial_revoke(struct action_ctx *, const struct activation *);

/* While an entry of the blacklist stands: not for scope vendor, which names devices. */
must_check enum err
serial_bar(struct action_ctx *, const struct activation *);
must_check enum err
serial_unbar(struct action_ctx *, const struct activation *);

#endif
