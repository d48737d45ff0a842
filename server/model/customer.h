/* Customers, customer accounts, orders, license users (5.3). */
#ifndef LICET_SERVER_MODEL_CUSTOMER_H
#define LICET_SERVER_MODEL_CUSTOMER_H

#include "server/model/types.h"

struct customer_account {
	struct object o;
	struct slice name, code;
	struct slice sso; /* JSON, null: none; filled by the SSO feature */
};

struct customer {
	struct object o;
	struct slice email, company_name, reference, phone, first_name, last_name, city,
	    postcode, state, country, address;
	int64_t customer_account_id; /* null */
	struct slice metadata;
};

struct order {
	struct object o;
	struct slice store_id;
	int64_t customer_id; /* null */
	bool is_bundle, is_trial, is_test;
	struct slice note, metadata;
	int64_t license_count;
};

struct license_user {
	struct object o;
	struct slice email, first_name, last_name, phone_number;
	bool is_active;
	int64_t customer_account_id; /* null */
	struct slice password_hash;  /* crypto_pwhash_str text */
	bool is_initial_password;
	struct slice initial_password; /* sealed bytes, null */
	int64_t n_licenses;            /* assignments */
};

extern const struct field_table customer_account_table, customer_table, order_table,
    license_user_table;

#endif
