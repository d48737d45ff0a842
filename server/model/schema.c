#include "server/model/schema.h"

#include <assert.h>

#include "server/model/account.h"
#include "server/model/audit.h"
#include "server/model/customer.h"
#include "server/model/device.h"
#include "server/model/key.h"
#include "server/model/license.h"
#include "server/model/offline.h"
#include "server/model/product.h"
#include "server/model/schema_keys.h"

/* key_object_id reads the head without knowing the struct. */
#define HEAD_FIRST(strct) static_assert(offsetof(struct strct, o) == 0, #strct)
HEAD_FIRST(vendor);
HEAD_FIRST(product);
HEAD_FIRST(policy);
HEAD_FIRST(product_feature);
HEAD_FIRST(custom_field);
HEAD_FIRST(installation_file);
HEAD_FIRST(customer_account);
HEAD_FIRST(customer);
HEAD_FIRST(order);
HEAD_FIRST(license_user);
HEAD_FIRST(license);
HEAD_FIRST(activation);
HEAD_FIRST(device);
HEAD_FIRST(blacklist_entry);
HEAD_FIRST(api_key);
HEAD_FIRST(account);
HEAD_FIRST(token);
HEAD_FIRST(signing_key);
HEAD_FIRST(issued);

#define OBJECT_ID offsetof(struct object, id)

#define UNIQUE(name, fn)                                                                 \
	{                                                                                \
		(name), true, false, (fn), NULL                                          \
	}
#define INDEX(name, fn, primary)                                                         \
	{                                                                                \
		(name), false, false, (fn), (primary)                                    \
	}
#define CLUSTERED(name, fn, primary)                                                     \
	{                                                                                \
		(name), false, true, (fn), (primary)                                     \
	}

static const struct table_def meta_def = {
	.fields = &meta_table, .key = key_meta, .id_offset = SIZE_MAX
};

static const struct table_def vendor_def = {
	.fields = &vendor_table, .key = key_vendor, .id_offset = OBJECT_ID
};

static const struct table_def product_def = { .fields = &product_table,
	.key = key_object_id,
	.id_offset = OBJECT_ID,
	.index = { [IX_PRODUCT_CODE] = UNIQUE("short_code", key_product_code) } };

static const struct table_def policy_def = { .fields = &policy_table,
	.key = key_object_id,
	.id_offset = OBJECT_ID,
	.index = { [IX_POLICY_CODE] = UNIQUE("code", key_policy_code),
	    [IX_POLICY_PRODUCT] =
		INDEX("product_id", key_policy_product, primary_behind_id) } };

static const struct table_def product_feature_def = { .fields = &product_feature_table,
	.key = key_object_id,
	.id_offset = OBJECT_ID,
	.index = {
	    [IX_PRODUCT_FEATURE_CODE] = UNIQUE("code", key_product_feature_code) } };

static const struct table_def custom_field_def = { .fields = &custom_field_table,
	.key = key_object_id,
	.id_offset = OBJECT_ID,
	.index = { [IX_CUSTOM_FIELD_PRODUCT] = INDEX(
		       "product_id", key_custom_field_product, primary_behind_id) } };

static const struct table_def installation_file_def = { .fields =
							    &installation_file_table,
	.key = key_object_id,
	.id_offset = OBJECT_ID,
	.index = { [IX_INSTALLATION_FILE_PRODUCT] =
		       UNIQUE("product_id", key_installation_file_product) } };

static const struct table_def customer_account_def = { .fields = &customer_account_table,
	.key = key_object_id,
	.id_offset = OBJECT_ID,
	.index = {
	    [IX_CUSTOMER_ACCOUNT_CODE] = UNIQUE("code", key_customer_account_code) } };

static const struct table_def customer_def = { .fields = &customer_table,
	.key = key_object_id,
	.id_offset = OBJECT_ID,
	.index = { [IX_CUSTOMER_EMAIL] = UNIQUE("email", key_customer_email),
	    [IX_CUSTOMER_REFERENCE] =
		INDEX("reference", key_customer_reference, primary_behind_text),
	    [IX_CUSTOMER_ACCOUNT] =
		INDEX("customer_account_id", key_customer_account, primary_behind_id) } };

static const struct table_def order_def = { .fields = &order_table,
	.grows = true,
	.key = key_object_id,
	.id_offset = OBJECT_ID,
	.index = { [IX_ORDER_STORE_ID] = UNIQUE("store_id", key_order_store_id),
	    [IX_ORDER_CUSTOMER] =
		INDEX("customer_id", key_order_customer, primary_behind_id),
	    [IX_ORDER_CREATED] =
		INDEX("created_at", key_object_created, primary_behind_id) } };

