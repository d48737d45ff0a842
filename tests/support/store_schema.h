/* A small schema for tests of the store: id counters, a plain table, a clustered one. */
#ifndef LICET_TESTS_SUPPORT_STORE_SCHEMA_H
#define LICET_TESTS_SUPPORT_STORE_SCHEMA_H

#include "server/model/schema.h"

/* T_PRODUCT: by id. */
struct thing {
	int64_t id;
	struct slice code; /* unique; no entry when empty */
	int64_t group;     /* (group, id); no entry when null */
	struct slice note;
	int64_t extra; /* only in newer_schema */
};

enum { IX_THING_CODE, IX_THING_GROUP };

/* T_ACTIVATION: by (license_id, device_id), clustered. */
struct seat {
	int64_t license_id, device_id, id, at;
};

/* unique id; (device_id, license_id); clustered (license_id, at, id), none when at is
 * null. */
enum { IX_SEAT_ID, IX_SEAT_DEVICE, IX_SEAT_AT };

extern const struct schema test_schema;
/* A later version: things have one more field. */
extern const struct schema newer_schema;

#endif
