#include "server/action/client.h"

#include "server/action/change.h"
#include "server/action/find.h"

enum err
action_password_find(struct action_ctx *ctx, const void *request, void *result)
{
	const struct client_req *req = request;
	struct password_res *res = result;
	struct license_user user;
	enum err err;

	*res = (struct password_res){ .user_id = FIELD_NONE };
	err = find_user(ctx, req->username, &user);
	if (err)
		return err == E_LICENSE_NOT_FOUND ? E_OK : err;
	if (user.is_active && user.password_hash.n) {
		res->hash = user.password_hash;
		res->user_id = user.o.id;
	}
	return E_OK;
}

static enum err
password_changeable(struct action_ctx *ctx, const struct license_user *user)
{
	struct customer_account account;
	struct vendor vendor;
	enum err err;

	err = record_get_id(ctx->txn, T_VENDOR, VENDOR_ID, &vendor);
	if (err)
		return err == E_NOT_FOUND ? E_INTERNAL : err;
	if (!vendor.password_change)
		return E_CHANGE_PASSWORD_NOT_ALLOWED;
	if (user->customer_account_id == FIELD_NONE)
		return E_OK;
	err = record_get_id(
	    ctx->txn, T_CUSTOMER_ACCOUNT, user->customer_account_id, &account);
	if (err)
		return err == E_NOT_FOUND ? E_OK : err;
	return account.sso.p ? E_CHANGE_PASSWORD_NOT_ALLOWED : E_OK;
}

enum err
action_password_change(struct action_ctx *ctx, const void *request, void *result)
{
	const struct client_req *req = request;
	struct license_user before, after;
	enum err err;

	(void)result;
	err = find_user(ctx, req->username, &before);
	if (!err)
		err = find_password(req, &before);
	if (!err)
		err = password_changeable(ctx, &before);
	if (err)
		return err;
	after = before;
	after.password_hash = req->new_password_hash;
	after.is_initial_password = false;
	after.initial_password = SLICE_NULL;
	return change_record(ctx, T_LICENSE_USER, &before, &after,
	    "license_user.password_set", FIELD_NONE);
}
