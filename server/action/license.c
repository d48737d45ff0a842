#include "server/action/license.h"

#include <string.h>

#include "base/id.h"
#include "server/action/issue.h"
#include "server/action/license_edit.h"
#include "server/action/view.h"
#include "server/model/feature.h"
#include "server/policy/validity.h"

static bool
made_here(const struct action_ctx *ctx, const char *type, int64_t id)
{
	for (const struct change *c = ctx->changes; c; c = c->next)
		if (c->kind == CHANGE_CREATE && c->id == id && strcmp(c->type, type) == 0)
			return true;
	return false;
}

static bool
given_key(const struct manage_res *res, struct slice key)
{
	for (size_t i = 0; i < res->n_secrets; i++)
		if (strcmp(res->secret[i].name, "license_key") == 0 &&
		    slice_equal(res->secret[i].value, key))
			return true;
	return false;
}

/* Made in this call: shown whole. Null in a dry run, and, for those who may not see
 * keys, when the answer is given again. */
static void
print_new_key(struct manage_res *res, struct slice key, bool once)
{
	size_t n = res->n_spans;

	manage_secret(res, "license_key", key);
	if (res->n_spans > n)
		res->span[n].secret = once;
}

static enum err
print_key(struct action_ctx *ctx, struct manage_res *res, const struct license *license)
{
	bool allowed = permit_allows(&ctx->actor->permits, PERM_LICENSES_KEYS);
	struct slice key = license->license_key;
	char *masked;

	if (key.p &&
	    (given_key(res, key) || made_here(ctx, license_table.name, license->o.id))) {
		print_new_key(res, key, !allowed);
		return E_OK;
	}
	if (!key.p || allowed) {
		jw_ktext(&res->w, "license_key", key);
		return E_OK;
	}
	masked = id_key_mask(ctx->arena, key);
	jw_ktext(&res->w, "license_key", slice_str(masked));
	return masked ? E_OK : E_NO_MEMORY;
}

static void
print_state(struct action_ctx *ctx, struct manage_res *res, const struct license *license)
{
	enum license_status status = validity_status(license, ctx->now);

	jw_ktext(
	    &res->w, "status", slice_str(names_get(&license_status_names, (int)status)));
	jw_kbool(&res->w, "active", license->times_activated > 0);
	jw_kbool(&res->w, "is_expired", validity_expired(license, ctx->now));
}

static enum err
print_product(
    struct action_ctx *ctx, struct manage_res *res, const struct license *license)
{
	struct product product;
	enum err e = record_get_id(ctx->txn, T_PRODUCT, license->product_id, &product);

	if (e)
		return e == E_NOT_FOUND ? E_DAMAGED : e;
	jw_key(&res->w, "product");
	jw_object(&res->w);
	jw_kint(&res->w, "id", product.o.id);
	jw_ktext(&res->w, "short_code", product.short_code);
	jw_ktext(&res->w, "product_name", product.product_name);
	jw_kbool(&res->w, "is_bundle", product.is_bundle);
	jw_end(&res->w);
	return E_OK;
}

static enum err
print_customer(struct action_ctx *ctx, struct manage_res *res, int64_t id)
{
	struct customer customer;
	enum err e = E_NOT_FOUND;

	jw_key(&res->w, "customer");
	if (id != FIELD_NONE)
		e = record_get_id(ctx->txn, T_CUSTOMER, id, &customer);
	if (e) {
		jw_null(&res->w);
		return e == E_NOT_FOUND ? E_OK : e;
	}
	jw_object(&res->w);
	manage_id(ctx, res, "id", customer_table.name, customer.o.id);
	jw_ktext(&res->w, "email", customer.email);
	jw_ktext(&res->w, "company_name", customer.company_name);
	jw_end(&res->w);
	return E_OK;
}

