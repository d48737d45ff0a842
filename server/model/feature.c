#include "server/model/feature.h"

#define MAX_TOTAL INT64_C(9007199254740991)
#define FEATURE_TERM_(tag, type, s, member, flags, min, max)                             \
	FIELD_NAMED(tag, type, s, terms.member, #member, flags, min, max)

/* clang-format off */
#define FEATURE_TERMS_FIELDS(s) \
	FEATURE_TERM_(20, TEXT, s, valid_duration, FIELD_NULL | FIELD_IDENT, 2, 5), \
	FEATURE_TERM_(21, JSON, s, metadata, 0, 0, MAX_METADATA), \
	FEATURE_TERM_(22, BOOL, s, is_floating, 0, 0, 0), \
	FEATURE_TERM_(23, BOOL, s, is_floating_cloud, 0, 0, 0), \
	FEATURE_TERM_(24, INT, s, floating_users, 0, 0, MAX_ACTIVATIONS), \
	FEATURE_TERM_(25, INT, s, floating_timeout, 0, 1, 525600), \
	FEATURE_TERM_(26, INT, s, max_consumption, 0, 0, MAX_TOTAL), \
	FEATURE_TERM_(27, BOOL, s, allow_unlimited_consumptions, 0, 0, 0), \
	FEATURE_TERM_(28, BOOL, s, allow_negative_consumptions, 0, 0, 0), \
	FEATURE_TERM_(29, BOOL, s, allow_overages, 0, 0, 0), \
	FEATURE_TERM_(30, INT, s, max_overages, 0, 0, MAX_TOTAL), \
	FEATURE_TERM_(31, BOOL, s, reset_consumption, 0, 0, 0), \
	{ 32, FIELD_ENUM, FIELD_NULL, offsetof(struct s, terms.consumption_period), \
	    "consumption_period", 0, 0, &period_names, NULL }
/* clang-format on */

static const struct field product_feature_fields[] = {
	OBJECT_FIELDS(product_feature),
	FIELD(5, INT, product_feature, product_id, FIELD_RO, 0, 0),
	FIELD(6, TEXT, product_feature, code,
	    FIELD_REQUIRED | FIELD_IMMUTABLE | FIELD_IDENT, 2, MAX_CODE),
	FIELD(7, TEXT, product_feature, name, 0, 0, MAX_NAME),
	FIELD_OF_ENUM(
	    8, product_feature, feature_type, FIELD_IMMUTABLE, feature_type_names),
	FIELD(9, BOOL, product_feature, is_archived, FIELD_RO, 0, 0),
	FEATURE_TERMS_FIELDS(product_feature),
};

static const struct field policy_feature_fields[] = {
	FIELD(1, TEXT, policy_feature, code, FIELD_REQUIRED | FIELD_IDENT, 2, MAX_CODE),
	FEATURE_TERMS_FIELDS(policy_feature),
};

static const struct field license_feature_fields[] = {
	OBJECT_FIELDS(license_feature),
	FIELD(5, INT, license_feature, license_id, FIELD_RO, 0, 0),
	FIELD(6, INT, license_feature, product_feature_id, FIELD_RO, 0, 0),
	FIELD(7, TEXT, license_feature, code,
	    FIELD_REQUIRED | FIELD_IMMUTABLE | FIELD_IDENT, 2, MAX_CODE),
	FIELD(8, TEXT, license_feature, name, FIELD_RO, 0, MAX_NAME),
	FIELD_OF_ENUM(9, license_feature, feature_type, FIELD_RO, feature_type_names),
	FIELD(10, INSTANT, license_feature, expiry_date, FIELD_NULL, 0, 0),
	FIELD(11, INT, license_feature, total_consumptions, FIELD_RO, 0, 0),
	FIELD(12, INSTANT, license_feature, period_start, FIELD_RO, 0, 0),
	FEATURE_TERMS_FIELDS(license_feature),
};

const struct field_table product_feature_table =
    FIELD_TABLE("feature", product_feature, product_feature_fields);
const struct field_table policy_feature_table =
    FIELD_TABLE("policy_feature", policy_feature, policy_feature_fields);
const struct field_table license_feature_table =
    FIELD_TABLE("license_feature", license_feature, license_feature_fields);

void
feature_terms_default(struct feature_terms *terms)
{
	*terms = (struct feature_terms){
		.valid_duration = SLICE_NULL,
		.metadata = SLICE("{}"),
		.floating_timeout = 120,
		.consumption_period = -1,
	};
}
