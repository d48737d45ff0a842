/* Management of customers, customer accounts and license users (management-api.md 4.1,
 * 4.4). */
#ifndef LICET_SERVER_ACTION_PARTY_H
#define LICET_SERVER_ACTION_PARTY_H

#include "server/action/manage.h"
#include "server/model/customer.h"

extern const struct resource customer_resource, customer_account_resource,
    license_user_resource;

action_fn customer_merge;    /* write */
action_fn user_look;         /* read: the password to hash for POST license-users/ */
action_fn password_look;     /* read: the same for set_password */
action_fn user_set_password; /* write: {id}/set_password/, set_password/?email= */

/* Makes a password of 20 symbols to hand out. Null when out of memory. */
struct slice
password_generate(struct arena *);
/* Sets hash, seals the text as initial password when `initial`. The user's id must be
 * known. */
must_check enum err
user_put_password(struct action_ctx *, struct license_user *,
    const struct manage_password *, bool initial);
/* Faults of an e-mail field; folds nothing, trims. */
void
email_check(struct action_ctx *, const char *field, struct slice *email);

#endif
