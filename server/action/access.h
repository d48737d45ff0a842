/* Management of who may call: staff accounts, management tokens, API keys, the vendor
 * (management-api.md 2.2, 6, 8). */
#ifndef LICET_SERVER_ACTION_ACCESS_H
#define LICET_SERVER_ACTION_ACCESS_H

#include "server/action/manage.h"
#include "server/model/account.h"

extern const struct resource account_resource, token_resource, api_key_resource,
    vendor_resource;

action_fn account_me;     /* read */
action_fn token_list;     /* read: own ones, all with accounts.read */
action_fn token_create;   /* write */
action_fn token_revoke;   /* write */
action_fn api_key_revoke; /* write */
action_fn vendor_get;     /* read */
action_fn vendor_patch;   /* write */
action_fn status_get;     /* read */

#endif
