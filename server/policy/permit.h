/* Permissions of management calls: role x permission, narrowed by a token's own list.
 * Pure. */
#ifndef LICET_SERVER_POLICY_PERMIT_H
#define LICET_SERVER_POLICY_PERMIT_H

#include "server/model/types.h"

/* PERMISSION(id, name): the list of management-api.md 2.1 as far as routes use it. */
enum permission {
#define PERMISSION(id, name) PERM_##id,
#include "server/policy/permit.def"
#undef PERMISSION
	PERM_MAX,
	PERM_NONE = PERM_MAX, /* no credential is asked for */
	PERM_ANY              /* any valid credential */
};

struct permit_set {
	uint64_t bits[2];
};

const char *permit_name(enum permission);
/* PERM_MAX when unknown. */
enum permission
permit_find(struct slice name);
/* All that the role grants. */
struct permit_set permit_of_role(enum role);
/* Cut to a token's list (names; n == 0: unchanged). Unknown names grant nothing. */
struct permit_set
permit_narrow(struct permit_set, const struct slice *names, size_t n);
bool
permit_allows(const struct permit_set *, enum permission);

#endif
