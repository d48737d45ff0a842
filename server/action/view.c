#include "server/action/view.h"

#include "server/action/floating.h"
#include "server/action/variable.h"
#include "server/policy/consume.h"

void
view_roll_license(struct license *license, int64_t now)
{
	struct meter meter = meter_of_license(license);

	if (consume_roll(&meter, now))
		meter_to_license(&meter, license);
}

void
view_roll_feature(struct license_feature *feature, int64_t now)
{
	struct meter meter = meter_of_feature(feature);

	if (consume_roll(&meter, now))
		meter_to_feature(&meter, feature);
}

static void
feature_insert(struct license_feature *sorted, size_t n, const struct license_feature *f)
{
	while (n > 0 && sorted[n - 1].o.id > f->o.id) {
		sorted[n] = sorted[n - 1];
		n--;
	}
	sorted[n] = *f;
}

static enum err
view_features(struct action_ctx *ctx, struct license_view *v)
{
	struct slice prefix = record_key_id(ctx->txn, v->license.o.id);
	struct license_feature feature;
	struct record_scan scan;
	int64_t count = 0;
	enum err err;

	v->features = NULL;
	v->n_features = 0;
	if (!v->license.n_features)
		return E_OK;
	err = record_count(ctx->txn, T_LICENSE_FEATURE, -1, prefix, MAX_FEATURES, &count);
	if (err || !count)
		return err;
	v->features = arena_array(ctx->arena, (size_t)count, sizeof(*v->features));
	if (!v->features)
		return E_NO_MEMORY;
	err = record_scan(
	    ctx->txn, T_LICENSE_FEATURE, -1, prefix, SLICE_NULL, false, &scan);
	while (!err && v->n_features < (size_t)count) {
		err = record_next(&scan, &feature);
		if (err)
			break;
		view_roll_feature(&feature, ctx->now);
		feature_insert(v->features, v->n_features++, &feature);
	}
	return err == E_NOT_FOUND ? E_OK : err;
}

static enum err
view_custom(struct action_ctx *ctx, struct license_view *v)
{
	const struct custom_value *value = v->license.custom_values.p;
	size_t n = v->license.custom_values.n;
	struct custom_field field;
	enum err err;

	v->n_custom = 0;
	v->custom = arena_array(ctx->arena, n ? n : 1, sizeof(*v->custom));
	if (!v->custom)
		return E_NO_MEMORY;
	for (size_t i = 0; i < n; i++) {
		err = record_get_id(
		    ctx->txn, T_CUSTOM_FIELD, value[i].custom_field_id, &field);
		if (err == E_NOT_FOUND)
			continue;
		if (err)
			return err;
		v->custom[v->n_custom++] =
		    (struct custom_view){ .archived = field.is_archived,
			    .name = field.name,
			    .value = value[i].value,
			    .data_type = field.data_type };
	}
	return E_OK;
}

static enum err
view_customer(struct action_ctx *ctx, const struct order *order, struct license_view *v)
{
	enum err err;

	v->order_store_id = order->store_id;
	v->has_customer = v->has_account = false;
	if (order->customer_id == FIELD_NONE)
		return E_OK;
	err = record_get_id(ctx->txn, T_CUSTOMER, order->customer_id, &v->customer);
	v->has_customer = !err;
	if (!err && v->customer.customer_account_id != FIELD_NONE) {
		err = record_get_id(ctx->txn, T_CUSTOMER_ACCOUNT,
		    v->customer.customer_account_id, &v->account);
		v->has_account = !err;
	}
	return err == E_NOT_FOUND ? E_OK : err;
}

static bool
file_fits(const struct installation_file *file, const struct file_filter *filter)
{
	int64_t released =
	    file->release_date != FIELD_NONE ? file->release_date : file->o.created_at;

	if (!file->enabled)
		return false;
	if (filter->env.n &&
	    names_find(&environment_names, filter->env) != file->environment)
		return false;
	if (!slice_equal(filter->channel, file->channel))
		return false;
	return filter->cutoff == FIELD_NONE || released <= filter->cutoff;
}

