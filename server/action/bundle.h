/*
 * The licenses that one call is about: one, or a whole bundle set (own license first,
 * then members in member order), each with what decisions look at.
 */
#ifndef LICET_SERVER_ACTION_BUNDLE_H
#define LICET_SERVER_ACTION_BUNDLE_H

#include "server/action/find.h"
#include "server/policy/activate.h"
#include "server/policy/release.h"

struct part {
	bool missing; /* no license of this member; then only product is set */
	struct product product;
	struct license license;
	struct order order;
	bool has_activation;
	struct activation activation; /* of the calling device */
	bool has_assignment;
	struct assignment assignment; /* of the calling user */
	bool blacklisted;
	struct activate_verdict verdict; /* activate.c */
};

struct set {
	struct part *part;
	size_t n;
};

/* The set of which `own` is the license named by the call. */
must_check enum err
set_load(const struct lookup *, const struct license *own, struct set *);
/* The set of a candidate. */
must_check enum err
set_load_at(const struct lookup *, size_t at, struct set *);
/*
 * First candidate on which this device is active (own: activated by the user of the call,
 * if there is one); l->n when there is none.
 */
must_check enum err
set_find_active(const struct lookup *, bool own, size_t *at);
/*
 * Set of a later call (6.10 rule 6): of the first candidate on which this device is
 * active, else of the first candidate.
 */
must_check enum err
set_choose(const struct lookup *, struct set *);

/* Facts of steps 6, 7 and D. */
struct holder_facts
part_holder(const struct lookup *, const struct part *);
/* Notes the license of the error for bundle calls (7.3) and gives err back. */
enum err
part_refuse(const struct lookup *, const struct part *, enum err err);

/* The calling device's row on a license; E_NOT_FOUND. */
must_check enum err
set_activation(const struct lookup *, int64_t license_id, struct activation *);

#endif
