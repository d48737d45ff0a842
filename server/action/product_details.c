#include "server/action/client.h"

#include "server/action/find.h"
#include "server/action/view.h"

static enum err
details_custom(struct action_ctx *ctx, struct product_res *res)
{
	struct slice prefix = record_key_id(ctx->txn, res->product.o.id);
	struct custom_field field;
	struct record_scan scan;
	int64_t count;
	enum err err;

	err = record_count(
	    ctx->txn, T_CUSTOM_FIELD, IX_CUSTOM_FIELD_PRODUCT, prefix, INT32_MAX, &count);
	if (err)
		return err;
	res->custom =
	    arena_array(ctx->arena, count ? (size_t)count : 1, sizeof(*res->custom));
	if (!res->custom)
		return E_NO_MEMORY;
	err = record_scan(ctx->txn, T_CUSTOM_FIELD, IX_CUSTOM_FIELD_PRODUCT, prefix,
	    SLICE_NULL, false, &scan);
	while (!err && res->n_custom < (size_t)count) {
		err = record_next(&scan, &field);
		if (!err && !field.is_archived)
			res->custom[res->n_custom++] = field;
	}
	return err == E_NOT_FOUND ? E_OK : err;
}

enum err
action_product_details(struct action_ctx *ctx, const void *request, void *result)
{
	const struct client_req *req = request;
	struct product_res *res = result;
	struct file_filter filter = {
		.env = req->env, .channel = req->channel, .cutoff = FIELD_NONE
	};
	enum err err;

	*res = (struct product_res){ .company_id = VENDOR_ID };
	err = find_product(ctx, req, false, &res->product);
	if (err)
		return err;
	filter.product_id = res->product.o.id;
	err = record_get_id(
	    ctx->txn, T_POLICY, res->product.default_policy_id, &res->default_policy);
	if (err == E_NOT_FOUND) {
		policy_default(&res->default_policy);
		err = E_OK;
	}
	if (!err && req->include_latest_version)
		err = view_newest_file(ctx, &filter, &res->file, &res->has_file);
	if (!err && req->include_custom_fields)
		err = details_custom(ctx, res);
	return err;
}
