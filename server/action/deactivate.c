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
feature_use(struct action_ctx *ctx, int64_t license_id, const struct feature_use *use,
    int64_t *excess)
{
	struct license_feature feature = { .license_id = license_id, .code = use->code };
	struct meter meter;
	int64_t cut = 0;
	enum err err = record_get(ctx->txn, T_LICENSE_FEATURE, &feature);

	if (err)
		return err == E_NOT_FOUND ? E_OK : err;
	if (feature.feature_type != FT_CONSUMPTION)
		return E_OK;
	meter = meter_of_feature(&feature);
	consume_roll(&meter, ctx->now);
	err = consume_final(&meter, use->amount, &cut);
	if (err)
		return err;
	*excess += cut;
	meter_to_feature(&meter, &feature);
	return record_put(ctx->txn, T_LICENSE_FEATURE, &feature);
}

/* 10.2: the same for features; those that the license does not have are skipped. */
static enum err
part_use_features(const struct lookup *l, const struct part *part, int64_t *excess)
{
	enum err err = E_OK;

	*excess = 0;
	for (size_t i = 0; i < l->req->n_features && !err; i++)
		err =
		    feature_use(l->ctx, part->license.o.id, &l->req->features[i], excess);
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
	struct ledger_excess excess = { 0, 0 };
	int64_t was = part->license.seats_used;
	enum err err;

	err = variable_store(
	    l->ctx, &part->activation, l->req->variables, l->req->n_variables);
	if (!err && own)
		err = part_consume(l, part, &excess.license);
	if (!err && own)
		err = part_use_features(l, part, &excess.features);
	if (err)
		return part_refuse(l, part, err);
	err = seat_free(l->ctx, &seat);
	return err ? err : ledger_deactivated(l, part, was, &excess);
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
