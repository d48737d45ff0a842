#include "server/action/access.h"

#include "base/id.h"

#define API_KEY_LEN 24
#define SHARED_KEY_LEN 40
#define PRODUCTS_MAX 1000

static struct slice
make_alnum(struct arena *arena, size_t n)
{
	char *text = arena_alloc(arena, n);

	if (!text)
		return SLICE_NULL;
	id_alnum(text, n);
	return slice_of(text, n);
}

static enum err
read_products(struct edit *ed, const struct json *json)
{
	struct api_key *key = ed->rec;
	int64_t *id = arena_array(ed->ctx->arena, json->n, sizeof(*id));
	enum err e = id ? E_OK : E_NO_MEMORY;

	for (size_t i = 0; i < json->n && !e; i++)
		e = ref_read(ed->ctx, arena_printf(ed->ctx->arena, "products[%zu]", i),
		    T_PRODUCT, &json->items[i], &id[i]);
	key->product_ids = (struct list){ id, json->n };
	return e;
}

static enum err
check(struct edit *ed)
{
	struct api_key *key = ed->rec;
	const struct json *json = json_get(ed->body, "products");

	if (!ed->before) {
		key->api_key = make_alnum(ed->ctx->arena, API_KEY_LEN);
		if (!key->api_key.p)
			return E_NO_MEMORY;
	}
	if (!json)
		return E_OK;
	if (json->type == JSON_ARRAY && json->n <= PRODUCTS_MAX)
		return read_products(ed, json);
	fault_add(&ed->ctx->faults, "products", E_VALIDATION,
	    "products must be an array of at most %d product codes", PRODUCTS_MAX);
	return E_OK;
}

/* The record was just made: its seal needs the id. */
static enum err
made(struct edit *ed)
{
	struct action_ctx *ctx = ed->ctx;
	struct api_key *key = ed->rec;
	struct slice shared = make_alnum(ctx->arena, SHARED_KEY_LEN);
	enum err e = shared.p ? E_OK : E_NO_MEMORY;

	if (!e)
		e = seal_close(ctx->seal, ctx->arena, api_key_table.name, key->o.id,
		    shared, &key->shared_key);
	if (!e)
		e = record_put(ctx->txn, T_API_KEY, key);
	if (!e)
		manage_give(ed->res, "shared_key", shared);
	return e;
}

static enum err
print(struct action_ctx *ctx, struct manage_res *res, const void *rec, bool single)
{
	const struct api_key *key = rec;
	const int64_t *id = key->product_ids.p;
	enum err e = E_OK;

	(void)single;
	jw_key(&res->w, "products");
	jw_array(&res->w);
	for (size_t i = 0; i < key->product_ids.n && !e; i++) {
		struct slice code;

		e = ref_code(ctx, T_PRODUCT, id[i], &code);
		jw_text(&res->w, code);
	}
	jw_end(&res->w);
	return e;
}

static const struct filter filters[] = {
	{ .name = "api_key", .key = KEY_TEXT, .index = IX_API_KEY_KEY },
	{ .name = "name" },
	{ .name = "read_only" },
	{ .name = "revoked_at" },
	{ .name = NULL },
};

static const char *const also[] = { "products", NULL };
static const char *const once[] = { "shared_key", NULL };

const struct resource api_key_resource = {
	.table = T_API_KEY,
	.audit = "api_key",
	.path = "api-keys",
	.filters = filters,
	.also = also,
	.once = once,
	.check = check,
	.made = made,
	.print = print,
};

enum err
api_key_revoke(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	struct api_key before, after;
	enum err e;

	manage_unknown(ctx, req, res, "", req->body, NULL);
	e = manage_faults(ctx);
	if (!e)
		e = manage_load(ctx, req, &before);
	if (!e && before.revoked_at != FIELD_NONE)
		e = E_WRONG_STATE;
	if (e)
		return e;
	after = before;
	after.revoked_at = ctx->now;
	e = change_record(ctx, T_API_KEY, &before, &after, "api_key.revoked", FIELD_NONE);
	return e ? e : manage_answer(ctx, &api_key_resource, res, &after);
}
