#include "server/action/find.h"

#include "server/action/upload.h"

static bool
list_has(const struct list *ids, int64_t id)
{
	const int64_t *p = ids->p;

	for (size_t i = 0; i < ids->n; i++) {
		if (p[i] == id)
			return true;
	}
	return false;
}

/* By a list of an API key; one without entries allows all. */
static enum err
product_allowed(struct action_ctx *ctx, const int64_t *ids, size_t n, int64_t product_id,
    bool *allowed)
{
	struct product bundle;
	enum err err;

	*allowed = n == 0;
	for (size_t i = 0; i < n && !*allowed; i++)
		*allowed = ids[i] == product_id;
	for (size_t i = 0; i < n && !*allowed; i++) {
		err = record_get_id(ctx->txn, T_PRODUCT, ids[i], &bundle);
		if (err == E_NOT_FOUND)
			continue;
		if (err)
			return err;
		*allowed = bundle.is_bundle && list_has(&bundle.members, product_id);
	}
	return E_OK;
}

static enum err
product_by_code(struct action_ctx *ctx, struct slice code, struct product *product)
{
	enum err err;

	if (!slice_is_plain(code))
		return E_UNKNOWN_PRODUCT;
	err = record_find(ctx->txn, T_PRODUCT, IX_PRODUCT_CODE,
	    record_key_text(ctx->txn, code), product);
	return err == E_NOT_FOUND ? E_UNKNOWN_PRODUCT : err;
}

enum err
find_product(struct action_ctx *ctx, const struct client_req *req, bool archived_allowed,
    struct product *product)
{
	const struct upload *up = req->upload;
	bool allowed = true;
	enum err err;

	err = product_by_code(ctx, req->product, product);
	if (err == E_UNKNOWN_PRODUCT && (req->n_allowed || (up && up->n_allowed)))
		return E_API_KEY_PRODUCT_NOT_ALLOWED;
	if (!err)
		err = product_allowed(
		    ctx, req->allowed_products, req->n_allowed, product->o.id, &allowed);
	if (!err && allowed && up)
		err = product_allowed(
		    ctx, up->allowed_products, up->n_allowed, product->o.id, &allowed);
	if (err)
		return err;
	if (!allowed)
		return E_API_KEY_PRODUCT_NOT_ALLOWED;
	if (!archived_allowed && product->archived_at != FIELD_NONE)
		return E_ARCHIVED_PRODUCT;
	return E_OK;
}

static enum err
find_bundle(struct lookup *l)
{
	const struct client_req *req = l->req;
	enum err err;

	l->bundle = (struct product){ 0 };
	if (req->bundle)
		return l->product.is_bundle ? E_OK : E_PRODUCT_NOT_BUNDLE;
	if (req->single && l->product.is_bundle)
		return E_PRODUCT_IS_BUNDLE;
	if (!req->bundle_code.n)
		return E_OK;
	err = product_by_code(l->ctx, req->bundle_code, &l->bundle);
	if (err)
		return err;
	if (!l->bundle.is_bundle)
		return E_PRODUCT_NOT_BUNDLE;
	if (!list_has(&l->bundle.members, l->product.o.id))
		return E_PRODUCT_NOT_IN_BUNDLE;
	return E_OK;
}

static enum err
user_in_account(
    struct action_ctx *ctx, const struct license_user *user, struct slice code)
{
	struct customer_account account;
	enum err err;

	if (user->customer_account_id == FIELD_NONE)
		return E_LICENSE_NOT_FOUND;
	err = record_get_id(
	    ctx->txn, T_CUSTOMER_ACCOUNT, user->customer_account_id, &account);
	if (err)
		return err == E_NOT_FOUND ? E_LICENSE_NOT_FOUND : err;
	return slice_equal(account.code, code) ? E_OK : E_LICENSE_NOT_FOUND;
}

