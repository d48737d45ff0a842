/* Changing issued licenses: what may change, and to what (management-api.md 4.3). */
#ifndef LICET_SERVER_ACTION_LICENSE_EDIT_H
#define LICET_SERVER_ACTION_LICENSE_EDIT_H

#include "server/action/manage.h"

/* Members of a PATCH beside the fields of a license. */
extern const char *const license_edit_members[];

/* The check hook of the resource: rec is read, faults go to the context. */
must_check enum err
license_edit_check(struct edit *);
/* The same for a row of a bulk call; path is "[3].". */
must_check enum err
license_edit_check_at(struct edit *, const char *path);

#endif
