#include "server/action/variable.h"

static struct variable
variable_of(const struct activation *a, struct slice name)
{
	return (struct variable){
		.license_id = a->license_id, .device_id = a->device_id, .variable = name
	};
}

static enum err
variable_put(struct action_ctx *ctx, const struct activation *a, const struct pair *pair,
    int64_t *count)
{
	struct variable v = variable_of(a, pair->name);
	enum err err;

	err = record_get(ctx->txn, T_VARIABLE, &v);
	if (err && err != E_NOT_FOUND)
		return err;
	if (!err && slice_equal(v.value, pair->value))
		return E_OK;
	if (!err) {
		v.value = pair->value;
		return record_put(ctx->txn, T_VARIABLE, &v);
	}
	if (*count >= VARIABLES_MAX)
		return E_VALIDATION;
	(*count)++;
	v = variable_of(a, pair->name);
	v.value = pair->value;
	v.activation_id = a->o.id;
	v.created_at = ctx->now;
	return record_add(ctx->txn, T_VARIABLE, &v);
}

enum err
variable_store(struct action_ctx *ctx, const struct activation *a,
    const struct pair *pairs, size_t n)
{
	int64_t count = 0;
	enum err err = E_OK;

	if (n)
		err = record_count(ctx->txn, T_VARIABLE, -1,
		    record_key_ids(ctx->txn, a->license_id, a->device_id),
		    VARIABLES_MAX + 1, &count);
	for (size_t i = 0; !err && i < n; i++)
		err = variable_put(ctx, a, &pairs[i], &count);
	return err;
}

enum err
variable_load(struct action_ctx *ctx, const struct activation *a,
    const struct pair *pairs, size_t n, struct variable **out, size_t *n_out)
{
	struct variable *v;
	enum err err;

	*n_out = 0;
	*out = v = arena_array(ctx->arena, n ? n : 1, sizeof(*v));
	if (!v)
		return E_NO_MEMORY;
	for (size_t i = 0; i < n; i++) {
		*v = variable_of(a, pairs[i].name);
		err = record_get(ctx->txn, T_VARIABLE, v);
		if (err && err != E_NOT_FOUND)
			return err;
		if (!err)
			v++;
	}
	*n_out = (size_t)(v - *out);
	return E_OK;
}
