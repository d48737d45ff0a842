#include "server/action/access.h"

#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"

#define TOKEN_DAYS 90
#define TOKEN_DAYS_MAX 730
#define TOKEN_PREFIX 12
#define TOKEN_NAME 8
#define TOKEN_SECRET 32
#define TOKEN_ADDRESSES_MAX 64

static bool
is_own(const struct action_ctx *ctx, int64_t account_id)
{
	return ctx->actor->account_id == account_id;
}

static bool
may(const struct action_ctx *ctx, int64_t account_id, enum permission permission)
{
	return is_own(ctx, account_id) || permit_allows(&ctx->actor->permits, permission);
}

static void
defaults(void *rec)
{
	struct token *t = rec;

	field_clear(&token_table, t);
	t->permissions = SLICE("[]");
	t->allowed_addresses = SLICE("[]");
}

/* A JSON array of texts that are all good, as text. */
static enum err
read_texts(struct edit *ed, const char *name, bool (*good)(struct slice), size_t max,
    struct slice *out)
{
	const struct json *json = json_get(ed->body, name);
	struct buf text = BUF_INIT(ed->ctx->arena);

	if (!json)
		return E_OK;
	if (json->type != JSON_ARRAY || json->n > max) {
		fault_add(&ed->ctx->faults, name, E_VALIDATION,
		    "%s must be an array of at most %zu texts", name, max);
		return E_OK;
	}
	for (size_t i = 0; i < json->n; i++)
		if (json->items[i].type != JSON_TEXT || !good(json->items[i].text))
			fault_add(&ed->ctx->faults,
			    arena_printf(ed->ctx->arena, "%s[%zu]", name, i),
			    E_VALIDATION, "Nothing has this name or form");
	json_print(&text, json);
	*out = buf_slice(&text);
	return buf_finish(&text);
}

static bool
is_permission(struct slice name)
{
	return permit_find(name) != PERM_MAX;
}

static void
check_expiry(struct edit *ed)
{
	struct token *t = ed->rec;
	int64_t now = ed->ctx->now;
	int64_t last = now + TOKEN_DAYS_MAX * CLOCK_DAY;

	if (!json_get(ed->body, "expires_at"))
		t->expires_at = now + TOKEN_DAYS * CLOCK_DAY;
	else if (t->expires_at == FIELD_NONE || t->expires_at <= now ||
		 t->expires_at > last)
		fault_add(&ed->ctx->faults, "expires_at", E_VALIDATION,
		    "expires_at lies ahead, at most %d days", TOKEN_DAYS_MAX);
}

static enum err
first_owner(struct action_ctx *ctx, int64_t *id)
{
	struct record_scan scan;
	struct account account;
	enum err e =
	    record_scan(ctx->txn, T_ACCOUNT, -1, SLICE_NULL, SLICE_NULL, false, &scan);

	*id = 0;
	while (!e && !*id && !(e = record_next(&scan, &account)))
		if (account.enabled && account.role == ROLE_OWNER)
			*id = account.o.id;
	return e == E_NOT_FOUND ? E_OK : e;
}

/* Nobody hands out more than they have. */
static enum err
check_reach(struct action_ctx *ctx, const struct account *account, const struct token *t)
{
	struct permit_set set = permit_of_role((enum role)account->role);
	struct json *list;
	struct slice *name;
	enum err e = json_parse(ctx->arena, t->permissions, &list);

	if (e)
		return e;
	name = arena_array(ctx->arena, list->n, sizeof(*name));
	if (!name)
		return E_NO_MEMORY;
	for (size_t i = 0; i < list->n; i++)
		name[i] = list->items[i].text;
	set = permit_narrow(set, name, list->n);
	for (int p = 0; p < PERM_MAX; p++)
		if (permit_allows(&set, (enum permission)p) &&
		    !permit_allows(&ctx->actor->permits, (enum permission)p))
			return manage_forbid(ctx, (enum permission)p);
	return E_OK;
}

static enum err
check_account(struct edit *ed)
{
	struct token *t = ed->rec;
	struct account account;
	enum err e = E_OK;

	if (!t->account_id && ed->ctx->actor->account_id != FIELD_NONE)
		t->account_id = ed->ctx->actor->account_id;
	else if (!t->account_id)
		e = first_owner(ed->ctx, &t->account_id);
	if (!e && !t->account_id)
		return E_NOT_FOUND;
	if (!e)
		e = record_get_id(ed->ctx->txn, T_ACCOUNT, t->account_id, &account);
	if (e || manage_faults(ed->ctx))
		return e;
	if (!may(ed->ctx, t->account_id, PERM_ACCOUNTS_WRITE))
		return manage_forbid(ed->ctx, PERM_ACCOUNTS_WRITE);
	return check_reach(ed->ctx, &account, t);
}

