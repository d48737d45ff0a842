#include "server/model/types.h"

#define NAMES(list)                                                                      \
	{                                                                                \
		(list), (int)ARRAY_LEN(list)                                             \
	}

static const char *const license_types[] = { [LT_PERPETUAL] = "perpetual",
	[LT_TIME_LIMITED] = "time-limited",
	[LT_SUBSCRIPTION] = "subscription",
	[LT_CONSUMPTION] = "consumption" };
static const char *const auth_methods[] = {
	[AM_LICENSE_KEY] = "license_key", [AM_USER] = "user"
};
static const char *const feature_types[] = {
	[FT_ACTIVATION] = "activation", [FT_CONSUMPTION] = "consumption"
};
static const char *const periods[] = { [PERIOD_DAILY] = "daily",
	[PERIOD_WEEKLY] = "weekly",
	[PERIOD_MONTHLY] = "monthly",
	[PERIOD_ANNUALLY] = "annually" };
static const char *const clone_actions[] = {
	[CLONE_WARN] = "warn", [CLONE_REFUSE] = "refuse"
};
static const char *const activation_states[] = {
	[AS_INACTIVE] = "inactive", [AS_RESERVED] = "reserved", [AS_ACTIVE] = "active"
};
static const char *const blacklist_scopes[] = {
	[BS_VENDOR] = "vendor", [BS_CUSTOMER] = "customer", [BS_LICENSE] = "license"
};
static const char *const custom_types[] = {
	[CT_TEXT] = "text", [CT_NUMBER] = "number", [CT_DATE_TIME] = "date/time"
};
static const char *const environments[] = { [ENV_WIN] = "win",
	[ENV_WIN32] = "win32",
	[ENV_WIN64] = "win64",
	[ENV_MAC] = "mac",
	[ENV_LINUX] = "linux",
	[ENV_LINUX32] = "linux32",
	[ENV_LINUX64] = "linux64" };
static const char *const roles[] = { [ROLE_OWNER] = "owner" };
static const char *const actor_types[] = { [ACTOR_ACCOUNT] = "account",
	[ACTOR_LOCAL] = "local",
	[ACTOR_CLIENT] = "client",
	[ACTOR_PORTAL] = "portal",
	[ACTOR_JOB] = "job" };

const struct names license_type_names = NAMES(license_types);
const struct names auth_method_names = NAMES(auth_methods);
const struct names feature_type_names = NAMES(feature_types);
const struct names period_names = NAMES(periods);
const struct names clone_action_names = NAMES(clone_actions);
const struct names activation_state_names = NAMES(activation_states);
const struct names blacklist_scope_names = NAMES(blacklist_scopes);
const struct names custom_type_names = NAMES(custom_types);
const struct names environment_names = NAMES(environments);
const struct names role_names = NAMES(roles);
const struct names actor_type_names = NAMES(actor_types);

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool
code_valid(struct slice code, size_t min, size_t max)
{
	if (code.n < min || code.n > max)
		return false;
	for (size_t i = 0; i < code.n; i++) {
		char c = code.p[i];

		if (!is_alnum(c) && c != '.' && c != '_' && c != '~' && c != '-')
			return false;
	}
	return true;
}

bool
email_valid(struct slice email)
{
	ptrdiff_t at = slice_find(email, '@');

	if (email.n < 3 || email.n > MAX_EMAIL || at <= 0)
		return false;
	if ((size_t)at + 1 == email.n || slice_find(slice_from(email, at + 1), '@') >= 0)
		return false;
	return slice_is_plain(email) && slice_is_utf8(email) &&
	       slice_find(email, ' ') < 0;
}

bool
license_key_valid(struct slice key)
{
	if (key.n < 1 || key.n > MAX_LICENSE_KEY)
		return false;
	for (size_t i = 0; i < key.n; i++) {
		char c = key.p[i];

		if (c <= ' ' || c > '~' || c == '#' || c == '|')
			return false;
	}
	return true;
}

bool
hardware_id_valid(struct slice id)
{
	return id.n >= 1 && id.n <= MAX_HARDWARE_ID && slice_is_plain(id) &&
	       slice_is_utf8(id);
}
