#include "server/action/activate.h"

#include "server/action/facts.h"
#include "server/action/ledger.h"
#include "server/action/token.h"
#include "server/action/variable.h"
#include "server/action/view.h"
#include "server/policy/bundle.h"

/* A device that device_uuid names must be in the account of the license's customer. */
static enum err
device_fits(const struct lookup *l, const struct order *order, bool *unfit)
{
	struct customer customer;
	enum err err;

	*unfit = l->device_unfit;
	if (*unfit || !l->req->device_uuid.n)
		return E_OK;
	*unfit = true;
	if (order->customer_id == FIELD_NONE ||
	    l->device.customer_account_id == FIELD_NONE)
		return E_OK;
	err = record_get_id(l->ctx->txn, T_CUSTOMER, order->customer_id, &customer);
	if (!err)
		*unfit = customer.customer_account_id != l->device.customer_account_id;
	return err == E_NOT_FOUND ? E_OK : err;
}

static struct activate_facts
part_facts(const struct lookup *l, const struct part *part)
{
	return (struct activate_facts){ .now = l->ctx->now,
		.offline = l->req->offline,
		.refresh = l->req->refresh,
		.license = &part->license,
		.activation = part->has_activation ? &part->activation : NULL,
		.blacklisted = part->blacklisted,
		.is_vm = l->req->has_is_vm && l->req->facts.is_vm,
		.user_id = l->user.o.id ? l->user.o.id : FIELD_NONE,
		.assignment = part->has_assignment ? &part->assignment : NULL,
		.device_key = l->req->device_key };
}

static enum err
plan_make(const struct lookup *l, size_t at, struct activate_plan *plan)
{
	struct set *set = &plan->set;
	struct bundle_part *fold;
	bool unfit;
	enum err err;

	err = set_load_at(l, at, set);
	if (!err)
		err = device_fits(l, &set->part[0].order, &unfit);
	if (err)
		return err;
	fold = arena_array(l->ctx->arena, set->n, sizeof(*fold));
	if (!fold)
		return E_NO_MEMORY;
	for (size_t i = 0; i < set->n; i++) {
		struct part *part = &set->part[i];
		struct activate_facts facts = part_facts(l, part);

		facts.device_unfit = unfit;
		fold[i].missing = part->missing;
		if (part->missing)
			continue;
		part->verdict = activate_decide(&facts, NULL);
		fold[i].err = part->verdict.err;
	}
	plan->decider = bundle_first_refusal(fold, set->n, &plan->err);
	return E_OK;
}

/* 6.10 rule 6; the plans that are not chosen give their memory back. */
static enum err
plan_choose(const struct lookup *l, struct activate_plan *chosen)
{
	size_t at = 0;
	enum err err = l->n > 1 ? set_find_active(l, false, &at) : E_OK;

	if (err)
		return err;
	err = plan_make(l, at < l->n ? at : 0, chosen);
	if (at < l->n)
		return err;
	for (size_t i = 1; !err && chosen->err && i < l->n; i++) {
		struct arena_mark mark = arena_mark(l->ctx->arena);
		struct activate_plan plan;

		err = plan_make(l, i, &plan);
		if (!err && !plan.err)
			*chosen = plan;
		else
			arena_reset(l->ctx->arena, mark);
	}
	return err;
}

/* A device that nobody knew comes into the account of the first license's customer. */
static enum err
device_account(const struct lookup *l, const struct order *order, struct device *device)
{
	struct customer customer;
	enum err err;

	if (device->o.id || order->customer_id == FIELD_NONE)
		return E_OK;
	err = record_get_id(l->ctx->txn, T_CUSTOMER, order->customer_id, &customer);
	if (!err)
		device->customer_account_id = customer.customer_account_id;
	return err == E_NOT_FOUND ? E_OK : err;
}

static enum err
part_take(struct lookup *l, struct part *part, const struct seat_token *token)
{
	const struct client_req *req = l->req;
	const struct activate_verdict *v = &part->verdict;
	struct seat seat = { .license = &part->license,
		.activation = &part->activation,
		.device = &l->device,
		.assignment = part->has_assignment ? &part->assignment : NULL,
		.token = token };
	int64_t was = part->license.seats_used;
	enum err err;

	if (!part->has_activation)
		field_clear(&activation_table, &part->activation);
	facts_apply(&part->activation, req, l->ctx->now);
	if (v->bind_key)
		part->activation.device_key = req->device_key;
	err = seat_take(l->ctx, &seat, v);
	if (err)
		return err;
	part->has_activation = true;
	err = variable_store(l->ctx, &part->activation, req->variables, req->n_variables);
	if (!err && (v->source != SEAT_KEPT || v->adopt))
		err = ledger_activated(l, part, was);
	return err;
}

enum err
activate_find(struct lookup *l, struct activate_plan *plan)
{
	enum err err = find_licenses(l, LOOKUP_ACTIVATION);

	return err ? err : plan_choose(l, plan);
}

enum err
activate_take(
    struct lookup *l, struct activate_plan *plan, const struct seat_token *token)
{
	enum err err = device_account(l, &plan->set.part[0].order, &l->device);

	if (!err)
		err = token_supersede(l->ctx, &plan->set);
	for (size_t i = 0; !err && i < plan->set.n; i++)
		err = part_take(l, &plan->set.part[i], token);
	return err;
}

enum err
action_activate(struct action_ctx *ctx, const void *request, void *result)
{
	struct lookup l = { .ctx = ctx, .req = request };
	struct activate_plan plan;
	struct seat_token token;
	enum err err = activate_find(&l, &plan);

	if (err)
		return err;
	if (plan.err)
		return part_refuse(&l, &plan.set.part[plan.decider], plan.err);
	err = token_number(ctx, &plan.set, 0, &token);
	token.offline = l.req->offline;
	if (!err)
		err = activate_take(&l, &plan, &token);
	return err ? err : view_load_set(&l, &plan.set, VIEW_ACTIVATION, result);
}