static enum err
make_text(struct edit *ed)
{
	struct token *t = ed->rec;
	struct buf text = BUF_INIT(ed->ctx->arena);
	unsigned char secret[TOKEN_SECRET];
	char name[TOKEN_NAME];
	unsigned char *hash = arena_alloc(ed->ctx->arena, crypto_generichash_BYTES);

	id_alnum(name, sizeof(name));
	randombytes_buf(secret, sizeof(secret));
	buf_str(&text, "lmk_");
	buf_add(&text, name, sizeof(name));
	buf_char(&text, '.');
	buf_base64url(&text, secret, sizeof(secret));
	sodium_memzero(secret, sizeof(secret));
	if (!hash || !buf_ok(&text))
		return E_NO_MEMORY;
	crypto_generichash(hash, crypto_generichash_BYTES, (const unsigned char *)text.p,
	    text.n, NULL, 0);
	t->hash = slice_of(hash, crypto_generichash_BYTES);
	t->prefix = slice_head(buf_slice(&text), TOKEN_PREFIX);
	manage_give(ed->res, "token", buf_slice(&text));
	return E_OK;
}

static enum err
check(struct edit *ed)
{
	struct token *t = ed->rec;
	enum err e =
	    read_texts(ed, "permissions", is_permission, PERM_MAX, &t->permissions);

	if (!e)
		e = read_texts(ed, "allowed_addresses", cidr_valid, TOKEN_ADDRESSES_MAX,
		    &t->allowed_addresses);
	check_expiry(ed);
	if (!e)
		e = check_account(ed);
	return e || manage_faults(ed->ctx) ? e : make_text(ed);
}

static enum err
load(struct action_ctx *ctx, int64_t id, void *rec)
{
	const struct token *t = rec;
	enum err e = record_get_id(ctx->txn, T_TOKEN, id, rec);

	if (!e && !may(ctx, t->account_id, PERM_ACCOUNTS_READ))
		return manage_forbid(ctx, PERM_ACCOUNTS_READ);
	return e;
}

static const struct filter filters[] = {
	{ .name = "account",
	    .field = "account_id",
	    .key = KEY_ID,
	    .index = IX_TOKEN_ACCOUNT,
	    .ref = T_ACCOUNT },
	{ .name = "name" },
	{ .name = "prefix" },
	{ .name = "expires_at" },
	{ .name = "revoked_at" },
	{ .name = NULL },
};

static const struct ref refs[] = {
	{ "account", offsetof(struct token, account_id), T_ACCOUNT, REF_IMMUTABLE },
	{ NULL, 0, 0, 0 },
};

static const char *const also[] = { "permissions", "allowed_addresses", NULL };
static const char *const once[] = { "token", NULL };

const struct resource token_resource = {
	.table = T_TOKEN,
	.audit = "token",
	.path = "tokens",
	.filters = filters,
	.refs = refs,
	.also = also,
	.once = once,
	.defaults = defaults,
	.check = check,
	.load = load,
};

enum err
token_list(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	struct manage_param own = { SLICE("account"), SLICE_NULL };
	bool all = permit_allows(&ctx->actor->permits, PERM_ACCOUNTS_READ);

	own.value = slice_str(
	    arena_printf(ctx->arena, "%lld", (long long)ctx->actor->account_id));
	if (!own.value.p)
		return E_NO_MEMORY;
	return manage_list_of(ctx, req, &token_resource, &own, all ? 0 : 1, res);
}

enum err
token_revoke(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	struct token before, after;
	enum err e;

	manage_unknown(ctx, req, res, "", req->body, NULL);
	e = manage_faults(ctx);
	if (!e)
		e = record_get_id(ctx->txn, T_TOKEN, req->id, &before);
	if (e)
		return e;
	if (!may(ctx, before.account_id, PERM_ACCOUNTS_WRITE))
		return manage_forbid(ctx, PERM_ACCOUNTS_WRITE);
	e = manage_load(ctx, req, &before);
	if (!e && before.revoked_at != FIELD_NONE)
		e = E_WRONG_STATE;
	if (e)
		return e;
	after = before;
	after.revoked_at = ctx->now;
	e = change_record(ctx, T_TOKEN, &before, &after, "token.revoked", FIELD_NONE);
	return e ? e : manage_answer(ctx, &token_resource, res, &after);
}
