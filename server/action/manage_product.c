#include "server/action/catalog.h"

#include "base/id.h"
#include "server/model/account.h"
#include "server/model/license.h"

/* Those that hold a product; ids in an arena of their own. */
struct bundles {
	int64_t member;
	struct id_list ids;
};

static void
defaults(void *rec)
{
	product_default(rec);
}

enum err
refuse_if_used(struct action_ctx *ctx, enum table table, int index, int64_t id)
{
	int64_t n;
	enum err e =
	    record_count(ctx->txn, table, index, record_key_id(ctx->txn, id), 1, &n);

	return e ? e : n ? E_IN_USE : E_OK;
}

enum err
product_has_license(struct action_ctx *ctx, int64_t product_id, bool *out)
{
	enum err e = refuse_if_used(ctx, T_LICENSE, IX_LICENSE_PRODUCT, product_id);

	*out = e == E_IN_USE;
	return *out ? E_OK : e;
}

static void
check_method(struct edit *ed)
{
	struct product *p = ed->rec;
	const struct json *json = json_get(ed->body, "authorization_method");
	struct slice text;
	int method;

	if (!json)
		return;
	if (!json_to_text(json, &text))
		text = SLICE_NULL;
	method = slice_is(text, "license-key") ? AM_LICENSE_KEY
	                                       : names_find(&auth_method_names, text);
	if (method < 0)
		fault_add(&ed->ctx->faults, "authorization_method", E_VALIDATION,
		    "authorization_method must be one of: license_key, user");
	else if (ed->before && method != p->authorization_method)
		fault_add(
		    &ed->ctx->faults, "authorization_method", E_IMMUTABLE_FIELD, NULL);
	else
		p->authorization_method = method;
}

static enum err
check_member(struct edit *ed, const char *field, const struct json *json, int64_t *id)
{
	const struct product *bundle = ed->rec;
	struct product member;
	enum err e = ref_read(ed->ctx, field, T_PRODUCT, json, id);

	if (e || *id == FIELD_NONE)
		return e;
	e = record_get_id(ed->ctx->txn, T_PRODUCT, *id, &member);
	if (e)
		return e;
	if (member.is_bundle)
		fault_add(&ed->ctx->faults, field, E_PRODUCT_IS_BUNDLE, NULL);
	else if (member.authorization_method != bundle->authorization_method)
		fault_add(&ed->ctx->faults, field, E_VALIDATION,
		    "All members of a bundle have its authorization_method");
	return E_OK;
}

static bool
has_id(const struct list *list, size_t n, int64_t id)
{
	const int64_t *item = list->p;

	for (size_t i = 0; i < n; i++)
		if (item[i] == id)
			return true;
	return false;
}

static enum err
read_members(struct edit *ed, const struct json *json, struct list *out)
{
	int64_t *id = arena_array(ed->ctx->arena, json->n, sizeof(*id));
	enum err e = id ? E_OK : E_NO_MEMORY;

	*out = (struct list){ id, json->n };
	for (size_t i = 0; i < json->n && !e; i++) {
		char *field = arena_printf(ed->ctx->arena, "members[%zu]", i);

		e = check_member(ed, field, &json->items[i], &id[i]);
		if (!e && has_id(out, i, id[i]))
			fault_add(&ed->ctx->faults, field, E_VALIDATION,
			    "A product is a member once");
	}
	return e;
}

static enum err
keep_members(struct edit *ed, const struct list *members)
{
	struct product *p = ed->rec;
	const struct field *f = field_find(&product_table, SLICE("members"));
	struct product other = { .members = *members };
	bool sold = false;
	enum err e = E_OK;

	if (ed->before && !field_equal(f, p, &other))
		e = product_has_license(ed->ctx, p->o.id, &sold);
	if (sold)
		fault_add(&ed->ctx->faults, "members", E_IMMUTABLE_FIELD,
		    "A license of this bundle exists");
	else
		p->members = *members;
	return e;
}

