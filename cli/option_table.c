#include "cli/option_field.h"

/* The terms T of cli.md 3.2, shared by policies and licenses. */
/* clang-format off */
#define TERMS \
	{ "type", OPT_TEXT, "license_type", NULL }, \
	{ "seats", OPT_SEATS, "max_activations", "allow_unlimited_activations" }, \
	{ "duration", OPT_DURATION, "valid_duration", "subscription_duration" }, \
	{ "trial", OPT_INT, "trial_days", "is_trial" }, \
	{ "users", OPT_INT, "max_license_users", NULL }, \
	{ "transfers", OPT_INT, "max_transfers", NULL }, \
	{ "floating", OPT_INT, "floating_users", "is_floating_cloud" }, \
	{ "float-timeout", OPT_INT, "floating_timeout", NULL }, \
	{ "offline-lease-days", OPT_INT, "offline_lease_days", NULL }, \
	{ "no-offline", OPT_FALSE, "allow_offline_activation", NULL }, \
	{ "prevent-vm", OPT_TRUE, "prevent_vm", NULL }, \
	{ "grace", OPT_INT, "grace_period", "allow_grace_period" }, \
	{ "maintenance", OPT_TEXT, "maintenance_duration", "enable_maintenance_period" }, \
	{ "consumptions", OPT_INT, "max_consumptions", NULL }, \
	{ "consumption-period", OPT_TEXT, "consumption_period", "reset_consumption" }
/* clang-format on */

#define END                                                                              \
	{                                                                                \
		NULL, OPT_TEXT, NULL, NULL                                               \
	}

const struct option_field fields_none[] = { END };

const struct option_field fields_product[] = {
	{ "name", OPT_TEXT, "product_name", NULL },
	{ "user-based", OPT_WORD, "authorization_method", "user" },
	{ "key-format", OPT_TEXT, "key_format", NULL },
	{ "trial", OPT_INT, "trial_days", "allow_trial" },
	END,
};

const struct option_field fields_bundle[] = {
	{ "name", OPT_TEXT, "product_name", NULL },
	{ "user-based", OPT_WORD, "authorization_method", "user" },
	{ "key-format", OPT_TEXT, "key_format", NULL },
	{ "member", OPT_LIST, "members", NULL },
	END,
};

const struct option_field fields_feature[] = {
	{ "name", OPT_TEXT, "name", NULL },
	{ "consumption", OPT_WORD, "feature_type", "consumption" },
	{ "max", OPT_INT, "max_consumption", NULL },
	END,
};

const struct option_field fields_policy[] = {
	{ "product", OPT_TEXT, "product", NULL },
	{ "name", OPT_TEXT, "name", NULL },
	TERMS,
	{ "feature", OPT_FEATURES, "product_features", NULL },
	{ "member", OPT_PAIRS, "member_policies", NULL },
	END,
};

const struct option_field fields_terms[] = {
	TERMS,
	{ "until", OPT_TEXT, "validity_period", NULL },
	{ "start", OPT_TEXT, "start_date", NULL },
	END,
};

const struct option_field fields_customer[] = {
	{ "company", OPT_TEXT, "company_name", NULL },
	{ "reference", OPT_TEXT, "reference", NULL },
	{ "first-name", OPT_TEXT, "first_name", NULL },
	{ "last-name", OPT_TEXT, "last_name", NULL },
	{ "account", OPT_TEXT, "customer_account", NULL },
	END,
};

const struct option_field fields_customer_account[] = {
	{ "name", OPT_TEXT, "name", NULL },
	END,
};

const struct option_field fields_user[] = {
	{ "first-name", OPT_TEXT, "first_name", NULL },
	{ "last-name", OPT_TEXT, "last_name", NULL },
	END,
};

const struct option_field fields_key[] = {
	{ "read-only", OPT_TRUE, "read_only", NULL },
	{ "product", OPT_LIST, "products", NULL },
	END,
};

const struct option_field fields_token[] = {
	{ "account", OPT_TEXT, "account", NULL },
	{ "permission", OPT_LIST, "permissions", NULL },
	{ "expires", OPT_TEXT, "expires_at", NULL },
	END,
};

const struct option_field fields_vendor[] = {
	{ "name", OPT_TEXT, "name", NULL },
	END,
};
