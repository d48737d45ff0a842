/* Audit entries of seats that License API calls take and give back. */
#ifndef LICET_SERVER_ACTION_LEDGER_H
#define LICET_SERVER_ACTION_LEDGER_H

#include "server/action/bundle.h"

/* license.activated, after seat_take; `was` is seats_used before it. */
must_check enum err
ledger_activated(const struct lookup *, const struct part *, int64_t was);
/* license.deactivated, after seat_free. excess: consumption cut at the cap, 0: none. */
must_check enum err
ledger_deactivated(
    const struct lookup *, const struct part *, int64_t was, int64_t excess);

#endif