static enum err
check_members(struct edit *ed)
{
	struct product *p = ed->rec;
	const struct json *json = json_get(ed->body, "members");
	struct list members;
	enum err e;

	if (!json || (!p->is_bundle && json->type == JSON_ARRAY && json->n == 0)) {
		if (!ed->before && p->is_bundle)
			fault_add(&ed->ctx->faults, "members", E_MISSING_PARAMETERS,
			    "A bundle has members");
		return E_OK;
	}
	if (!p->is_bundle) {
		fault_add(&ed->ctx->faults, "members", E_PRODUCT_NOT_BUNDLE, NULL);
		return E_OK;
	}
	if (json->type != JSON_ARRAY || json->n < 1 || json->n > MAX_MEMBERS) {
		fault_add(&ed->ctx->faults, "members", E_VALIDATION,
		    "members must be an array of 1 to %d product codes", MAX_MEMBERS);
		return E_OK;
	}
	e = read_members(ed, json, &members);
	return e ? e : keep_members(ed, &members);
}

static enum err
check_default(struct edit *ed)
{
	const struct product *p = ed->rec;
	struct policy policy;
	enum err e;

	if (p->default_policy_id == 0)
		return E_OK;
	e = record_get_id(ed->ctx->txn, T_POLICY, p->default_policy_id, &policy);
	if (!e && (policy.product_id != p->o.id || policy.is_archived))
		fault_add(&ed->ctx->faults, "default_policy", E_LICENSE_POLICY_NOT_FOUND,
		    "The default is a policy of this product that is not archived");
	return e;
}

static enum err
check(struct edit *ed)
{
	struct product *p = ed->rec;
	enum err e;

	if (p->short_code.n && !code_valid(p->short_code, 2, MAX_CODE))
		fault_add(&ed->ctx->faults, "short_code", E_VALIDATION,
		    "short_code has 2 to %d characters of A-Z a-z 0-9 . _ ~ -", MAX_CODE);
	if (!id_key_format_valid(p->key_format))
		fault_add(&ed->ctx->faults, "key_format", E_VALIDATION,
		    "key_format has 20 to 64 characters of A-Z 0-9 - *, "
		    "at least 20 of them *");
	if (ed->before)
		manage_unread(ed, "policy");
	check_method(ed);
	e = check_members(ed);
	return e ? e : check_default(ed);
}

static enum err
made(struct edit *ed)
{
	struct product *p = ed->rec;
	struct policy policy;
	enum err e = policy_make_default(ed, p, &policy);

	if (e)
		return e;
	p->default_policy_id = policy.o.id;
	return record_put(ed->ctx->txn, T_PRODUCT, p);
}

/* Deletes all records of a table whose index starts with the product. */
static enum err
drop_all(struct edit *ed, enum table table, int index, const char *audit)
{
	struct action_ctx *ctx = ed->ctx;
	void *rec = arena_alloc(ctx->arena, model_schema.table[table]->fields->size);
	const struct product *p = ed->rec;
	struct record_scan scan;
	enum err e;

	if (!rec)
		return E_NO_MEMORY;
	e = record_scan(ctx->txn, table, index, record_key_id(ctx->txn, p->o.id),
	    SLICE_NULL, false, &scan);
	while (!e && !(e = record_next(&scan, rec)))
		e = change_record(ctx, table, rec, NULL, audit, FIELD_NONE);
	return e == E_NOT_FOUND ? E_OK : e;
}

static enum err
note_bundle(struct action_ctx *ctx, void *rec, void *arg)
{
	const struct product *p = rec;
	struct bundles *b = arg;

	(void)ctx;
	if (!p->is_bundle || !has_id(&p->members, p->members.n, b->member))
		return E_OK;
	return id_list_add(&b->ids, p->o.id);
}

static enum err
refuse_bundle(struct action_ctx *ctx, void *rec, void *arg)
{
	const struct product *p = rec;

	(void)ctx;
	return p->is_bundle && has_id(&p->members, p->members.n, *(int64_t *)arg)
	           ? E_IN_USE
	           : E_OK;
}

static enum err
refuse_key(struct action_ctx *ctx, void *rec, void *arg)
{
	const struct api_key *key = rec;

	(void)ctx;
	return has_id(&key->product_ids, key->product_ids.n, *(int64_t *)arg) ? E_IN_USE
	                                                                      : E_OK;
}

