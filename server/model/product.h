/* Catalogue: vendor, product, bundle, policy, custom field, installation file (5.1, 5.2).
 */
#ifndef LICET_SERVER_MODEL_PRODUCT_H
#define LICET_SERVER_MODEL_PRODUCT_H

#include "server/model/feature.h"
#include "server/model/terms.h"

#define VENDOR_ID 1

struct vendor {
	struct object o;
	struct slice name;
	bool oauth_only, trial_repeat, show_initial_password, password_change;
};

struct product {
	struct object o;
	struct slice product_name, short_code;
	int authorization_method;
	bool is_bundle;
	struct list members; /* int64_t product ids, bundle only */
	int64_t default_policy_id;
	bool allow_trial;
	int64_t trial_days;
	int64_t archived_at; /* null */
	struct slice key_format, metadata;
};

#define PRODUCT_KEY_FORMAT "*****-*****-*****-*****-*****"

struct policy {
	struct object o;
	int64_t product_id;
	int64_t bundle_id; /* null */
	struct slice code, name;
	struct terms terms;
	int64_t user_max_activations; /* null: no own limit */
	struct list features;         /* struct policy_feature */
	struct slice custom_fields;   /* JSON {name: value} */
	struct slice member_policies; /* JSON {member code: policy code} */
	bool is_archived;
	struct slice metadata;
};

struct custom_field {
	struct object o;
	int64_t product_id;
	struct slice name;
	int data_type;
	struct slice default_value; /* null */
	bool is_archived;
};

struct installation_file {
	struct object o;
	int64_t product_id;
	struct slice version;
	int environment;
	struct slice channel; /* null */
	struct slice full_link, filename, hash_md5;
	int64_t size;                  /* null */
	int64_t release_date;          /* null */
	struct slice requires_version; /* null */
	struct slice eula_link, release_notes_link;
	bool enabled;
};

extern const struct field_table vendor_table, product_table, policy_table,
    custom_field_table, installation_file_table;

void
product_default(struct product *);
void
policy_default(struct policy *);

#endif
