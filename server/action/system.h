/* Records about the installation itself: epoch, first records of a store. */
#ifndef LICET_SERVER_ACTION_SYSTEM_H
#define LICET_SERVER_ACTION_SYSTEM_H

#include "server/action/signing.h"

#define SYSTEM_EPOCH_LEN 16

/* A copy goes a way of its own: a new random store epoch (T_META "epoch") tells the two
 * histories apart, and its serials are none that the other one may have issued. */
must_check enum err
system_fork(struct store *);

must_check enum err
system_epoch(struct txn *, unsigned char out[static SYSTEM_EPOCH_LEN]);

/* First records of an empty store: schema number, epoch, vendor, owner account. */
struct system_first {
	struct slice vendor, owner;
	struct signing_rows keys; /* n 0: none yet */
};
action_fn action_system_first; /* write; E_WRONG_STATE when a vendor is there already */

/* Names of the vendor and of the first enabled owner, in the arena. */
must_check enum err
system_names(struct store *, struct arena *, const char **vendor, const char **owner);

#endif
