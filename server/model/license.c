#include "server/model/license.h"

static const struct field custom_value_fields[] = {
	FIELD(1, INT, custom_value, custom_field_id, 0, 1, INT64_C(9007199254740991)),
	FIELD(2, TEXT, custom_value, value, FIELD_NULL, 0, 4096),
};

static const struct field_table custom_value_table =
    FIELD_TABLE("custom_value", custom_value, custom_value_fields);

static const struct field license_fields[] = {
	OBJECT_FIELDS(license),
	FIELD(5, INT, license, product_id, FIELD_RO, 0, 0),
	FIELD(6, INT, license, order_id, FIELD_RO, 0, 0),
	FIELD(7, INT, license, license_template_id, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(8, TEXT, license, license_key,
	    FIELD_RO | FIELD_NULL | FIELD_HIDDEN | FIELD_IDENT, 1, MAX_LICENSE_KEY),
	FIELD(9, INT, license, bundle_license_id, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(10, BOOL, license, license_enabled, 0, 0, 0),
	FIELD(11, INSTANT, license, start_date, FIELD_NULL, 0, 0),
	FIELD(12, INSTANT, license, validity_period, FIELD_NULL, 0, 0),
	FIELD(13, INSTANT, license, maintenance_period, FIELD_NULL, 0, 0),
	FIELD(14, INT, license, transfer_count, FIELD_RO, 0, 0),
	FIELD(15, INT, license, total_consumptions, FIELD_RO, 0, 0),
	FIELD(16, INSTANT, license, period_start, FIELD_RO, 0, 0),
	FIELD_OF_LIST(17, license, custom_values, FIELD_RO | FIELD_HIDDEN,
	    MAX_CUSTOM_FIELDS, custom_value_table),
	FIELD(18, JSON, license, metadata, 0, 0, MAX_METADATA),
	FIELD(19, TEXT, license, note, 0, 0, MAX_NOTE),
	TERMS_FIELDS(license),
	FIELD(60, INSTANT, license, first_activated_at, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(61, INSTANT, license, limit_reached_at, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(62, INT, license, seats_used, FIELD_RO, 0, 0),
	FIELD(63, INT, license, times_activated, FIELD_RO, 0, 0),
	FIELD(64, INT, license, vacant, FIELD_RO, 0, 0),
	FIELD(65, INT, license, n_users, FIELD_RO | FIELD_HIDDEN, 0, 0),
	FIELD(66, INT, license, n_features, FIELD_RO | FIELD_HIDDEN, 0, 0),
};

static const struct field assignment_fields[] = {
	FIELD(1, INT, assignment, license_id, FIELD_RO, 0, 0),
	FIELD(2, INT, assignment, user_id, FIELD_RO, 0, 0),
	FIELD(3, INT, assignment, max_activations, 0, 0, MAX_ACTIVATIONS),
	FIELD(4, BOOL, assignment, allow_unlimited_activations, 0, 0, 0),
	FIELD(5, INT, assignment, total_activations, FIELD_RO, 0, 0),
};

const struct field_table license_table = FIELD_TABLE("license", license, license_fields);
const struct field_table assignment_table =
    FIELD_TABLE("assignment", assignment, assignment_fields);

void
license_default(struct license *license)
{
	field_clear(&license_table, license);
	terms_default(&license->terms);
	license->license_enabled = true;
	license->metadata = SLICE("{}");
}
