#include "server/action/access.h"

static const struct filter filters[] = {
	{ .name = "email", .key = KEY_FOLDED, .index = IX_ACCOUNT_EMAIL },
	{ .name = "role" },
	{ .name = "enabled" },
	{ .name = NULL },
};

const struct resource account_resource = {
	.table = T_ACCOUNT,
	.audit = "account",
	.path = "accounts",
	.unique = "email",
	.filters = filters,
};

enum err
account_me(struct action_ctx *ctx, const void *req, void *res)
{
	struct account account;
	enum err e = E_NOT_FOUND;

	(void)req;
	if (ctx->actor->account_id != FIELD_NONE)
		e = record_get_id(ctx->txn, T_ACCOUNT, ctx->actor->account_id, &account);
	return e ? e : manage_answer(ctx, &account_resource, res, &account);
}
