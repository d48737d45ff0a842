#include "server/action/issue.h"

#include "base/id.h"
#include "server/action/query.h"

static bool
key_in_call(const struct issue *is, const struct issue_row *r)
{
	for (size_t i = 0; i < is->n; i++) {
		const struct issue_row *other = &is->row[i];

		if (other != r && other->key.p &&
		    other->goods->product.o.id == r->goods->product.o.id &&
		    slice_equal_fold(other->key, r->key))
			return true;
	}
	return false;
}

static enum err
key_taken(struct action_ctx *ctx, const struct issue_goods *goods, struct slice key,
    bool *taken)
{
	struct slice folded = arena_fold(ctx->arena, key);
	struct license other;
	enum err e = E_NOT_FOUND;

	*taken = false;
	for (size_t i = 0; i <= goods->n_members && e == E_NOT_FOUND; i++) {
		const struct product *p = i ? &goods->member[i - 1] : &goods->product;

		e = record_find(ctx->txn, T_LICENSE, IX_LICENSE_KEY,
		    record_key_id_text(ctx->txn, p->o.id, folded), &other);
	}
	*taken = e == E_OK;
	return e == E_NOT_FOUND ? E_OK : e;
}

enum err
issue_new_key(struct action_ctx *ctx, const struct issue_goods *goods, struct slice *key)
{
	bool taken = true;
	enum err e = E_OK;

	for (int i = 0; i < 8 && taken && !e; i++) {
		*key = slice_str(id_license_key(ctx->arena, goods->product.key_format));
		if (!key->p)
			return E_NO_MEMORY;
		e = key_taken(ctx, goods, *key, &taken);
	}
	return e ? e : taken ? E_DUPLICATE : E_OK;
}

enum err
issue_read_key(struct issue *is, struct issue_row *r, const struct json *row)
{
	struct action_ctx *ctx = is->ctx;
	const struct json *json = json_get(row, "key");
	const char *field = query_path(ctx, r->path, json ? "key" : "license_key");
	bool taken;
	enum err e;

	if (!json)
		json = json_get(row, "license_key");
	if (!json || json->type == JSON_NULL)
		return E_OK;
	if (r->goods->product.authorization_method == AM_USER) {
		fault_add(&ctx->faults, field, E_INVALID_PRODUCT_AUTH_METHOD, NULL);
		return E_OK;
	}
	if (json->type != JSON_TEXT || !license_key_valid(slice_trim(json->text))) {
		fault_add(&ctx->faults, field, E_VALIDATION,
		    "A key is 1 to %d printable ASCII characters without space, # and |",
		    MAX_LICENSE_KEY);
		return E_OK;
	}
	r->key = slice_trim(json->text);
	e = key_taken(ctx, r->goods, r->key, &taken);
	if (!e && (taken || key_in_call(is, r)))
		fault_add(&ctx->faults, field, E_DUPLICATE, NULL);
	return e;
}