static enum err
print_order(struct action_ctx *ctx, struct manage_res *res, const struct license *license)
{
	struct order order;
	enum err e = record_get_id(ctx->txn, T_ORDER, license->order_id, &order);

	if (e)
		return e == E_NOT_FOUND ? E_DAMAGED : e;
	e = print_customer(ctx, res, order.customer_id);
	jw_key(&res->w, "order");
	jw_object(&res->w);
	manage_id(ctx, res, "id", order_table.name, order.o.id);
	jw_ktext(&res->w, "store_id", order.store_id);
	jw_end(&res->w);
	return e;
}

/* Shown in the answer to the call that made the user, and never again. */
static enum err
print_initial(
    struct action_ctx *ctx, struct manage_res *res, const struct license_user *user)
{
	struct slice plain = SLICE_NULL;
	enum err e = E_OK;

	if (user->initial_password.n &&
	    made_here(ctx, license_user_table.name, user->o.id))
		e = seal_open(ctx->seal, ctx->arena, license_user_table.name, user->o.id,
		    user->initial_password, &plain);
	manage_secret(res, "initial_password", plain);
	return e;
}

static enum err
print_user(struct action_ctx *ctx, struct manage_res *res, const struct assignment *a)
{
	struct license_user user;
	enum err e = record_get_id(ctx->txn, T_LICENSE_USER, a->user_id, &user);

	if (e)
		return e == E_NOT_FOUND ? E_DAMAGED : e;
	jw_object(&res->w);
	manage_id(ctx, res, "id", license_user_table.name, user.o.id);
	jw_ktext(&res->w, "email", user.email);
	jw_ktext(&res->w, "first_name", user.first_name);
	jw_ktext(&res->w, "last_name", user.last_name);
	jw_kint(&res->w, "max_activations", a->max_activations);
	jw_kbool(&res->w, "allow_unlimited_activations", a->allow_unlimited_activations);
	jw_kint(&res->w, "total_activations", a->total_activations);
	e = print_initial(ctx, res, &user);
	jw_end(&res->w);
	return e;
}

static enum err
print_users(struct action_ctx *ctx, struct manage_res *res, int64_t license_id)
{
	struct record_scan scan;
	struct assignment a;
	enum err e;

	jw_key(&res->w, "users");
	jw_array(&res->w);
	e = record_scan(ctx->txn, T_ASSIGNMENT, -1, record_key_id(ctx->txn, license_id),
	    SLICE_NULL, false, &scan);
	while (!e) {
		e = record_next(&scan, &a);
		if (!e)
			e = print_user(ctx, res, &a);
	}
	jw_end(&res->w);
	return e == E_NOT_FOUND ? E_OK : e;
}

static enum err
print_features(struct action_ctx *ctx, struct manage_res *res, int64_t license_id)
{
	struct record_scan scan;
	struct license_feature f;
	enum err e;

	jw_key(&res->w, "product_features");
	jw_array(&res->w);
	e = record_scan(ctx->txn, T_LICENSE_FEATURE, -1,
	    record_key_id(ctx->txn, license_id), SLICE_NULL, false, &scan);
	while (!e) {
		e = record_next(&scan, &f);
		if (e)
			break;
		view_roll_feature(&f, ctx->now);
		jw_object(&res->w);
		jw_raw(&res->w, SLICE(""));
		field_json_members(&res->body, &license_feature_table, &f);
		jw_end(&res->w);
	}
	jw_end(&res->w);
	return e == E_NOT_FOUND ? E_OK : e;
}

static enum err
print_custom(
    struct action_ctx *ctx, struct manage_res *res, const struct license *license)
{
	const struct custom_value *v = license->custom_values.p;
	struct custom_field field;
	enum err e = E_OK;

	jw_key(&res->w, "custom_fields");
	jw_object(&res->w);
	for (size_t i = 0; i < license->custom_values.n && !e; i++) {
		e = record_get_id(ctx->txn, T_CUSTOM_FIELD, v[i].custom_field_id, &field);
		if (!e) {
			jw_key_slice(&res->w, field.name);
			jw_text(&res->w, v[i].value);
		}
		if (e == E_NOT_FOUND)
			e = E_OK;
	}
	jw_end(&res->w);
	return e;
}

