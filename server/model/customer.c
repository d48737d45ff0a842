#include "server/model/customer.h"

static const struct field customer_account_fields[] = {
	OBJECT_FIELDS(customer_account),
	FIELD(5, TEXT, customer_account, name, FIELD_REQUIRED, 1, MAX_NAME),
	FIELD(6, TEXT, customer_account, code,
	    FIELD_REQUIRED | FIELD_IMMUTABLE | FIELD_IDENT, 1, MAX_CODE),
	FIELD(7, JSON, customer_account, sso, FIELD_NULL | FIELD_SECRET, 0, MAX_METADATA),
};

static const struct field customer_fields[] = {
	OBJECT_FIELDS(customer),
	FIELD(5, TEXT, customer, email, FIELD_IDENT, 0, MAX_EMAIL),
	FIELD(6, TEXT, customer, company_name, 0, 0, MAX_NAME),
	FIELD(7, TEXT, customer, reference, 0, 0, MAX_NAME),
	FIELD(8, TEXT, customer, phone, 0, 0, MAX_NAME),
	FIELD(9, TEXT, customer, first_name, 0, 0, MAX_NAME),
	FIELD(10, TEXT, customer, last_name, 0, 0, MAX_NAME),
	FIELD(11, TEXT, customer, city, 0, 0, MAX_NAME),
	FIELD(12, TEXT, customer, postcode, 0, 0, MAX_NAME),
	FIELD(13, TEXT, customer, state, 0, 0, MAX_NAME),
	FIELD(14, TEXT, customer, country, 0, 0, MAX_NAME),
	FIELD(15, TEXT, customer, address, 0, 0, MAX_NAME),
	FIELD(16, INT, customer, customer_account_id, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(17, JSON, customer, metadata, 0, 0, MAX_METADATA),
};

static const struct field order_fields[] = {
	OBJECT_FIELDS(order),
	FIELD(5, TEXT, order, store_id, FIELD_IMMUTABLE | FIELD_IDENT, 1, 128),
	FIELD(6, INT, order, customer_id, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(7, BOOL, order, is_bundle, FIELD_IMMUTABLE, 0, 0),
	FIELD(8, BOOL, order, is_trial, FIELD_RO, 0, 0),
	FIELD(9, BOOL, order, is_test, FIELD_IMMUTABLE, 0, 0),
	FIELD(10, TEXT, order, note, 0, 0, MAX_NOTE),
	FIELD(11, JSON, order, metadata, 0, 0, MAX_METADATA),
	FIELD(12, INT, order, license_count, FIELD_RO, 0, 0),
};

static const struct field license_user_fields[] = {
	OBJECT_FIELDS(license_user),
	FIELD(5, TEXT, license_user, email, FIELD_REQUIRED | FIELD_IDENT, 3, MAX_EMAIL),
	FIELD(6, TEXT, license_user, first_name, 0, 0, MAX_NAME),
	FIELD(7, TEXT, license_user, last_name, 0, 0, MAX_NAME),
	FIELD(8, TEXT, license_user, phone_number, 0, 0, MAX_NAME),
	FIELD(9, BOOL, license_user, is_active, 0, 0, 0),
	FIELD(10, INT, license_user, customer_account_id, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(11, TEXT, license_user, password_hash, FIELD_SECRET, 0, 0),
	FIELD(12, BOOL, license_user, is_initial_password, FIELD_RO, 0, 0),
	FIELD(13, BYTES, license_user, initial_password, FIELD_SECRET | FIELD_NULL, 0, 0),
	FIELD(14, INT, license_user, n_licenses, FIELD_RO | FIELD_HIDDEN, 0, 0),
};

const struct field_table customer_account_table =
    FIELD_TABLE("customer_account", customer_account, customer_account_fields);
const struct field_table customer_table =
    FIELD_TABLE("customer", customer, customer_fields);
const struct field_table order_table = FIELD_TABLE("order", order, order_fields);
const struct field_table license_user_table =
    FIELD_TABLE("license_user", license_user, license_user_fields);
