/* licenses/check_license/: the check form of license-api-v4.md 8.2 for staff
 * (management-api.md 4.3). */
#ifndef LICET_SERVER_API_MANAGE_CHECK_H
#define LICET_SERVER_API_MANAGE_CHECK_H

#include "server/action/manage.h"

action_fn manage_check_license; /* read; nothing is taken or renewed */

#endif
