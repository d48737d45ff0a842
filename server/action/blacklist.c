#include "server/action/blacklist.h"

#include "server/model/device.h"

static bool
entry_covers(const struct blacklist_entry *e, int64_t customer_id, int64_t license_id)
{
	switch (e->scope) {
	case BS_VENDOR:
		return true;
	case BS_CUSTOMER:
		return customer_id != FIELD_NONE && e->scope_id == customer_id;
	case BS_LICENSE:
		return license_id != FIELD_NONE && e->scope_id == license_id;
	default:
		return false;
	}
}

enum err
blacklist_hit(struct txn *txn, struct slice hardware_id, int64_t customer_id,
    int64_t license_id, bool *hit)
{
	struct blacklist_entry entry;
	struct record_scan scan;
	enum err err;

	*hit = false;
	err = record_scan(txn, T_BLACKLIST, IX_BLACKLIST_HARDWARE_ID,
	    record_key_text(txn, hardware_id), SLICE_NULL, false, &scan);
	while (!err && !*hit) {
		err = record_next(&scan, &entry);
		if (!err)
			*hit = entry_covers(&entry, customer_id, license_id);
	}
	return err == E_NOT_FOUND ? E_OK : err;
}
