/* Enumerations of the domain model with their wire names (license-api-v4.md 5). */
#ifndef LICET_SERVER_MODEL_TYPES_H
#define LICET_SERVER_MODEL_TYPES_H

#include "base/field.h"

enum license_type { LT_PERPETUAL, LT_TIME_LIMITED, LT_SUBSCRIPTION, LT_CONSUMPTION };
enum auth_method { AM_LICENSE_KEY, AM_USER };
enum feature_type { FT_ACTIVATION, FT_CONSUMPTION };
enum period {
	PERIOD_DAILY,
	PERIOD_WEEKLY,
	PERIOD_MONTHLY,
	PERIOD_ANNUALLY
}; /* as clock_period */
enum clone_action { CLONE_WARN, CLONE_REFUSE };
enum activation_state { AS_INACTIVE, AS_RESERVED, AS_ACTIVE };
enum blacklist_scope { BS_VENDOR, BS_CUSTOMER, BS_LICENSE };
enum custom_type { CT_TEXT, CT_NUMBER, CT_DATE_TIME };
enum environment {
	ENV_WIN,
	ENV_WIN32,
	ENV_WIN64,
	ENV_MAC,
	ENV_LINUX,
	ENV_LINUX32,
	ENV_LINUX64
};
enum role { ROLE_OWNER };
enum actor_type { ACTOR_ACCOUNT, ACTOR_LOCAL, ACTOR_CLIENT, ACTOR_PORTAL, ACTOR_JOB };

extern const struct names license_type_names; /* "perpetual" "time-limited" … */
extern const struct names auth_method_names;  /* "license_key" "user" */
extern const struct names feature_type_names;
extern const struct names period_names;
extern const struct names clone_action_names;
extern const struct names activation_state_names;
extern const struct names blacklist_scope_names;
extern const struct names custom_type_names; /* "text" "number" "date/time" */
extern const struct names environment_names;
extern const struct names role_names;
extern const struct names actor_type_names;

/* Limits of license-api-v4.md 1.3 that more than one table uses. */
#define MAX_NAME 255
#define MAX_CODE 64
#define MAX_POLICY_CODE 72
#define MAX_HARDWARE_ID 256
#define MAX_LICENSE_KEY 128
#define MAX_EMAIL 254
#define MAX_METADATA 16384
#define MAX_NOTE 2000
#define MAX_MEMBERS 64
#define MAX_FEATURES 256
#define MAX_CUSTOM_FIELDS 64
#define MAX_ACTIVATIONS 1000000
#define MAX_CONSUMPTION_STEP INT64_C(1000000000000)

/* Head of every object that staff see; rows OBJECT_FIELDS of its table. */
struct object {
	int64_t id;
	int64_t created_at;
	int64_t updated_at;
	int64_t revision; /* ETag; +1 at every change */
};

#define OBJECT_FIELDS(strct)                                                             \
	{ 1, FIELD_INT, FIELD_RO, offsetof(struct strct, o.id), "id", 0, 0, NULL,        \
		NULL },                                                                  \
	    { 2, FIELD_INSTANT, FIELD_RO | FIELD_ORIGIN,                                 \
		    offsetof(struct strct, o.created_at), "created_at", 0, 0, NULL,      \
		    NULL },                                                              \
	    { 3, FIELD_INSTANT, FIELD_RO, offsetof(struct strct, o.updated_at),          \
		    "updated_at", 0, 0, NULL, NULL },                                    \
	{                                                                                \
		4, FIELD_INT, FIELD_RO | FIELD_HIDDEN,                                   \
		    offsetof(struct strct, o.revision), "revision", 0, 0, NULL, NULL     \
	}

/* Codes: MIN..MAX bytes of [A-Za-z0-9._~-]. */
bool
code_valid(struct slice code, size_t min, size_t max);
/* 3…254 bytes, one '@' with something on both sides, no blanks or controls. */
bool
email_valid(struct slice email);
/* 1…128 printable ASCII without space, '#', '|'. */
bool
license_key_valid(struct slice key);
bool
hardware_id_valid(struct slice id);

#endif
