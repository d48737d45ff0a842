/* Audit entries of seats that License API calls take and give back. */
#ifndef LICET_SERVER_ACTION_LEDGER_H
#define LICET_SERVER_ACTION_LEDGER_H

#include "server/action/bundle.h"

/* license.activated, after seat_take; `was` is seats_used before it. */
must_check enum err
ledger_activated(const struct lookup *, const struct part *, int64_t was);
/* Consumption cut at the cap; 0: none. */
struct ledger_excess {
	int64_t license, features;
};
/* license.deactivated, after seat_free. */
must_check enum err
ledger_deactivated(const struct lookup *, const struct part *, int64_t was,
    const struct ledger_excess *);

#endif
