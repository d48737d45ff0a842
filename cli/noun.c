#include "cli/noun.h"

#include "base/field.h"
#include "cli/value.h"

const struct noun noun_product = {
	.name = "product",
	.path = "products/",
	.key = "short_code",
	.label = "short_code",
	.columns =
	    "id,short_code,product_name,authorization_method,is_bundle,is_archived",
	.argument = { "short_code", NULL },
};

const struct noun noun_bundle = {
	.name = "bundle",
	.path = "products/",
	.key = "short_code",
	.label = "short_code",
	.columns = "id,short_code,product_name,members,is_archived",
	.fixed = "is_bundle=true",
	.argument = { "short_code", NULL },
};

const struct noun noun_feature = {
	.name = "feature",
	.path = "product-features/",
	.key = "code",
	.label = "code",
	.columns = "id,product,code,name,feature_type,max_consumption,is_archived",
	.argument = { "product", "code" },
	.within = "product",
};

const struct noun noun_policy = {
	.name = "policy",
	.path = "policies/",
	.key = "code",
	.label = "code",
	.columns = "id,code,product,license_type,max_activations,is_default,is_archived",
	.argument = { "code", NULL },
};

const struct noun noun_customer = {
	.name = "customer",
	.path = "customers/",
	.key = "email",
	.label = "email",
	.columns = "id,email,company_name,reference,customer_account",
	.argument = { "email", NULL },
};

const struct noun noun_customer_account = {
	.name = "customer account",
	.path = "customer-accounts/",
	.key = "code",
	.label = "code",
	.columns = "id,code,name",
	.argument = { "code", NULL },
};

const struct noun noun_user = {
	.name = "user",
	.path = "license-users/",
	.key = "email",
	.label = "email",
	.columns = "id,email,first_name,last_name,is_active",
	.argument = { "email", NULL },
};

const struct noun noun_order = {
	.name = "order",
	.path = "orders/",
	.label = "store_id",
	.columns = "id,store_id,customer,license_count,is_bundle,is_test,created_at",
};

const struct noun noun_license = {
	.name = "license",
	.path = "licenses/",
	.label = "id",
	.columns = "id,product.short_code,license_key,customer.email,license_type,status,"
		   "seats_used,max_activations",
};

const struct noun noun_key = {
	.name = "key",
	.path = "api-keys/",
	.label = "name",
	.columns = "id,name,api_key,read_only,products,last_used_at,revoked_at",
	.argument = { "name", NULL },
};

const struct noun noun_keys = {
	.name = "key",
	.path = "keys/",
	.label = "kid",
	.columns = "kid,use,state,certified,on_server,sealed,activated_at,not_after",
};

const struct noun noun_offline = {
	.name = "offline activation",
	.path = "offline/activations/",
	.label = "serial",
	.columns =
	    "serial,license,product,hardware_id,state,issued_at,lease_until,cloned",
};

const struct noun noun_device = {
	.name = "device",
	.path = "devices/",
	.label = "hardware_id",
	.columns = "id,license,product,hardware_id,state,hostname,last_seen_at",
};

const struct noun noun_blacklist = {
	.name = "blacklist entry",
	.path = "blacklist/",
	.label = "hardware_id",
	.columns = "id,hardware_id,scope,scope_id,reason,created_by,created_at",
};

const struct noun noun_audit = {
	.name = "audit entry",
	.path = "audit/",
	.label = "seq",
	.columns = "seq,time,actor.name,action,object.type,object.id,reason",
};

const struct noun noun_checkpoint = {
	.name = "checkpoint",
	.path = "audit/checkpoints/",
	.label = "seq",
	.columns = "seq,issued_at,kid",
};

const struct noun noun_token = {
	.name = "token",
	.path = "tokens/",
	.label = "name",
	.columns = "id,account,name,prefix,expires_at,last_used_at,revoked_at",
	.argument = { "name", NULL },
};

const struct noun noun_account = {
	.name = "account",
	.path = "accounts/",
	.key = "email",
	.label = "email",
	.columns = "id,email,name,role,enabled,last_login_at",
};

/* One page of those that have the code; the id when there is just one. */
static enum err
find_by_key(struct cli *cli, const struct noun *noun, const char *text, int64_t *id)
{
	struct buf query = BUF_INIT(cli->arena);
	struct call call = { .method = NULL };
	const char *within = noun->within ? cli_option(cli, noun->within) : NULL;
	enum err e;

	query_add(&query, noun->key, slice_str(text));
	if (within)
		query_add(&query, noun->within, slice_str(within));
	query_add_int(&query, "limit", 2);
	call.query = buf_slice(&query);
	e = buf_ok(&query) ? call_get(cli, &call, noun->path) : cli_no_memory(cli);
	if (e)
		return e;
	if (value_count(call.answer, "results") > 1)
		return problem_set(cli, E_USAGE,
		    "several have the code %s; say which with --%s", text,
		    noun->within ? noun->within : "filter");
	*id = value_int(call.answer, "results.0.id", FIELD_NONE);
	return E_OK;
}

enum err
noun_find(struct cli *cli, const struct noun *noun, const char *text, int64_t *id)
{
	int64_t number;
	enum err e = E_OK;

	*id = FIELD_NONE;
	if (noun->key && *text)
		e = find_by_key(cli, noun, text, id);
	if (!e && *id == FIELD_NONE && slice_to_int(slice_str(text), &number) &&
	    number >= 0)
		*id = number;
	if (!e && *id == FIELD_NONE)
		return problem_set(cli, E_NOT_FOUND, "no %s %s", noun->name, text);
	return e;
}

enum err
noun_get(struct cli *cli, const struct noun *noun, const char *text, struct call *out)
{
	int64_t id;
	enum err e = noun_find(cli, noun, text, &id);

	*out = (struct call){ .method = NULL };
	if (!e)
		e = call_get(cli, out, call_path(cli, noun->path, id, NULL));
	if (e == E_NOT_FOUND)
		return problem_set(cli, e, "no %s %s", noun->name, text);
	return e;
}

enum err
noun_get_arg(struct cli *cli, const struct noun *noun, int n, struct call *out)
{
	return noun_get(cli, noun, cli_arg(cli, n), out);
}

void
noun_print_name(struct buf *out, const struct noun *noun, const struct json *object)
{
	const struct json *label = value_at(object, slice_str(noun->label));
	const struct json *id = json_get(object, "id");

	buf_printf(out, "%s ", noun->name);
	if (label)
		value_plain(out, label);
	if (id && id->type == JSON_INT && id != label)
		buf_printf(out, ", id %lld", (long long)id->integer);
}
