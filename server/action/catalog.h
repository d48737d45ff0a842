/* Management of the catalogue: products, policies, features (management-api.md 3). */
#ifndef LICET_SERVER_ACTION_CATALOG_H
#define LICET_SERVER_ACTION_CATALOG_H

#include "server/action/manage.h"
#include "server/model/product.h"

extern const struct resource product_resource, policy_resource, product_feature_resource;

action_fn product_bundle;    /* read: the members of a bundle */
action_fn product_in_bundle; /* read: the bundles that hold it */

/*
 * Settings that policies and issued licenses share, read from JSON: features as
 * [{code, …}] on top of the product's own, pairs of terms that cannot hold. Faults go to
 * ctx->faults under path + "product_features[i]."; store errors are returned.
 */
must_check enum err
policy_read_features(struct action_ctx *, const struct manage_req *, struct manage_res *,
    const char *path, int64_t product_id, const struct json *, struct list *out);
void
policy_check_terms(struct action_ctx *, const char *path, const struct terms *);
/* {name: value} of custom fields of the product; member policies of a bundle's policy. */
must_check enum err
policy_check_custom(struct action_ctx *, const struct policy *);
must_check enum err
policy_check_members(struct action_ctx *, const struct policy *, const struct product *);
/* The policy that comes with a product being made: as the body's member `policy` says. */
must_check enum err
policy_make_default(struct edit *, const struct product *, struct policy *out);
/* E_IN_USE when a policy of another product is meant for this bundle. */
must_check enum err
policy_refuse_bundle(struct action_ctx *, const struct product *);
/* A license of the product exists. */
must_check enum err
product_has_license(struct action_ctx *, int64_t product_id, bool *out);
/* E_IN_USE when the table's index has an entry under this id. */
must_check enum err
refuse_if_used(struct action_ctx *, enum table, int index, int64_t id);

#endif