static enum err
print_members(
    struct action_ctx *ctx, struct manage_res *res, const struct license *license)
{
	struct record_scan scan;
	struct license member;
	enum err e;

	jw_key(&res->w, "members");
	jw_array(&res->w);
	e = record_scan(ctx->txn, T_LICENSE, IX_LICENSE_SET,
	    record_key_id(ctx->txn, license->o.id), SLICE_NULL, false, &scan);
	while (!e) {
		e = record_next(&scan, &member);
		if (!e)
			jw_int(&res->w, member.o.id);
	}
	jw_end(&res->w);
	return e == E_NOT_FOUND ? E_OK : e;
}

static enum err
print(struct action_ctx *ctx, struct manage_res *res, const void *rec, bool single)
{
	const struct license *license = rec;
	enum err e = print_key(ctx, res, license);

	(void)single;
	print_state(ctx, res, license);
	if (!e)
		e = print_product(ctx, res, license);
	if (!e)
		e = print_order(ctx, res, license);
	if (!e)
		e = print_users(ctx, res, license->o.id);
	if (!e)
		e = print_features(ctx, res, license->o.id);
	if (!e)
		e = print_custom(ctx, res, license);
	return e ? e : print_members(ctx, res, license);
}

static int64_t
history_of(const void *rec)
{
	return ((const struct license *)rec)->o.id;
}

const struct resource license_resource = {
	.table = T_LICENSE,
	.audit = "license",
	.path = "licenses",
	.filters = license_filters,
	.also = license_edit_members,
	.check = license_edit_check,
	.license = history_of,
	.print = print,
};

static enum err
set_add(struct action_ctx *ctx, struct license_set *set, const struct license *license)
{
	size_t size = sizeof(*license);
	struct license *grown =
	    arena_grow(ctx->arena, set->license, set->n * size, (set->n + 1) * size);

	if (!grown)
		return E_NO_MEMORY;
	set->license = grown;
	set->license[set->n++] = *license;
	return E_OK;
}

enum err
license_set_load(
    struct action_ctx *ctx, const struct license *any, struct license_set *set)
{
	bool member = any->bundle_license_id != FIELD_NONE;
	struct license license = *any;
	struct record_scan scan;
	enum err e = E_OK;

	*set = (struct license_set){ NULL, 0 };
	if (member)
		e = record_get_id(ctx->txn, T_LICENSE, any->bundle_license_id, &license);
	if (e)
		return e == E_NOT_FOUND ? E_DAMAGED : e;
	e = set_add(ctx, set, &license);
	if (!e)
		e = record_scan(ctx->txn, T_LICENSE, IX_LICENSE_SET,
		    record_key_id(ctx->txn, license.o.id), SLICE_NULL, false, &scan);
	while (!e) {
		e = record_next(&scan, &license);
		if (!e)
			e = set_add(ctx, set, &license);
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

enum err
license_open(struct action_ctx *ctx, const struct manage_req *req, struct manage_res *res,
    const char *const *known, struct license *license)
{
	manage_unknown(ctx, req, res, "", req->body, known);
	return manage_load(ctx, req, license);
}

enum err
license_get(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	struct license license;
	enum err e = record_get_id(ctx->txn, T_LICENSE, req->id, &license);

	if (e)
		return e;
	view_roll_license(&license, ctx->now);
	return manage_answer(ctx, &license_resource, res, &license);
}

enum err
license_reply(struct action_ctx *ctx, struct manage_res *res, int64_t id)
{
	struct license license;
	enum err e = record_get_id(ctx->txn, T_LICENSE, id, &license);

	return e ? e : manage_answer(ctx, &license_resource, res, &license);
}
