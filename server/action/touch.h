/*
 * Facts, last_seen_at and check_count of answered checks, collected in memory by the loop
 * threads and written in batches by a job (license-api-v4.md 5.5 allows their loss in a
 * crash). Bounded: past TOUCH_MAX devices the oldest facts are kept and counts merged.
 * Thread-safe.
 */
#ifndef LICET_SERVER_ACTION_TOUCH_H
#define LICET_SERVER_ACTION_TOUCH_H

#include "server/action/action.h"
#include "server/model/device.h"

#define TOUCH_MAX 100000

struct touch;

struct touch *
touch_new(void);
void
touch_free(struct touch *);
/* One answered check of this activation; facts null members are left alone. */
void
touch_add(struct touch *, int64_t license_id, int64_t device_id, int64_t now,
    const struct facts *, bool has_is_vm, struct slice peer);
/* An API key was used; its last_used_at is kept to the hour. */
void
touch_key(struct touch *, int64_t api_key_id, int64_t now);
/* Counters of metrics "checks", "refusals" by code and so on, for stats. */
void
touch_count(struct touch *, const char *metric, const char *label, int64_t now);
/* Writes what has been collected in small transactions through store_write_now; *written
 * counts the activations. */
must_check enum err
touch_flush(struct touch *, struct store *, int64_t *written);

#endif