static enum err
drop(struct edit *ed)
{
	struct product *p = ed->rec;
	struct each bundles = {
		.table = T_PRODUCT, .index = -1, .fn = refuse_bundle, .arg = &p->o.id
	};
	struct each keys = {
		.table = T_API_KEY, .index = -1, .fn = refuse_key, .arg = &p->o.id
	};
	enum err e = refuse_if_used(ed->ctx, T_LICENSE, IX_LICENSE_PRODUCT, p->o.id);

	if (!e)
		e = manage_each(ed->ctx, &bundles);
	if (!e)
		e = manage_each(ed->ctx, &keys);
	if (!e)
		e = policy_refuse_bundle(ed->ctx, p);
	if (!e)
		e = drop_all(ed, T_POLICY, IX_POLICY_PRODUCT, "policy.deleted");
	if (!e)
		e = drop_all(
		    ed, T_PRODUCT_FEATURE, IX_PRODUCT_FEATURE_CODE, "feature.deleted");
	if (!e)
		e = drop_all(
		    ed, T_CUSTOM_FIELD, IX_CUSTOM_FIELD_PRODUCT, "custom_field.deleted");
	if (!e)
		e = drop_all(ed, T_INSTALLATION_FILE, IX_INSTALLATION_FILE_PRODUCT,
		    "installation_file.deleted");
	return e;
}

static enum err
archive(struct edit *ed, bool archived)
{
	struct product *p = ed->rec;

	if (!archived)
		p->archived_at = FIELD_NONE;
	else if (p->archived_at == FIELD_NONE)
		p->archived_at = ed->ctx->now;
	return E_OK;
}

static enum err
print(struct action_ctx *ctx, struct manage_res *res, const void *rec, bool single)
{
	const struct product *p = rec;
	const int64_t *id = p->members.p;
	enum err e = E_OK;

	(void)single;
	jw_key(&res->w, "members");
	jw_array(&res->w);
	for (size_t i = 0; i < p->members.n && !e; i++) {
		struct slice code;

		e = ref_code(ctx, T_PRODUCT, id[i], &code);
		jw_text(&res->w, code);
	}
	jw_end(&res->w);
	jw_kbool(&res->w, "is_archived", p->archived_at != FIELD_NONE);
	return e;
}

static enum err
get_archived(struct action_ctx *ctx, const void *rec, struct filter_value *v)
{
	const struct product *p = rec;

	(void)ctx;
	*v = (struct filter_value){ .type = FIELD_BOOL,
		.number = p->archived_at != FIELD_NONE };
	return E_OK;
}

static const struct filter filters[] = {
	{ .name = "short_code", .key = KEY_TEXT, .index = IX_PRODUCT_CODE },
	{ .name = "product_name" },
	{ .name = "is_bundle" },
	{ .name = "is_archived", .get = get_archived },
	{ .name = "authorization_method" },
	{ .name = NULL },
};

static const struct ref refs[] = {
	{ "default_policy", offsetof(struct product, default_policy_id), T_POLICY, 0 },
	{ NULL, 0, 0, 0 },
};

static const char *const also[] = { "members", "authorization_method", "policy", NULL };

const struct resource product_resource = {
	.table = T_PRODUCT,
	.audit = "product",
	.path = "products",
	.unique = "short_code",
	.filters = filters,
	.refs = refs,
	.also = also,
	.defaults = defaults,
	.check = check,
	.made = made,
	.drop = drop,
	.archive = archive,
	.print = print,
};

enum err
product_bundle(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	struct product p;
	struct id_list ids = { .arena = ctx->arena };
	enum err e = manage_load(ctx, req, &p);

	ctx->object_revision = FIELD_NONE;
	if (e)
		return e;
	for (size_t i = 0; i < p.members.n && !e; i++)
		e = id_list_add(&ids, ((const int64_t *)p.members.p)[i]);
	return e ? e : manage_list_ids(ctx, req, &product_resource, &ids, res);
}

enum err
product_in_bundle(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	struct bundles bundles = { .member = req->id };
	struct each each = {
		.table = T_PRODUCT, .index = -1, .fn = note_bundle, .arg = &bundles
	};
	struct product p;
	enum err e = manage_load(ctx, req, &p);

	ctx->object_revision = FIELD_NONE;
	if (e)
		return e;
	bundles.ids.arena = arena_new(0);
	e = bundles.ids.arena ? manage_each(ctx, &each) : E_NO_MEMORY;
	if (!e)
		e = manage_list_ids(ctx, req, &product_resource, &bundles.ids, res);
	arena_free(bundles.ids.arena);
	return e;
}
