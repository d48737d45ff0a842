#include "server/api/v4.h"

#include "server/action/find.h"

static void
encode_changed(struct v4_call *v, struct buf *body)
{
	(void)v;
	buf_str(body, "\"password_changed\"");
}

const struct v4_spec v4_change_password = {
	.name = "change_password",
	.take = V4_NEW_PASSWORD,
	.write = true,
	.action = action_password_change,
	.encode = encode_changed,
};

/* Steps 3, 4 and the first of 6.10. */
static enum err
check_product(struct action_ctx *ctx, const struct v4_call *v)
{
	bool archived_allowed = !(v->spec->take & V4_ID_A);
	struct product product;
	enum err err = find_product(ctx, &v->req, archived_allowed, &product);

	if (err)
		return err;
	if (v->spec->bundle && !product.is_bundle)
		return E_PRODUCT_NOT_BUNDLE;
	if (v->spec->single && product.is_bundle)
		return E_PRODUCT_IS_BUNDLE;
	if (product.authorization_method == AM_LICENSE_KEY)
		return E_LICENSE_KEY_REQUIRED;
	return E_OK;
}

enum err
v4_sso_refuse(struct action_ctx *ctx, const void *req, void *res)
{
	const struct v4_call *v = req;
	struct customer_account account;
	enum err err;

	(void)res;
	err = check_product(ctx, v);
	if (err)
		return err;
	err = record_find(ctx->txn, T_CUSTOMER_ACCOUNT, IX_CUSTOMER_ACCOUNT_CODE,
	    record_key_text(ctx->txn, v->account_code), &account);
	if (err)
		return err == E_NOT_FOUND ? E_CUSTOMER_ACCOUNT_NOT_FOUND : err;
	return E_SSO_NOT_CONFIGURED;
}