enum err
find_user(struct action_ctx *ctx, struct slice username, struct license_user *user)
{
	struct slice code = slice_trim(username), email;
	enum err err;

	email = arena_fold(ctx->arena, slice_trim(slice_cut(&code, '|')));
	if (email.n && !email.p)
		return E_NO_MEMORY;
	if (!email.n || email.n > MAX_EMAIL || !slice_is_plain(email))
		return E_LICENSE_NOT_FOUND;
	err = record_find(ctx->txn, T_LICENSE_USER, IX_LICENSE_USER_EMAIL,
	    record_key_text(ctx->txn, email), user);
	if (err)
		return err == E_NOT_FOUND ? E_LICENSE_NOT_FOUND : err;
	return code.n ? user_in_account(ctx, user, code) : E_OK;
}

enum err
find_password(const struct client_req *req, const struct license_user *user)
{
	if (!req->password_ok || !user->is_active || !user->password_hash.n)
		return E_LICENSE_NOT_FOUND;
	if (!slice_equal(req->password_hash, user->password_hash))
		return E_LICENSE_NOT_FOUND;
	return E_OK;
}

/* A candidate must also be of the set that bundle_code and license_id ask for. */
static enum err
candidate_fits(struct lookup *l, const struct license *license, bool *fits)
{
	struct license own;
	enum err err;

	*fits = license->product_id == l->product.o.id;
	if (l->req->license_id != FIELD_NONE && license->o.id != l->req->license_id)
		*fits = false;
	if (!*fits || !l->bundle.o.id)
		return E_OK;
	*fits = false;
	if (license->bundle_license_id == FIELD_NONE)
		return E_OK;
	err = record_get_id(l->ctx->txn, T_LICENSE, license->bundle_license_id, &own);
	if (err)
		return err == E_NOT_FOUND ? E_OK : err;
	*fits = own.product_id == l->bundle.o.id;
	return E_OK;
}

static enum err
candidate_add(struct lookup *l, const struct license *license)
{
	bool fits;
	enum err err = candidate_fits(l, license, &fits);

	if (!err && fits)
		l->candidate[l->n++] = license->o.id;
	return err;
}

static enum err
candidates_room(struct lookup *l, int64_t n)
{
	l->candidate = arena_array(l->ctx->arena, (size_t)n + 1, sizeof(*l->candidate));
	return l->candidate ? E_OK : E_NO_MEMORY;
}

static enum err
candidates_by_key(struct lookup *l)
{
	struct slice key = arena_fold(l->ctx->arena, slice_trim(l->req->license_key));
	enum err err;

	if (key.n && !key.p)
		return E_NO_MEMORY;
	if (!license_key_valid(key))
		return E_LICENSE_NOT_FOUND;
	err = record_find(l->ctx->txn, T_LICENSE, IX_LICENSE_KEY,
	    record_key_id_text(l->ctx->txn, l->product.o.id, key), &l->keyed);
	if (err)
		return err == E_NOT_FOUND ? E_LICENSE_NOT_FOUND : err;
	err = candidates_room(l, 1);
	return err ? err : candidate_add(l, &l->keyed);
}

static enum err
candidate_next(struct lookup *l, struct record_scan *scan)
{
	struct arena_mark mark = arena_mark(l->ctx->arena);
	struct assignment assignment;
	struct license license;
	enum err err;

	err = record_next(scan, &assignment);
	if (err)
		return err;
	err = record_get_id(l->ctx->txn, T_LICENSE, assignment.license_id, &license);
	if (!err)
		err = candidate_add(l, &license);
	arena_reset(l->ctx->arena, mark);
	return err == E_NOT_FOUND ? E_OK : err;
}

