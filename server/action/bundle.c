#include "server/action/bundle.h"

#include "server/action/blacklist.h"

enum err
set_activation(const struct lookup *l, int64_t license_id, struct activation *activation)
{
	if (!l->device.o.id)
		return E_NOT_FOUND;
	*activation =
	    (struct activation){ .license_id = license_id, .device_id = l->device.o.id };
	return record_get(l->ctx->txn, T_ACTIVATION, activation);
}

static enum err
part_assignment(const struct lookup *l, struct part *part)
{
	enum err err;

	if (!l->user.o.id)
		return E_OK;
	part->assignment = (struct assignment){ .license_id = part->license.o.id,
		.user_id = l->user.o.id };
	err = record_get(l->ctx->txn, T_ASSIGNMENT, &part->assignment);
	part->has_assignment = !err;
	return err == E_NOT_FOUND ? E_OK : err;
}

static enum err
part_load(const struct lookup *l, const struct license *license, struct part *part)
{
	struct txn *txn = l->ctx->txn;
	enum err err;

	part->missing = false;
	part->license = *license;
	err = record_get_id(txn, T_ORDER, license->order_id, &part->order);
	if (err == E_NOT_FOUND) {
		field_clear(&order_table, &part->order);
		err = E_OK;
	}
	if (err)
		return err;
	err = set_activation(l, license->o.id, &part->activation);
	part->has_activation = !err;
	if (err && err != E_NOT_FOUND)
		return err;
	err = part_assignment(l, part);
	if (err)
		return err;
	return blacklist_hit(txn, l->req->hardware_id, part->order.customer_id,
	    license->o.id, &part->blacklisted);
}

static enum err
set_members(const struct lookup *l, const struct license *own, struct set *set)
{
	struct txn *txn = l->ctx->txn;
	struct license license;
	struct record_scan scan;
	enum err err;

	err = record_scan(txn, T_LICENSE, IX_LICENSE_SET, record_key_id(txn, own->o.id),
	    SLICE_NULL, false, &scan);
	while (!err) {
		err = record_next(&scan, &license);
		for (size_t i = 1; !err && i < set->n; i++) {
			struct part *part = &set->part[i];

			if (part->missing && part->product.o.id == license.product_id) {
				err = part_load(l, &license, part);
				break;
			}
		}
	}
	return err == E_NOT_FOUND ? E_OK : err;
}

enum err
set_load(const struct lookup *l, const struct license *own, struct set *set)
{
	const struct list *members = &l->product.members;
	const int64_t *id = members->p;
	enum err err;

	set->n = l->req->bundle ? members->n + 1 : 1;
	set->part = arena_array(l->ctx->arena, set->n, sizeof(*set->part));
	if (!set->part)
		return E_NO_MEMORY;
	set->part[0].product = l->product;
	err = part_load(l, own, &set->part[0]);
	if (err || !l->req->bundle)
		return err;
	for (size_t i = 1; i < set->n; i++) {
		set->part[i].missing = true;
		err = record_get_id(
		    l->ctx->txn, T_PRODUCT, id[i - 1], &set->part[i].product);
		if (err)
			return err == E_NOT_FOUND ? E_INTERNAL : err;
	}
	return set_members(l, own, set);
}

static bool
active_for(const struct lookup *l, const struct activation *a, bool own)
{
	return a->state == AS_ACTIVE &&
	       (!own || !l->user.o.id || a->user_id == l->user.o.id);
}

enum err
set_find_active(const struct lookup *l, bool own, size_t *at)
{
	struct activation activation;

	for (*at = 0; *at < l->n; (*at)++) {
		enum err err = set_activation(l, l->candidate[*at], &activation);

		if (err && err != E_NOT_FOUND)
			return err;
		if (!err && active_for(l, &activation, own))
			break;
	}
	return E_OK;
}

enum err
set_load_at(const struct lookup *l, size_t at, struct set *set)
{
	struct license own;
	enum err err;

	if (l->keyed.o.id == l->candidate[at])
		return set_load(l, &l->keyed, set);
	err = record_get_id(l->ctx->txn, T_LICENSE, l->candidate[at], &own);
	return err ? err : set_load(l, &own, set);
}

enum err
set_choose(const struct lookup *l, struct set *set)
{
	size_t at = 0;
	enum err err = l->n > 1 ? set_find_active(l, true, &at) : E_OK;

	return err ? err : set_load_at(l, at < l->n ? at : 0, set);
}

struct holder_facts
part_holder(const struct lookup *l, const struct part *part)
{
	return (struct holder_facts){ .now = l->ctx->now,
		.license = &part->license,
		.activation = part->has_activation ? &part->activation : NULL,
		.blacklisted = part->blacklisted,
		.user_id = l->user.o.id ? l->user.o.id : FIELD_NONE };
}

enum err
part_refuse(const struct lookup *l, const struct part *part, enum err err)
{
	if (l->req->bundle && err_info(err)->kind == ERR_RULE) {
		l->ctx->refused_license = part->missing ? FIELD_NONE : part->license.o.id;
		l->ctx->refused_product = part->product.short_code;
	}
	if (err == E_LICENSE_START_DATE)
		l->ctx->start_date = part->license.start_date;
	return err;
}
