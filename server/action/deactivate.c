#include "server/action/client.h"

#include "server/action/bundle.h"
#include "server/action/ledger.h"
#include "server/action/seat.h"
#include "server/action/variable.h"
#include "server/policy/bundle.h"
#include "server/policy/consume.h"

struct giving {
	struct lookup l;
	struct set set;
	bool *active; /* the parts to end, by index */
};

/* Steps 6 and 7 as part.err; D as active or not. */
static enum err
part_release(const struct lookup *l, const struct part *part, struct bundle_part *fold,
    enum err *own_device)
{
	struct holder_facts facts = part_holder(l, part);
	int step;
	enum err err;

	fold->missing = part->missing;
	if (part->missing)
		return E_OK;
	err = holder_decide(&facts, NULL, &step);
	fold->active = !err;
	if (err && step == STEP_DEVICE)
		*own_device = err;
	else
		fold->err = err;
	if (err)
		return E_OK;
	return release_decide(&facts, l->req->device_key, NULL, NULL);
}

/* The device keys of the parts that would end count after steps 6, 7 and D of all. */
static enum err
giving_decide(struct giving *g)
{
	struct set *set = &g->set;
	struct bundle_part *fold;
	enum err own = E_OK, device, proof = E_OK, err;
	size_t prover = 0;
	int decider;

	fold = arena_array(g->l.ctx->arena, set->n, sizeof(*fold));
	g->active = arena_array(g->l.ctx->arena, set->n, sizeof(*g->active));
	if (!fold || !g->active)
		return E_NO_MEMORY;
	for (size_t i = 0; i < set->n; i++) {
		device = E_OK;
		err = part_release(&g->l, &set->part[i], &fold[i], &device);
		g->active[i] = fold[i].active;
		if (i == 0)
			own = device;
		if (err && !proof) {
			proof = err;
			prover = i;
		}
	}
	err = bundle_release(fold, set->n, own, &decider);
	if (err)
		return part_refuse(&g->l, &set->part[decider], err);
	return proof ? part_refuse(&g->l, &set->part[prover], proof) : E_OK;
}

/* 6.9: numbers handed in with the call, for the own license only. */
static enum err
part_consume(const struct lookup *l, struct part *part, int64_t *excess)
{
	struct meter meter;
	enum err err;

	*excess = 0;
	if (l->req->consumptions == FIELD_NONE ||
	    part->license.terms.license_type != LT_CONSUMPTION)
		return E_OK;
	meter = meter_of_license(&part->license);
	consume_roll(&meter, l->ctx->now);
	err = consume_final(&meter, l->req->consumptions, excess);
	if (!err)
		meter_to_license(&meter, &part->license);
	return err;
}

static enum err
part_end(struct lookup *l, struct part *part, bool own)
{
	struct seat seat = { .license = &part->license,
		.activation = &part->activation,
		.device = &l->device,
		.assignment = part->has_assignment ? &part->assignment : NULL,
		.end = IS_DEACTIVATED };
	int64_t was = part->license.seats_used, excess = 0;
	enum err err;

	err = variable_store(
	    l->ctx, &part->activation, l->req->variables, l->req->n_variables);
	if (!err && own)
		err = part_consume(l, part, &excess);
	if (err)
		return part_refuse(l, part, err);
	err = seat_free(l->ctx, &seat);
	return err ? err : ledger_deactivated(l, part, was, excess);
}

enum err
action_deactivate(struct action_ctx *ctx, const void *request, void *result)
{
	struct giving g = { .l = { .ctx = ctx, .req = request } };
	enum err err;

	(void)result;
	err = find_licenses(&g.l, LOOKUP_LATER);
	if (!err)
		err = set_choose(&g.l, &g.set);
	if (!err)
		err = giving_decide(&g);
	for (size_t i = 0; !err && i < g.set.n; i++) {
		if (g.active[i])
			err = part_end(&g.l, &g.set.part[i], i == 0);
	}
	return err;
}
