/*
 * Making licenses and bundle sets from policies (management-api.md 4.2,
 * license-api-v4.md 5.4): all rows of a call are read and checked first, so that every
 * fault shows at once; then they are made.
 */
#ifndef LICET_SERVER_ACTION_ISSUE_H
#define LICET_SERVER_ACTION_ISSUE_H

#include "server/action/manage.h"
#include "server/model/customer.h"
#include "server/model/license.h"
#include "server/model/product.h"

#define ISSUE_LICENSES_MAX 1000

/* A product to sell, with what every row of it needs. */
struct issue_goods {
	struct product product;
	struct product *member; /* bundle only, in member order */
	size_t n_members;
};

/* One license record. */
struct issue_piece {
	const char *path; /* of faults, "items[0].licenses[1].members.edit." */
	const struct product *product;
	struct license license;
	struct list features;         /* struct policy_feature */
	int64_t user_max_activations; /* of the policy */
};

struct issue_user {
	struct slice email, first_name, last_name;
	int64_t max_activations; /* FIELD_NONE: the policy's */
};

/* One license, or one set under one key. */
struct issue_row {
	const char *path; /* "items[0].licenses[1]." or "" */
	const struct issue_goods *goods;
	struct issue_piece *piece; /* own first, then members */
	size_t n;
	struct slice key; /* null: to be made */
	struct issue_user *user;
	size_t n_users;
	bool one_user; /* the object at path is the user itself */
};

struct issue {
	struct action_ctx *ctx;
	const struct manage_req *req;
	struct manage_res *res;
	int64_t created;
	bool prevent_vm;
	struct issue_row *row;
	size_t n, cap;
	size_t n_pieces;
};

/* --- reading: faults are collected, store errors returned --------------------------- */

/* code: the JSON value that names the product. goods->product.o.id == 0 after a fault. */
must_check enum err
issue_read_goods(
    struct issue *, const char *field, const struct json *code, struct issue_goods *);
/* One row; json may be an empty object. known: further members that the caller reads,
 * or NULL. */
must_check enum err
issue_read_row(struct issue *, const char *path, const struct issue_goods *,
    const struct json *, const char *const *known);
/* The array under `users` of a row. */
must_check enum err
issue_read_users(struct issue *, struct issue_row *, const struct json *);
/* "users[3]." under the row; NULL: out of memory. */
const char *
issue_user_path(struct action_ctx *, const struct issue_row *, size_t i);

/* The row's own key, if it has one. */
must_check enum err
issue_read_key(struct issue *, struct issue_row *, const struct json *);

/* Values of a product's custom fields (license-api-v4.md 5.2). */
must_check enum err
custom_defaults(struct action_ctx *, int64_t product_id, struct list *values);
/* Sets those named in the object; the others stay. */
must_check enum err
custom_read(struct action_ctx *, const char *path, int64_t product_id,
    const struct json *, struct list *values);

/* --- making ------------------------------------------------------------------------- */

/* All rows, into an order that has its id. E_DUPLICATE with a fault on the key. */
must_check enum err
issue_make(struct issue *, const struct order *);
/* Runs fn with an arena of its own for ctx and transaction; of what it made there only
 * ctx->changes stay. */
must_check enum err
issue_in_scratch(struct action_ctx *, enum err (*fn)(void *), void *arg);
/* A feature of a license, from its settings. */
must_check enum err
issue_feature(struct action_ctx *, const struct license *, const struct policy_feature *);
/* The user of that e-mail, made when there is none (password from the front's list). */
must_check enum err
issue_find_user(struct action_ctx *, const struct manage_req *, const struct issue_user *,
    struct license_user *);
/* Writes one assignment and counts it on license and user; stores the user, not the
 * license. */
must_check enum err
issue_assign(struct action_ctx *, struct license *, struct license_user *,
    const struct issue_user *, int64_t policy_max);
/* A key of the format that none of the products has; null when out of memory. */
must_check enum err
issue_new_key(struct action_ctx *, const struct issue_goods *, struct slice *key);
/* Product and, for a bundle, its members. */
must_check enum err
issue_load_goods(struct action_ctx *, int64_t product_id, struct issue_goods *);

/* Passwords to hash for a body of create_order, and for POST licenses/ (read). */
action_fn order_look;
action_fn license_look;

#endif
