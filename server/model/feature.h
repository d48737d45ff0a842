/* Product features, feature settings of a policy, features of a license (5.2, 5.4). */
#ifndef LICET_SERVER_MODEL_FEATURE_H
#define LICET_SERVER_MODEL_FEATURE_H

#include "server/model/types.h"

/* Settings that product feature, policy and license share. */
struct feature_terms {
	struct slice valid_duration; /* null */
	struct slice metadata;       /* JSON object */
	bool is_floating, is_floating_cloud;
	int64_t floating_users, floating_timeout;
	int64_t max_consumption;
	bool allow_unlimited_consumptions, allow_negative_consumptions;
	bool allow_overages;
	int64_t max_overages;
	bool reset_consumption;
	int consumption_period; /* -1: null */
};

struct product_feature {
	struct object o;
	int64_t product_id;
	struct slice code, name;
	int feature_type;
	bool is_archived;
	struct feature_terms terms;
};

struct policy_feature {
	struct slice code;
	struct feature_terms terms;
};

struct license_feature {
	struct object o;
	int64_t license_id;
	int64_t product_feature_id;
	struct slice code, name;
	int feature_type;
	int64_t expiry_date; /* null */
	struct feature_terms terms;
	int64_t total_consumptions;
	int64_t period_start;
};

extern const struct field_table product_feature_table, policy_feature_table,
    license_feature_table;

void
feature_terms_default(struct feature_terms *);

#endif
