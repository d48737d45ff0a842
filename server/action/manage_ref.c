#include "server/action/manage.h"

#include "server/model/account.h"
#include "server/model/customer.h"
#include "server/model/product.h"

#define KEY_TEXT_MAX 400

/* Tables whose objects have a name beside the id. */
static const struct named {
	enum table table;
	int index;
	bool folded;
	const char *field;
	const char *noun;
} named[] = {
	{ T_PRODUCT, IX_PRODUCT_CODE, false, "short_code", "product" },
	{ T_POLICY, IX_POLICY_CODE, false, "code", "policy" },
	{ T_CUSTOMER_ACCOUNT, IX_CUSTOMER_ACCOUNT_CODE, false, "code",
	    "customer account" },
	{ T_CUSTOMER, IX_CUSTOMER_EMAIL, true, "email", "customer" },
	{ T_LICENSE_USER, IX_LICENSE_USER_EMAIL, true, "email", "license user" },
	{ T_ACCOUNT, IX_ACCOUNT_EMAIL, true, "email", "account" },
	{ T_ORDER, IX_ORDER_STORE_ID, false, "store_id", "order" },
};

static const struct named *
named_find(enum table table)
{
	for (size_t i = 0; i < ARRAY_LEN(named); i++)
		if (named[i].table == table)
			return &named[i];
	return NULL;
}

static void *
scratch(struct action_ctx *ctx, enum table table)
{
	return arena_alloc(ctx->arena, model_schema.table[table]->fields->size);
}

static enum err
find_id(struct action_ctx *ctx, enum table table, int64_t n, int64_t *id)
{
	void *rec = scratch(ctx, table);
	enum err e = rec ? record_get_id(ctx->txn, table, n, rec) : E_NO_MEMORY;

	*id = e ? FIELD_NONE : n;
	return e == E_NOT_FOUND ? E_OK : e;
}

enum err
ref_find(struct action_ctx *ctx, enum table table, struct slice text, int64_t *id)
{
	const struct named *by = named_find(table);
	void *rec = scratch(ctx, table);
	enum err e = E_NOT_FOUND;
	int64_t n;

	*id = FIELD_NONE;
	if (!rec)
		return E_NO_MEMORY;
	text = slice_trim(text);
	if (by && text.n > 0 && text.n <= KEY_TEXT_MAX) {
		struct slice key = by->folded ? arena_fold(ctx->arena, text) : text;

		if (!key.p)
			return E_NO_MEMORY;
		e = record_find(
		    ctx->txn, table, by->index, record_key_text(ctx->txn, key), rec);
	}
	if (!e)
		*id = ((const struct object *)rec)->id;
	if (e != E_NOT_FOUND)
		return e;
	if (slice_only(text, "0123456789") && slice_to_int(text, &n))
		return find_id(ctx, table, n, id);
	return E_OK;
}

static const char *
noun_of(enum table table)
{
	const struct named *by = named_find(table);

	return by ? by->noun : model_schema.table[table]->fields->name;
}

enum err
ref_read(struct action_ctx *ctx, const char *field, enum table table,
    const struct json *json, int64_t *id)
{
	struct slice text;
	enum err e;

	*id = FIELD_NONE;
	if (json->type == JSON_INT) {
		e = find_id(ctx, table, json->integer, id);
	} else if (json_to_text(json, &text)) {
		e = ref_find(ctx, table, text, id);
	} else {
		fault_add(&ctx->faults, field, E_VALIDATION,
		    "A %s is named by its id or code", noun_of(table));
		return E_OK;
	}
	if (!e && *id == FIELD_NONE)
		fault_add(&ctx->faults, field,
		    table == T_PRODUCT  ? E_UNKNOWN_PRODUCT
		    : table == T_POLICY ? E_LICENSE_POLICY_NOT_FOUND
					: E_VALIDATION,
		    "No %s has this id or code", noun_of(table));
	return e;
}

enum err
ref_code(struct action_ctx *ctx, enum table table, int64_t id, struct slice *code)
{
	const struct named *by = named_find(table);
	const struct field *f;
	void *rec;
	enum err e;

	*code = SLICE_NULL;
	if (id == FIELD_NONE || id == 0 || !by)
		return E_OK;
	rec = scratch(ctx, table);
	e = rec ? record_get_id(ctx->txn, table, id, rec) : E_NO_MEMORY;
	if (e)
		return e == E_NOT_FOUND ? E_OK : e;
	f = field_find(model_schema.table[table]->fields, slice_str(by->field));
	*code = *(const struct slice *)(const void *)((const char *)rec + f->offset);
	return E_OK;
}