static enum err
candidates_by_user(struct lookup *l)
{
	struct txn *txn = l->ctx->txn;
	struct slice prefix = record_key_id(txn, l->user.o.id);
	struct record_scan scan;
	int64_t most;
	enum err err;

	err =
	    record_count(txn, T_ASSIGNMENT, IX_ASSIGNMENT_USER, prefix, INT64_MAX, &most);
	if (!err)
		err = candidates_room(l, most);
	if (!err)
		err = record_scan(txn, T_ASSIGNMENT, IX_ASSIGNMENT_USER, prefix,
		    SLICE_NULL, false, &scan);
	while (!err)
		err = candidate_next(l, &scan);
	return err == E_NOT_FOUND ? E_OK : err;
}

/* 6.11 as far as it goes without SSO: no account has it. */
static enum err
find_sso_account(struct action_ctx *ctx, struct slice code)
{
	struct customer_account account;
	enum err err;

	err = record_find(ctx->txn, T_CUSTOMER_ACCOUNT, IX_CUSTOMER_ACCOUNT_CODE,
	    record_key_text(ctx->txn, code), &account);
	if (err)
		return err == E_NOT_FOUND ? E_CUSTOMER_ACCOUNT_NOT_FOUND : err;
	return E_SSO_NOT_CONFIGURED;
}

static enum err
find_candidates(struct lookup *l, enum lookup_kind kind)
{
	const struct client_req *req = l->req;
	enum err err;

	if (l->product.authorization_method == AM_LICENSE_KEY) {
		if (!req->license_key.n)
			return E_LICENSE_KEY_REQUIRED;
		err = candidates_by_key(l);
	} else {
		if (req->license_key.n)
			return E_INVALID_PRODUCT_AUTH_METHOD;
		if (!req->username.n)
			return find_sso_account(l->ctx, req->account_code);
		err = find_user(l->ctx, req->username, &l->user);
		if (!err && kind == LOOKUP_ACTIVATION)
			err = find_password(req, &l->user);
		if (!err)
			err = candidates_by_user(l);
	}
	if (!err && !l->n)
		err = E_LICENSE_NOT_FOUND;
	return err;
}

/*
 * 9.1, device_uuid: a device without hardware_id learns this one. A repeat finds it by
 * the hardware_id that it has learned.
 */
static enum err
find_unbound(struct lookup *l)
{
	struct slice uuid = arena_fold(l->ctx->arena, l->req->device_uuid);
	struct device unbound;
	enum err err;

	if (!uuid.p)
		return E_NO_MEMORY;
	l->device_unfit = !slice_equal(l->device.uuid, uuid);
	if (l->device.o.id || !slice_is_plain(uuid))
		return E_OK;
	err = record_find(l->ctx->txn, T_DEVICE, IX_DEVICE_UNBOUND,
	    record_key_text(l->ctx->txn, uuid), &unbound);
	if (err)
		return err == E_NOT_FOUND ? E_OK : err;
	l->device = unbound;
	l->device.hardware_id = l->req->hardware_id;
	l->device_unfit = false;
	return E_OK;
}

static enum err
find_device(struct lookup *l)
{
	struct txn *txn = l->ctx->txn;
	enum err err;

	err = record_find(txn, T_DEVICE, IX_DEVICE_HARDWARE_ID,
	    record_key_text(txn, l->req->hardware_id), &l->device);
	if (err == E_NOT_FOUND) {
		field_clear(&device_table, &l->device);
		l->device.hardware_id = l->req->hardware_id;
		err = E_OK;
	}
	if (!err && l->req->device_uuid.n)
		err = find_unbound(l);
	return err;
}

enum err
find_licenses(struct lookup *l, enum lookup_kind kind)
{
	enum err err;

	l->candidate = NULL;
	l->n = 0;
	l->keyed.o.id = 0;
	l->device_unfit = false;
	field_clear(&license_user_table, &l->user);
	err = find_product(l->ctx, l->req, kind == LOOKUP_LATER, &l->product);
	if (!err)
		err = find_bundle(l);
	if (!err)
		err = find_candidates(l, kind);
	if (!err)
		err = find_device(l);
	return err;
}
