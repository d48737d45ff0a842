/* License and its users' assignments (5.3, 5.4). */
#ifndef LICET_SERVER_MODEL_LICENSE_H
#define LICET_SERVER_MODEL_LICENSE_H

#include "server/model/terms.h"

struct custom_value {
	int64_t custom_field_id;
	struct slice value; /* null */
};

struct license {
	struct object o;
	int64_t product_id, order_id;
	int64_t license_template_id; /* null; the policy it was made from */
	struct slice license_key;  /* null: user-based; of a set, every license has it */
	int64_t bundle_license_id; /* null; of a member: the set's own license */
	bool license_enabled;
	int64_t start_date, validity_period, maintenance_period; /* null */
	struct terms terms;
	int64_t transfer_count;
	int64_t total_consumptions;
	int64_t period_start;
	struct list custom_values; /* struct custom_value */
	struct slice metadata, note;
	int64_t first_activated_at; /* null */
	int64_t limit_reached_at;   /* null */
	/* Counters over the license's activations; action/seat.c alone changes them. */
	int64_t seats_used;      /* active + reserved */
	int64_t times_activated; /* active */
	int64_t vacant;          /* with vacant_since */
	int64_t n_users;         /* assignments */
	int64_t n_features;
};

struct assignment {
	int64_t license_id, user_id;
	int64_t max_activations;
	bool allow_unlimited_activations;
	int64_t total_activations;
};

extern const struct field_table license_table, assignment_table;

void
license_default(struct license *);

#endif
