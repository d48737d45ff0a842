#include "server/action/license.h"

#include "server/action/issue.h"
#include "server/action/party.h"
#include "server/action/query.h"

/* Users of a license are those of its whole set: every change goes through here. */
struct users {
	struct action_ctx *ctx;
	struct license_set set;
	bool changed;
	struct issue_row given;
};

static const char *const one_member[] = { "email", "max_activations", NULL };
static const char *const email_member[] = { "email", NULL };
static const char *const users_member[] = { "users", NULL };

static enum err
open_set(struct users *u, const struct manage_req *req, struct manage_res *res,
    const char *const *known)
{
	struct license license;
	struct product product;
	enum err e = license_open(u->ctx, req, res, known, &license);

	if (!e)
		e = record_get_id(u->ctx->txn, T_PRODUCT, license.product_id, &product);
	if (!e && product.authorization_method != AM_USER)
		e = E_INVALID_PRODUCT_AUTH_METHOD;
	if (!e)
		e = license_set_load(u->ctx, &license, &u->set);
	return e;
}

/* The body as one user of a list, or its member users. */
static enum err
read_given(
    struct users *u, const struct manage_req *req, struct manage_res *res, bool many)
{
	struct issue is = { .ctx = u->ctx, .req = req, .res = res };
	const struct json *users = json_get(req->body, "users");
	struct json one = { .type = JSON_ARRAY, .n = 1 };
	struct json item = *req->body;

	u->given.path = "";
	u->given.one_user = !many;
	if (many && !users) {
		fault_add(
		    &u->ctx->faults, "users", E_MISSING_PARAMETERS, "users is missing");
		return E_OK;
	}
	if (many)
		return issue_read_users(&is, &u->given, users);
	one.items = &item;
	return issue_read_users(&is, &u->given, &one);
}

static void
fault_user(struct users *u, size_t i, const char *what)
{
	const char *path = issue_user_path(u->ctx, &u->given, i);

	fault_add(&u->ctx->faults, path ? query_path(u->ctx, path, "email") : NULL,
	    E_VALIDATION, "%s", what);
}

static enum err
find_user(struct users *u, size_t i, struct license_user *user)
{
	struct txn *txn = u->ctx->txn;
	struct slice email = arena_fold(u->ctx->arena, u->given.user[i].email);
	enum err e;

	e = record_find(txn, T_LICENSE_USER, IX_LICENSE_USER_EMAIL,
	    record_key_text(txn, email), user);
	if (e == E_NOT_FOUND) {
		fault_user(u, i, "No license user has this e-mail");
		return E_VALIDATION;
	}
	return e;
}

static void
print_side(struct json_writer *w, const struct assignment *a)
{
	if (a && !a->allow_unlimited_activations)
		jw_int(w, a->max_activations);
	else
		jw_null(w);
}

/* Of the user's assignment; NULL: there is none. */
static enum err
note(struct users *u, const struct license *license, const struct license_user *user,
    const struct assignment *from, const struct assignment *to)
{
	struct action_ctx *ctx = u->ctx;
	char *id = arena_printf(ctx->arena, "%lld", (long long)license->o.id);
	struct buf b = BUF_INIT(ctx->arena);
	struct change change = {
		.type = license_table.name, .id = license->o.id, .kind = CHANGE_UPDATE
	};
	struct json_writer w;
	enum err e;

	jw_init(&w, &b);
	jw_object(&w);
	jw_key(&w, "email");
	jw_array(&w);
	jw_text(&w, from ? user->email : SLICE_NULL);
	jw_text(&w, to ? user->email : SLICE_NULL);
	jw_end(&w);
	jw_key(&w, "max_activations");
	jw_array(&w);
	print_side(&w, from);
	print_side(&w, to);
	jw_end(&w);
	jw_end(&w);
	if (!id || !buf_ok(&b))
		return E_NO_MEMORY;
	u->changed = true;
	change.fields = buf_slice(&b);
	e = change_note(ctx, &change);
	return e ? e
	         : audit_append(ctx,
		       to ? "license.license_user.assigned"
			  : "license.license_user.unassigned",
		       license_table.name, slice_str(id), license->o.id, change.fields);
}

static enum err
set_limit(struct users *u, const struct license *license, const struct license_user *user,
    const struct issue_user *given, struct assignment *a)
{
	bool unlimited = given->max_activations == FIELD_NONE;
	struct assignment before = *a;
	enum err e;

	if (!unlimited && given->max_activations < a->total_activations) {
		fault_add(&u->ctx->faults, "max_activations", E_BELOW_USAGE,
		    "%.*s has %lld active devices", SLICE_ARG(given->email),
		    (long long)a->total_activations);
		return E_BELOW_USAGE;
	}
	a->max_activations = unlimited ? 0 : given->max_activations;
	a->allow_unlimited_activations = unlimited;
	if (a->max_activations == before.max_activations &&
	    unlimited == before.allow_unlimited_activations)
		return E_OK;
	e = record_put(u->ctx->txn, T_ASSIGNMENT, a);
	return e ? e : note(u, license, user, &before, a);
}

