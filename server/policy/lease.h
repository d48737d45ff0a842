/* Floating seats as check takes and renews them (license-api-v4.md 6.8). Pure. */
#ifndef LICET_SERVER_POLICY_LEASE_H
#define LICET_SERVER_POLICY_LEASE_H

#include "server/model/device.h"
#include "server/model/license.h"
#include "server/policy/trace.h"

struct lease_facts {
	int64_t now;
	const struct license *license;
	const struct activation *activation;
	int64_t in_force; /* seats in force on the license, this device's included */
	bool read_only;   /* read-only API key: E_READ_ONLY_API_KEY when a seat must be
	                     taken */
};

struct lease_verdict {
	enum err err;
	bool write;             /* floating_until is to be stored */
	int64_t floating_until; /* then */
};

/* This device has a seat in force at now. */
bool
lease_held(const struct activation *, int64_t now);
/* A license that is not floating cloud, or has expired: E_OK, nothing to write. */
struct lease_verdict
lease_check(const struct lease_facts *, struct trace *);

#endif
