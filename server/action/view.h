/* Everything that an answer prints about one license (license-api-v4.md 8). */
#ifndef LICET_SERVER_ACTION_VIEW_H
#define LICET_SERVER_ACTION_VIEW_H

#include "server/action/bundle.h"

/* What an answer shows beyond what all of them do. */
enum view_kind {
	VIEW_CHECK,
	VIEW_ACTIVATION /* the product's default policy, too */
};

/* From the state inside the transaction; variables only for those sent and stored. */
must_check enum err
view_load(
    const struct lookup *, const struct part *, enum view_kind, struct license_view *);
/* One view for each part, into res. */
must_check enum err
view_load_set(
    const struct lookup *, const struct set *, enum view_kind, struct client_res *);

/* 9.7: what an installation file must fit. */
struct file_filter {
	int64_t product_id;
	struct slice env, channel; /* null: any environment, files without channel */
	int64_t cutoff;            /* FIELD_NONE: none */
};
/* Newest enabled one; *found tells whether there is one. */
must_check enum err
view_newest_file(struct action_ctx *, const struct file_filter *,
    struct installation_file *, bool *found);

/* A counter with its reset applied (6.9); for reads. */
void
view_roll_license(struct license *, int64_t now);
void
view_roll_feature(struct license_feature *, int64_t now);

#endif