static bool
file_newer(const struct installation_file *a, const struct installation_file *b)
{
	int64_t at = a->release_date != FIELD_NONE ? a->release_date : a->o.created_at;
	int64_t bt = b->release_date != FIELD_NONE ? b->release_date : b->o.created_at;

	return at > bt || (at == bt && a->o.id > b->o.id);
}

enum err
view_newest_file(struct action_ctx *ctx, const struct file_filter *filter,
    struct installation_file *newest, bool *found)
{
	struct installation_file file;
	struct record_scan scan;
	enum err err;

	*found = false;
	err = record_scan(ctx->txn, T_INSTALLATION_FILE, IX_INSTALLATION_FILE_PRODUCT,
	    record_key_id(ctx->txn, filter->product_id), SLICE_NULL, false, &scan);
	while (!err) {
		err = record_next(&scan, &file);
		if (err || !file_fits(&file, filter))
			continue;
		if (!*found || file_newer(&file, newest))
			*newest = file;
		*found = true;
	}
	return err == E_NOT_FOUND ? E_OK : err;
}

/* 9.7; a perpetual license that is no trial ignores its validity_period (6.1). */
static int64_t
file_cutoff(const struct license *license)
{
	const struct terms *t = &license->terms;

	if (t->enable_maintenance_period && license->maintenance_period != FIELD_NONE)
		return license->maintenance_period;
	if (t->license_type == LT_PERPETUAL && !t->is_trial)
		return FIELD_NONE;
	return license->validity_period;
}

static enum err
view_policy(struct action_ctx *ctx, struct license_view *v)
{
	enum err err = record_get_id(
	    ctx->txn, T_POLICY, v->product.default_policy_id, &v->default_policy);

	if (err == E_NOT_FOUND) {
		policy_default(&v->default_policy);
		err = E_OK;
	}
	return err;
}

static enum err
view_parts(const struct lookup *l, const struct part *part, enum view_kind kind,
    struct license_view *v)
{
	struct action_ctx *ctx = l->ctx;
	struct file_filter filter = { .product_id = part->product.o.id,
		.env = l->req->env,
		.channel = l->req->channel,
		.cutoff = file_cutoff(&part->license) };
	enum err err = kind == VIEW_ACTIVATION ? view_policy(ctx, v) : E_OK;

	if (!err)
		err = view_customer(ctx, &part->order, v);
	if (!err)
		err = view_features(ctx, v);
	if (!err)
		err = view_custom(ctx, v);
	if (!err)
		err = view_newest_file(ctx, &filter, &v->file, &v->has_file);
	if (!err && v->license.terms.is_floating_cloud)
		err = floating_count(ctx, v->license.o.id, &v->floating_in_use);
	return err;
}

enum err
view_load(const struct lookup *l, const struct part *part, enum view_kind kind,
    struct license_view *v)
{
	const struct client_req *req = l->req;
	enum err err;

	*v = (struct license_view){ .company_id = VENDOR_ID,
		.license = part->license,
		.product = part->product,
		.has_user = l->user.o.id != 0,
		.user = l->user,
		.assignment = part->assignment,
		.activation = part->activation };
	view_roll_license(&v->license, l->ctx->now);
	err = view_parts(l, part, kind, v);
	if (!err && req->has_variables)
		err = variable_load(l->ctx, &part->activation, req->variables,
		    req->n_variables, &v->variables, &v->n_variables);
	return err;
}

enum err
view_load_set(const struct lookup *l, const struct set *set, enum view_kind kind,
    struct client_res *res)
{
	enum err err = E_OK;

	res->now = l->ctx->now;
	res->n = set->n;
	res->view = arena_array(l->ctx->arena, set->n, sizeof(*res->view));
	if (!res->view)
		return E_NO_MEMORY;
	for (size_t i = 0; !err && i < set->n; i++)
		err = view_load(l, &set->part[i], kind, &res->view[i]);
	return err;
}
