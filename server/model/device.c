#include "server/model/device.h"

static const struct field device_fields[] = {
	OBJECT_FIELDS(device),
	FIELD(5, TEXT, device, uuid, FIELD_RO | FIELD_IDENT, 0, 36),
	FIELD(6, TEXT, device, hardware_id, FIELD_RO | FIELD_NULL | FIELD_IDENT, 1,
	    MAX_HARDWARE_ID),
	FIELD(7, INT, device, customer_account_id, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(8, INSTANT, device, first_seen_at, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(9, INSTANT, device, last_seen_at, FIELD_RO | FIELD_NULL, 0, 0),
};

#define FACT_FIELD(tag, member)                                                          \
	FIELD(tag, TEXT, facts, member, FIELD_NULL | FIELD_CUT, 0, MAX_NAME)

static const struct field facts_fields[] = {
	FACT_FIELD(1, sdk_ver),
	FACT_FIELD(2, app_ver),
	FACT_FIELD(3, app_name),
	FACT_FIELD(4, os_ver),
	FACT_FIELD(5, hostname),
	FACT_FIELD(6, os_hostname),
	FACT_FIELD(7, ip),
	FACT_FIELD(8, ip_local),
	FACT_FIELD(9, mac_address),
	FACT_FIELD(10, vm_info),
	FIELD(11, BOOL, facts, is_vm, 0, 0, 0),
};

#define KEPT_FACT(tag, type, member)                                                     \
	FIELD_NAMED(tag, type, activation, facts.member, #member, FIELD_RO | FIELD_CUT,  \
	    0, MAX_NAME)

static const struct field activation_fields[] = {
	OBJECT_FIELDS(activation),
	FIELD(5, INT, activation, license_id, FIELD_RO, 0, 0),
	FIELD(6, INT, activation, device_id, FIELD_RO | FIELD_HIDDEN, 0, 0),
	FIELD_OF_ENUM(7, activation, state, FIELD_RO, activation_state_names),
	FIELD(8, INSTANT, activation, vacant_since, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(9, INT, activation, user_id, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(10, BYTES, activation, device_key, FIELD_RO | FIELD_NULL, 32, 32),
	FIELD(11, BOOL, activation, offline, FIELD_RO, 0, 0),
	FIELD(12, INT, activation, serial, FIELD_RO, 0, 0),
	FIELD(13, INT, activation, sequence, FIELD_RO, 0, 0),
	FIELD(14, INSTANT, activation, lease_until, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(15, BOOL, activation, cloned, FIELD_RO, 0, 0),
	FIELD(16, INSTANT, activation, revoked_at, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(17, INSTANT, activation, first_activated_at, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(18, INSTANT, activation, activated_at, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(19, INSTANT, activation, deactivated_at, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(20, INSTANT, activation, last_seen_at, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(21, INT, activation, activation_count, FIELD_RO, 0, 0),
	FIELD(22, INT, activation, check_count, FIELD_RO, 0, 0),
	FIELD(23, TEXT, activation, peer_address, FIELD_RO, 0, 64),
	FIELD(24, INSTANT, activation, floating_until, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(25, INSTANT, activation, borrowed_until, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(26, INT, activation, first_serial, FIELD_RO | FIELD_HIDDEN, 0, 0),
	FIELD(27, INT, activation, refreshed_from, FIELD_RO | FIELD_HIDDEN, 0, 0),
	KEPT_FACT(60, TEXT, sdk_ver),
	KEPT_FACT(61, TEXT, app_ver),
	KEPT_FACT(62, TEXT, app_name),
	KEPT_FACT(63, TEXT, os_ver),
	KEPT_FACT(64, TEXT, hostname),
	KEPT_FACT(65, TEXT, os_hostname),
	KEPT_FACT(66, TEXT, ip),
	KEPT_FACT(67, TEXT, ip_local),
	KEPT_FACT(68, TEXT, mac_address),
	KEPT_FACT(69, TEXT, vm_info),
	KEPT_FACT(70, BOOL, is_vm),
};

static const struct field variable_fields[] = {
	FIELD(1, INT, variable, id, FIELD_RO, 0, 0),
	FIELD(2, INSTANT, variable, created_at, FIELD_RO, 0, 0),
	FIELD(3, INT, variable, license_id, FIELD_RO | FIELD_HIDDEN, 0, 0),
	FIELD(4, INT, variable, device_id, FIELD_RO | FIELD_HIDDEN, 0, 0),
	FIELD(5, INT, variable, activation_id, FIELD_RO, 0, 0),
	FIELD(6, TEXT, variable, variable, FIELD_RO | FIELD_IDENT, 1, 64),
	FIELD(7, TEXT, variable, value, 0, 0, 4096),
};

static const struct field blacklist_fields[] = {
	OBJECT_FIELDS(blacklist_entry),
	FIELD(5, TEXT, blacklist_entry, hardware_id,
	    FIELD_REQUIRED | FIELD_IMMUTABLE | FIELD_IDENT, 1, MAX_HARDWARE_ID),
	FIELD_OF_ENUM(6, blacklist_entry, scope, FIELD_REQUIRED | FIELD_IMMUTABLE,
	    blacklist_scope_names),
	FIELD(7, INT, blacklist_entry, scope_id, FIELD_IMMUTABLE | FIELD_NULL, 1,
	    INT64_C(9007199254740991)),
	FIELD(8, TEXT, blacklist_entry, reason, FIELD_RO, 0, 500),
	FIELD(9, TEXT, blacklist_entry, created_by, FIELD_RO, 0, MAX_NAME),
};

const struct field_table device_table = FIELD_TABLE("hardware", device, device_fields);
const struct field_table facts_table = FIELD_TABLE("facts", facts, facts_fields);
const struct field_table activation_table =
    FIELD_TABLE("device", activation, activation_fields);
const struct field_table variable_table =
    FIELD_TABLE("device_variable", variable, variable_fields);
const struct field_table blacklist_table =
    FIELD_TABLE("blacklist_entry", blacklist_entry, blacklist_fields);

int64_t
activation_seat_until(const struct activation *a)
{
	return a->borrowed_until > a->floating_until ? a->borrowed_until
	                                             : a->floating_until;
}
