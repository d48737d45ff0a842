#include "server/model/product.h"

#define MAX_LINK 2048
#define MAX_VALUE 4096
#define MAX_VERSION 64

static const struct field vendor_fields[] = {
	OBJECT_FIELDS(vendor),
	FIELD(5, TEXT, vendor, name, 0, 1, MAX_NAME),
	FIELD(6, BOOL, vendor, oauth_only, 0, 0, 0),
	FIELD(7, BOOL, vendor, trial_repeat, 0, 0, 0),
	FIELD(8, BOOL, vendor, show_initial_password, 0, 0, 0),
	FIELD(9, BOOL, vendor, password_change, 0, 0, 0),
};

static const struct field product_fields[] = {
	OBJECT_FIELDS(product),
	FIELD(5, TEXT, product, product_name, FIELD_REQUIRED, 1, MAX_NAME),
	FIELD(6, TEXT, product, short_code,
	    FIELD_REQUIRED | FIELD_IMMUTABLE | FIELD_IDENT, 2, MAX_CODE),
	FIELD_OF_ENUM(
	    7, product, authorization_method, FIELD_IMMUTABLE, auth_method_names),
	FIELD(8, BOOL, product, is_bundle, FIELD_IMMUTABLE, 0, 0),
	FIELD(9, INTS, product, members, FIELD_HIDDEN, 0, MAX_MEMBERS),
	FIELD(10, INT, product, default_policy_id, FIELD_RO, 0, 0),
	FIELD(11, BOOL, product, allow_trial, 0, 0, 0),
	FIELD(12, INT, product, trial_days, 0, 0, 3650),
	FIELD(13, INSTANT, product, archived_at, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(14, TEXT, product, key_format, FIELD_IDENT, 20, 64),
	FIELD(15, JSON, product, metadata, 0, 0, MAX_METADATA),
};

static const struct field policy_fields[] = {
	OBJECT_FIELDS(policy),
	FIELD(5, INT, policy, product_id, FIELD_RO, 0, 0),
	FIELD(6, INT, policy, bundle_id, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(7, TEXT, policy, code, FIELD_REQUIRED | FIELD_IMMUTABLE | FIELD_IDENT, 2,
	    MAX_POLICY_CODE),
	FIELD(8, TEXT, policy, name, 0, 0, MAX_NAME),
	FIELD(9, INT, policy, user_max_activations, FIELD_NULL, 0, MAX_ACTIVATIONS),
	{ 10, FIELD_LIST, 0, offsetof(struct policy, features), "product_features", 0,
	    MAX_FEATURES, NULL, &policy_feature_table },
	FIELD(11, JSON, policy, custom_fields, 0, 0, MAX_METADATA),
	FIELD(12, JSON, policy, member_policies, 0, 0, MAX_METADATA),
	FIELD(13, BOOL, policy, is_archived, FIELD_RO, 0, 0),
	FIELD(14, JSON, policy, metadata, 0, 0, MAX_METADATA),
	TERMS_FIELDS(policy),
};

static const struct field custom_field_fields[] = {
	OBJECT_FIELDS(custom_field),
	FIELD(5, INT, custom_field, product_id, FIELD_RO, 0, 0),
	FIELD(6, TEXT, custom_field, name, FIELD_REQUIRED, 1, 64),
	FIELD_OF_ENUM(
	    7, custom_field, data_type, FIELD_IMMUTABLE | FIELD_NULL, custom_type_names),
	FIELD(8, TEXT, custom_field, default_value, FIELD_NULL, 0, MAX_VALUE),
	FIELD(9, BOOL, custom_field, is_archived, FIELD_RO, 0, 0),
};

static const struct field installation_file_fields[] = {
	OBJECT_FIELDS(installation_file),
	FIELD(5, INT, installation_file, product_id, FIELD_RO, 0, 0),
	FIELD(6, TEXT, installation_file, version, FIELD_REQUIRED | FIELD_IDENT, 1,
	    MAX_VERSION),
	FIELD_OF_ENUM(
	    7, installation_file, environment, FIELD_REQUIRED, environment_names),
	FIELD(8, TEXT, installation_file, channel, FIELD_NULL | FIELD_IDENT, 1, MAX_CODE),
	FIELD(9, TEXT, installation_file, full_link, FIELD_REQUIRED | FIELD_IDENT, 9,
	    MAX_LINK),
	FIELD(10, TEXT, installation_file, filename, FIELD_IDENT, 0, MAX_NAME),
	FIELD(11, TEXT, installation_file, hash_md5, FIELD_IDENT, 0, 32),
	FIELD(12, INT, installation_file, size, FIELD_NULL, 0, INT64_C(9007199254740991)),
	FIELD(13, INSTANT, installation_file, release_date, FIELD_NULL, 0, 0),
	FIELD(14, TEXT, installation_file, requires_version, FIELD_NULL | FIELD_IDENT, 0,
	    MAX_VERSION),
	FIELD(15, TEXT, installation_file, eula_link, FIELD_IDENT, 0, MAX_LINK),
	FIELD(16, TEXT, installation_file, release_notes_link, FIELD_IDENT, 0, MAX_LINK),
	FIELD(17, BOOL, installation_file, enabled, 0, 0, 0),
};

const struct field_table vendor_table = FIELD_TABLE("vendor", vendor, vendor_fields);
const struct field_table product_table = FIELD_TABLE("product", product, product_fields);
const struct field_table policy_table = FIELD_TABLE("policy", policy, policy_fields);
const struct field_table custom_field_table =
    FIELD_TABLE("custom_field", custom_field, custom_field_fields);
const struct field_table installation_file_table =
    FIELD_TABLE("installation_file", installation_file, installation_file_fields);

void
product_default(struct product *product)
{
	field_clear(&product_table, product);
	product->authorization_method = AM_LICENSE_KEY;
	product->key_format = SLICE(PRODUCT_KEY_FORMAT);
	product->metadata = SLICE("{}");
}

void
policy_default(struct policy *policy)
{
	field_clear(&policy_table, policy);
	terms_default(&policy->terms);
	policy->custom_fields = SLICE("{}");
	policy->member_policies = SLICE("{}");
	policy->metadata = SLICE("{}");
}