static enum err
assign_one(struct users *u, struct license *license, const struct issue_user *given,
    struct license_user *user)
{
	struct assignment a = { .license_id = license->o.id, .user_id = user->o.id };
	int64_t max = license->terms.max_license_users;
	enum err e = record_get(u->ctx->txn, T_ASSIGNMENT, &a);

	if (!e)
		return given->max_activations == FIELD_NONE
		           ? E_OK
		           : set_limit(u, license, user, given, &a);
	if (e != E_NOT_FOUND)
		return e;
	if (max > 0 && license->n_users >= max) {
		fault_add(&u->ctx->faults, "users", E_BELOW_USAGE,
		    "max_license_users is %lld", (long long)max);
		return E_BELOW_USAGE;
	}
	e = issue_assign(u->ctx, license, user, given, FIELD_NONE);
	if (!e)
		e = record_get(u->ctx->txn, T_ASSIGNMENT, &a);
	return e ? e : note(u, license, user, NULL, &a);
}

static enum err
store(struct users *u)
{
	enum err e = manage_faults(u->ctx);

	for (size_t i = 0; i < u->set.n && !e && u->changed; i++) {
		u->set.license[i].o.updated_at = u->ctx->now;
		u->set.license[i].o.revision++;
		e = record_put(u->ctx->txn, T_LICENSE, &u->set.license[i]);
	}
	return e;
}

static enum err
assign(struct action_ctx *ctx, const struct manage_req *req, struct manage_res *res,
    bool many)
{
	struct users u = { .ctx = ctx };
	struct license_user user;
	enum err e = open_set(&u, req, res, many ? users_member : one_member);

	if (!e)
		e = read_given(&u, req, res, many);
	if (!e)
		e = manage_faults(ctx);
	for (size_t i = 0; i < u.given.n_users && !e; i++) {
		e = find_user(&u, i, &user);
		for (size_t j = 0; j < u.set.n && !e; j++)
			e = assign_one(&u, &u.set.license[j], &u.given.user[i], &user);
	}
	if (!e)
		e = store(&u);
	return e ? e : license_reply(ctx, res, req->id);
}

enum err
license_assign_user(struct action_ctx *ctx, const void *req, void *res)
{
	return assign(ctx, req, res, false);
}

enum err
license_assign_users(struct action_ctx *ctx, const void *req, void *res)
{
	return assign(ctx, req, res, true);
}

static enum err
unassign_one(struct users *u, struct license *license, struct license_user *user)
{
	struct assignment a = { .license_id = license->o.id, .user_id = user->o.id };
	enum err e = record_get(u->ctx->txn, T_ASSIGNMENT, &a);

	if (e)
		return e == E_NOT_FOUND ? E_OK : e;
	if (a.total_activations)
		return E_IN_USE;
	e = record_del(u->ctx->txn, T_ASSIGNMENT, &a);
	if (e)
		return e;
	license->n_users--;
	user->n_licenses--;
	e = record_put(u->ctx->txn, T_LICENSE_USER, user);
	return e ? e : note(u, license, user, &a, NULL);
}

enum err
license_unassign_user(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	struct users u = { .ctx = ctx };
	struct license_user user;
	enum err e = open_set(&u, req, res, email_member);

	if (!e)
		e = read_given(&u, req, res, false);
	if (!e)
		e = manage_faults(ctx);
	if (!e)
		e = find_user(&u, 0, &user);
	for (size_t j = 0; j < u.set.n && !e; j++)
		e = unassign_one(&u, &u.set.license[j], &user);
	if (!e)
		e = store(&u);
	return e ? e : license_reply(ctx, res, req->id);
}

static enum err
limit_one(
    struct users *u, struct license *license, size_t i, const struct license_user *user)
{
	struct assignment a = { .license_id = license->o.id, .user_id = user->o.id };
	enum err e = record_get(u->ctx->txn, T_ASSIGNMENT, &a);

	if (e == E_NOT_FOUND) {
		fault_user(u, i, "The license is not assigned to this user");
		return E_VALIDATION;
	}
	return e ? e : set_limit(u, license, user, &u->given.user[i], &a);
}

enum err
license_set_users(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	struct users u = { .ctx = ctx };
	struct license_user user;
	enum err e = open_set(&u, req, res, users_member);

	if (!e)
		e = read_given(&u, req, res, true);
	if (!e)
		e = manage_faults(ctx);
	for (size_t i = 0; i < u.given.n_users && !e; i++) {
		e = find_user(&u, i, &user);
		for (size_t j = 0; j < u.set.n && !e; j++)
			e = limit_one(&u, &u.set.license[j], i, &user);
	}
	if (!e)
		e = store(&u);
	return e ? e : license_reply(ctx, res, req->id);
}
