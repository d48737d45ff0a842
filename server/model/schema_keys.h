/* Key functions of every table and index, named in schema.c alone. */
#ifndef LICET_SERVER_MODEL_SCHEMA_KEYS_H
#define LICET_SERVER_MODEL_SCHEMA_KEYS_H

#include "server/model/schema.h"

/* Every struct with a head: (id), and (created_at, id). */
table_key_fn key_object_id, key_object_created;
/* The one record of its table, found as VENDOR_ID whatever its id is. */
table_key_fn key_vendor;

table_key_fn key_meta, key_license_feature, key_assignment, key_activation, key_variable,
    key_audit, key_audit_detail, key_checkpoint, key_idempotency, key_stat, key_job;

table_key_fn key_product_code, key_policy_code, key_policy_product,
    key_product_feature_code, key_custom_field_product, key_installation_file_product;

table_key_fn key_customer_account_code, key_customer_email, key_customer_reference,
    key_customer_account, key_order_store_id, key_order_customer, key_license_user_email;

table_key_fn key_license_key, key_license_order, key_license_product, key_license_set,
    key_license_validity, key_assignment_user;

table_key_fn key_activation_device, key_activation_vacant, key_activation_floating,
    key_device_hardware_id, key_device_unbound, key_blacklist_hardware_id;

table_key_fn key_api_key, key_account_email, key_token_hash, key_token_account,
    key_audit_license, key_audit_object, key_audit_time, key_idempotency_expiry,
    key_signing_kid;

table_key_fn key_activation_lease, key_issued_request, key_issued_license,
    key_issued_hardware, key_issued_lease, key_issued_at, key_issued_signer, key_proof,
    key_revocation, key_revocation_weight, key_revocation_until, key_offline_request,
    key_offline_request_created;

/* Primary keys that index keys tell: what stands behind an id or texts; two ids the other
 * way round. */
index_primary_fn primary_behind_id, primary_behind_text, primary_behind_texts,
    primary_turned;

#endif