static const struct table_def license_user_def = { .fields = &license_user_table,
	.key = key_object_id,
	.id_offset = OBJECT_ID,
	.index = { [IX_LICENSE_USER_EMAIL] = UNIQUE("email", key_license_user_email) } };

static const struct table_def license_def = { .fields = &license_table,
	.cluster = 1,
	.clustered = true,
	.grows = true,
	.key = key_object_id,
	.id_offset = OBJECT_ID,
	.index = { [IX_LICENSE_KEY] = UNIQUE("license_key", key_license_key),
	    [IX_LICENSE_ORDER] = INDEX("order_id", key_license_order, primary_behind_id),
	    [IX_LICENSE_PRODUCT] =
		INDEX("product_id", key_license_product, primary_behind_id),
	    [IX_LICENSE_SET] =
		INDEX("bundle_license_id", key_license_set, primary_behind_id),
	    [IX_LICENSE_CREATED] =
		INDEX("created_at", key_object_created, primary_behind_id),
	    [IX_LICENSE_VALIDITY] =
		INDEX("validity_period", key_license_validity, primary_behind_id) } };

static const struct table_def license_feature_def = { .fields = &license_feature_table,
	.cluster = 2,
	.clustered = true,
	.key = key_license_feature,
	.id_offset = OBJECT_ID };

static const struct table_def assignment_def = { .fields = &assignment_table,
	.cluster = 3,
	.clustered = true,
	.key = key_assignment,
	.id_offset = SIZE_MAX,
	.index = { [IX_ASSIGNMENT_USER] =
		       INDEX("user_id", key_assignment_user, primary_turned) } };

static const struct table_def activation_def = { .fields = &activation_table,
	.cluster = 4,
	.clustered = true,
	.grows = true,
	.key = key_activation,
	.id_offset = OBJECT_ID,
	.index = { [IX_ACTIVATION_ID] = UNIQUE("id", key_object_id),
	    [IX_ACTIVATION_DEVICE] =
		INDEX("device_id", key_activation_device, primary_turned),
	    [IX_ACTIVATION_VACANT] =
		CLUSTERED("vacant_since", key_activation_vacant, NULL),
	    [IX_ACTIVATION_FLOATING] =
		CLUSTERED("floating_until", key_activation_floating, NULL),
	    [IX_ACTIVATION_LEASE] = INDEX("lease_until", key_activation_lease, NULL) } };

static const struct table_def variable_def = { .fields = &variable_table,
	.cluster = 5,
	.clustered = true,
	.key = key_variable,
	.id_offset = offsetof(struct variable, id) };

static const struct table_def device_def = { .fields = &device_table,
	.grows = true,
	.key = key_object_id,
	.id_offset = OBJECT_ID,
	.index = {
	    [IX_DEVICE_HARDWARE_ID] = UNIQUE("hardware_id", key_device_hardware_id),
	    [IX_DEVICE_UNBOUND] = UNIQUE("unbound", key_device_unbound) } };

static const struct table_def blacklist_def = { .fields = &blacklist_table,
	.key = key_object_id,
	.id_offset = OBJECT_ID,
	.index = { [IX_BLACKLIST_HARDWARE_ID] =
		       UNIQUE("hardware_id", key_blacklist_hardware_id) } };

static const struct table_def api_key_def = { .fields = &api_key_table,
	.key = key_object_id,
	.id_offset = OBJECT_ID,
	.index = { [IX_API_KEY_KEY] = UNIQUE("api_key", key_api_key) } };

static const struct table_def account_def = { .fields = &account_table,
	.key = key_object_id,
	.id_offset = OBJECT_ID,
	.index = { [IX_ACCOUNT_EMAIL] = UNIQUE("email", key_account_email) } };

static const struct table_def token_def = { .fields = &token_table,
	.key = key_object_id,
	.id_offset = OBJECT_ID,
	.index = { [IX_TOKEN_HASH] = UNIQUE("hash", key_token_hash),
	    [IX_TOKEN_ACCOUNT] =
		INDEX("account_id", key_token_account, primary_behind_id) } };

static const struct table_def audit_def = { .fields = &audit_table,
	.cluster = 6,
	.grows = true,
	.key = key_audit,
	.id_offset = offsetof(struct audit, seq),
	.index = { [IX_AUDIT_LICENSE] =
		       CLUSTERED("license_id", key_audit_license, primary_behind_id),
	    [IX_AUDIT_OBJECT] = INDEX("object", key_audit_object, primary_behind_texts),
	    [IX_AUDIT_TIME] = INDEX("time", key_audit_time, primary_behind_id) } };

