/*
 * May this device be activated, and how does it get its seat (license-api-v4.md 6.3, 6.4,
 * 6.6, 7.1 steps 6-15). Pure: facts in, verdict out.
 */
#ifndef LICET_SERVER_POLICY_ACTIVATE_H
#define LICET_SERVER_POLICY_ACTIVATE_H

#include "server/model/device.h"
#include "server/model/license.h"
#include "server/policy/trace.h"

struct activate_facts {
	int64_t now;
	bool offline;                        /* an offline call: step 11 */
	bool refresh;                        /* new terms for a seat that is held */
	const struct license *license;       /* counters as they are before the call */
	const struct activation *activation; /* of this device on it; NULL: none yet */
	bool blacklisted;
	bool is_vm;
	bool device_unfit; /* device_uuid names no device that may learn this hardware_id
	                    */
	int64_t user_id;   /* FIELD_NONE: key-based, or a caller without user */
	const struct assignment *assignment; /* NULL when there is no user */
	struct slice device_key;             /* 32 bytes; null: none presented */
};

enum seat_source {
	SEAT_NONE,
	SEAT_KEPT,     /* already active: idempotent */
	SEAT_RESERVED, /* a reservation becomes active */
	SEAT_OWN,      /* 6.4 b: takes its vacated seat back */
	SEAT_FRESH,    /* 6.4 c, and every seat of an unlimited license */
	SEAT_TRANSFER  /* 6.4 d: the longest vacated seat of another device */
};

struct activate_verdict {
	enum err err;
	int decided_by; /* step number, 0 when allowed */
	enum seat_source source;
	bool adopt;    /* an active one without user gets this user */
	bool bind_key; /* device_key replaces what was bound (null: unbinds) */
};

struct activate_verdict
activate_decide(const struct activate_facts *, struct trace *);

/* 6.4 alone, for reservations and transfers too: source, or
 * E_LICENSE_TRANSFERRED_MAX_TIMES, E_LICENSE_ACTIVATED_MAX_TIMES. activation NULL: no row
 * yet. */
enum err
activate_find_seat(
    const struct license *, const struct activation *, enum seat_source *source);

#endif
