/* Device, activation (the seat: license x device), variables, blacklist (5.5). */
#ifndef LICET_SERVER_MODEL_DEVICE_H
#define LICET_SERVER_MODEL_DEVICE_H

#include "server/model/types.h"

struct device {
	struct object o;
	struct slice uuid;
	struct slice hardware_id;            /* null */
	int64_t customer_account_id;         /* null */
	int64_t first_seen_at, last_seen_at; /* null */
};

/* Device facts of a call; null = not sent. */
struct facts {
	struct slice sdk_ver, app_ver, app_name, os_ver, hostname, os_hostname, ip,
	    ip_local, mac_address, vm_info;
	bool is_vm;
};

struct activation {
	struct object o; /* o.id is the wire's device_id */
	int64_t license_id, device_id;
	int state;
	int64_t vacant_since;    /* null */
	int64_t user_id;         /* null */
	struct slice device_key; /* 32 bytes, null */
	bool offline;
	int64_t serial, sequence; /* of the last activation token; 0: none yet */
	int64_t first_serial;     /* of the first one since it became active */
	int64_t refreshed_from; /* highest sequence that a refresh has told since then */
	int64_t lease_until;    /* null */
	bool cloned;
	int64_t revoked_at;                                                     /* null */
	int64_t first_activated_at, activated_at, deactivated_at, last_seen_at; /* null */
	int64_t activation_count, check_count;
	struct facts facts;
	struct slice peer_address;
	int64_t floating_until, borrowed_until; /* null */
};

struct variable {
	int64_t license_id, device_id; /* with activation_id: its activation */
	int64_t id, activation_id;
	struct slice variable, value;
	int64_t created_at; /* of the first write */
};

struct blacklist_entry {
	struct object o;
	struct slice hardware_id;
	int scope;
	int64_t scope_id; /* null for vendor */
	struct slice reason, created_by;
};

extern const struct field_table device_table, facts_table, activation_table,
    variable_table, blacklist_table;

/* Instant until which the floating seat is in force, FIELD_NONE when there is none. */
int64_t
activation_seat_until(const struct activation *);

#endif