static const struct table_def audit_detail_def = { .fields = &audit_detail_table,
	.grows = true,
	.key = key_audit_detail,
	.id_offset = SIZE_MAX };

static const struct table_def idempotency_def = { .fields = &idempotency_table,
	.key = key_idempotency,
	.id_offset = SIZE_MAX,
	.index = { [IX_IDEMPOTENCY_EXPIRY] =
		       INDEX("expires_at", key_idempotency_expiry, primary_behind_id) } };

static const struct table_def stat_def = {
	.fields = &stat_table, .key = key_stat, .id_offset = SIZE_MAX
};

static const struct table_def job_def = {
	.fields = &job_state_table, .key = key_job, .id_offset = SIZE_MAX
};

static const struct table_def key_def = { .fields = &signing_key_table,
	.key = key_object_id,
	.id_offset = OBJECT_ID,
	.index = { [IX_KEY_KID] = UNIQUE("kid", key_signing_kid) } };

static const struct table_def issued_def = { .fields = &issued_table,
	.cluster = 7,
	.grows = true,
	.key = key_object_id,
	.id_offset = OBJECT_ID,
	.index = { [IX_ISSUED_REQUEST] = UNIQUE("request", key_issued_request),
	    [IX_ISSUED_LICENSE] =
		CLUSTERED("license", key_issued_license, primary_behind_id),
	    [IX_ISSUED_HARDWARE] =
		INDEX("hardware_id", key_issued_hardware, primary_behind_text),
	    [IX_ISSUED_LEASE] = INDEX("lease_until", key_issued_lease, primary_behind_id),
	    [IX_ISSUED_AT] = INDEX("issued_at", key_issued_at, primary_behind_id),
	    [IX_ISSUED_SIGNER] = INDEX("kid", key_issued_signer, NULL) } };

static const struct table_def proof_def = {
	.fields = &proof_table, .key = key_proof, .id_offset = SIZE_MAX
};

static const struct table_def revocation_def = { .fields = &revocation_table,
	.key = key_revocation,
	.id_offset = SIZE_MAX,
	.index = { [IX_REVOCATION_WEIGHT] = INDEX("cause", key_revocation_weight, NULL),
	    [IX_REVOCATION_UNTIL] =
		INDEX("until", key_revocation_until, primary_behind_id) } };

static const struct table_def offline_request_def = { .fields = &offline_request_table,
	.grows = true,
	.key = key_offline_request,
	.id_offset = SIZE_MAX,
	.index = { [IX_OFFLINE_REQUEST_CREATED] = INDEX(
		       "created_at", key_offline_request_created, primary_behind_id) } };

static const struct table_def checkpoint_def = { .fields = &checkpoint_table,
	.key = key_checkpoint,
	.id_offset = offsetof(struct checkpoint, seq) };

static const struct table_def *const tables[T_MAX] = {
	[T_META] = &meta_def,
	[T_VENDOR] = &vendor_def,
	[T_PRODUCT] = &product_def,
	[T_POLICY] = &policy_def,
	[T_PRODUCT_FEATURE] = &product_feature_def,
	[T_CUSTOM_FIELD] = &custom_field_def,
	[T_INSTALLATION_FILE] = &installation_file_def,
	[T_CUSTOMER_ACCOUNT] = &customer_account_def,
	[T_CUSTOMER] = &customer_def,
	[T_ORDER] = &order_def,
	[T_LICENSE_USER] = &license_user_def,
	[T_LICENSE] = &license_def,
	[T_LICENSE_FEATURE] = &license_feature_def,
	[T_ASSIGNMENT] = &assignment_def,
	[T_ACTIVATION] = &activation_def,
	[T_VARIABLE] = &variable_def,
	[T_DEVICE] = &device_def,
	[T_BLACKLIST] = &blacklist_def,
	[T_API_KEY] = &api_key_def,
	[T_ACCOUNT] = &account_def,
	[T_TOKEN] = &token_def,
	[T_AUDIT] = &audit_def,
	[T_AUDIT_DETAIL] = &audit_detail_def,
	[T_IDEMPOTENCY] = &idempotency_def,
	[T_STAT] = &stat_def,
	[T_JOB] = &job_def,
	[T_KEY] = &key_def,
	[T_ISSUED] = &issued_def,
	[T_PROOF] = &proof_def,
	[T_REVOCATION] = &revocation_def,
	[T_OFFLINE_REQUEST] = &offline_request_def,

	[T_CHECKPOINT] = &checkpoint_def,
};

const struct schema model_schema = { tables, T_MAX };
