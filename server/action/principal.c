#include "server/action/manage.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "server/model/account.h"

struct address {
	int family;
	unsigned char byte[16];
};

static bool
address_parse(struct slice text, struct address *out)
{
	char copy[INET6_ADDRSTRLEN];

	if (text.n == 0 || text.n >= sizeof(copy))
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	out->family = strchr(copy, ':') ? AF_INET6 : AF_INET;
	return inet_pton(out->family, copy, out->byte) == 1;
}

bool
cidr_valid(struct slice block)
{
	struct slice host = slice_cut(&block, '/');
	struct address address;
	int64_t bits;

	if (!address_parse(host, &address))
		return false;
	if (!block.p)
		return true;
	return slice_only(block, "0123456789") && slice_to_int(block, &bits) &&
	       bits <= (address.family == AF_INET ? 32 : 128);
}

static bool
cidr_holds(struct slice block, const struct address *address)
{
	struct slice host = slice_cut(&block, '/');
	struct address net;
	int64_t bits;
	size_t whole;
	unsigned char mask;

	if (!address_parse(host, &net) || net.family != address->family)
		return false;
	if (!block.p || !slice_to_int(block, &bits))
		bits = net.family == AF_INET ? 32 : 128;
	if (bits < 0 || bits > (net.family == AF_INET ? 32 : 128))
		return false;
	whole = (size_t)bits / 8;
	mask = (unsigned char)(0xff00 >> (bits % 8));
	if (memcmp(net.byte, address->byte, whole) != 0)
		return false;
	return bits % 8 == 0 || (net.byte[whole] & mask) == (address->byte[whole] & mask);
}

enum err
address_allowed(
    struct arena *arena, struct slice json_list, struct slice text, bool *allowed)
{
	struct address address;
	struct json *list;
	enum err e;

	*allowed = json_list.n == 0;
	if (*allowed)
		return E_OK;
	e = json_parse(arena, json_list, &list);
	if (e)
		return e == E_NO_MEMORY ? e : E_OK;
	*allowed = list->type == JSON_ARRAY && list->n == 0;
	if (list->type != JSON_ARRAY || !address_parse(text, &address))
		return E_OK;
	for (size_t i = 0; i < list->n && !*allowed; i++)
		*allowed = cidr_holds(list->items[i].text, &address);
	return E_OK;
}

static enum err
permits_of(struct action_ctx *ctx, const struct account *account,
    const struct token *token, struct permit_set *out)
{
	struct json *list;
	struct slice *name;
	enum err e;

	*out = permit_of_role((enum role)account->role);
	if (token->permissions.n == 0)
		return E_OK;
	e = json_parse(ctx->arena, token->permissions, &list);
	if (e || list->type != JSON_ARRAY)
		return e == E_NO_MEMORY ? e : E_DAMAGED;
	name = arena_array(ctx->arena, list->n, sizeof(*name));
	if (!name)
		return E_NO_MEMORY;
	for (size_t i = 0; i < list->n; i++)
		name[i] = list->items[i].text;
	*out = permit_narrow(*out, name, list->n);
	return E_OK;
}

static enum err
check_token(struct action_ctx *ctx, const struct token *token,
    const struct account *account, struct slice address)
{
	bool allowed;
	enum err e;

	if (token->revoked_at != FIELD_NONE || !account->enabled)
		return E_UNAUTHENTICATED;
	if (token->expires_at != FIELD_NONE && token->expires_at <= ctx->now)
		return E_UNAUTHENTICATED;
	e = address_allowed(ctx->arena, token->allowed_addresses, address, &allowed);
	return e || allowed ? e : E_UNAUTHENTICATED;
}

static int64_t
hour_of(int64_t t)
{
	return t - t % CLOCK_HOUR;
}

enum err
action_principal(struct action_ctx *ctx, const void *req_, void *res_)
{
	const struct principal_req *req = req_;
	struct principal *res = res_;
	unsigned char hash[crypto_generichash_BYTES];
	struct token token;
	struct account account;
	enum err e;

	crypto_generichash(hash, sizeof(hash), (const unsigned char *)req->token.p,
	    req->token.n, NULL, 0);
	e = record_find(
	    ctx->txn, T_TOKEN, IX_TOKEN_HASH, slice_of(hash, sizeof(hash)), &token);
	if (!e)
		e = record_get_id(ctx->txn, T_ACCOUNT, token.account_id, &account);
	if (!e)
		e = check_token(ctx, &token, &account, req->address);
	if (e)
		return e == E_NOT_FOUND ? E_UNAUTHENTICATED : e;
	*res = (struct principal){ .token_id = token.o.id,
		.account_id = account.o.id,
		.account_name = account.email,
		.stale = token.last_used_at == FIELD_NONE ||
		         token.last_used_at < hour_of(ctx->now) };
	return permits_of(ctx, &account, &token, &res->permits);
}

enum err
action_principal_used(struct action_ctx *ctx, const void *req, void *res)
{
	struct token token;
	enum err e = record_get_id(ctx->txn, T_TOKEN, *(const int64_t *)req, &token);

	(void)res;
	if (e)
		return e;
	token.last_used_at = hour_of(ctx->now);
	return record_put(ctx->txn, T_TOKEN, &token);
}

enum err
manage_forbid(struct action_ctx *ctx, enum permission permission)
{
	ctx->message = slice_str(arena_printf(ctx->arena,
	    "The credential lacks the permission %s", permit_name(permission)));
	return E_FORBIDDEN;
}
