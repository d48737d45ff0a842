#include "server/policy/permit.h"

static const char *const names[PERM_MAX] = {
#define PERMISSION(id, name) [PERM_##id] = (name),
#include "server/policy/permit.def"
#undef PERMISSION
};

static void
grant(struct permit_set *set, enum permission permission)
{
	set->bits[permission / 64] |= UINT64_C(1) << (permission % 64);
}

static bool
has(const struct permit_set *set, enum permission permission)
{
	return set->bits[permission / 64] >> (permission % 64) & 1;
}

const char *
permit_name(enum permission permission)
{
	return permission < PERM_MAX ? names[permission] : "";
}

enum permission
permit_find(struct slice name)
{
	for (int i = 0; i < PERM_MAX; i++)
		if (slice_is(name, names[i]))
			return (enum permission)i;
	return PERM_MAX;
}

struct permit_set
permit_of_role(enum role role)
{
	struct permit_set set = { { 0 } };

	if (role == ROLE_OWNER)
		for (int i = 0; i < PERM_MAX; i++)
			grant(&set, (enum permission)i);
	return set;
}

struct permit_set
permit_narrow(struct permit_set set, const struct slice *list, size_t n)
{
	struct permit_set narrow = { { 0 } };

	if (n == 0)
		return set;
	for (size_t i = 0; i < n; i++) {
		enum permission permission = permit_find(list[i]);

		if (permission != PERM_MAX && has(&set, permission))
			grant(&narrow, permission);
	}
	return narrow;
}

bool
permit_allows(const struct permit_set *set, enum permission permission)
{
	return permission >= PERM_MAX || has(set, permission);
}
