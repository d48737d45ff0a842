#include "server/action/client.h"

#include "server/action/bundle.h"
#include "server/action/view.h"
#include "server/policy/consume.h"

static struct consume_request
consume_asked(const struct client_req *req, const struct license *license)
{
	return (struct consume_request){
		.amount = req->consumptions == FIELD_NONE ? 1 : req->consumptions,
		.has_overages = req->has_overages,
		.overages = req->overages,
		.has_max_overages = req->max_overages != FIELD_NONE,
		.max_overages = req->max_overages,
		.may_set = license->terms.client_sets_overages,
	};
}

/* Steps after D: type, expiry, sign, limit; all in the transaction that adds. */
static enum err
license_consume(
    struct action_ctx *ctx, const struct client_req *req, struct license *license)
{
	struct consume_facts facts = { .now = ctx->now, .license = license };
	struct consume_request asked = consume_asked(req, license);
	struct terms before = license->terms;
	struct meter meter;
	enum err err;

	err = consume_allowed(&facts, NULL);
	if (err)
		return err;
	meter = meter_of_license(license);
	consume_roll(&meter, ctx->now);
	err = consume_add(&meter, &asked, NULL);
	if (err)
		return err;
	meter_to_license(&meter, license);
	if (before.allow_overages != license->terms.allow_overages ||
	    before.max_overages != license->terms.max_overages) {
		license->o.updated_at = ctx->now;
		license->o.revision++;
	}
	return record_put(ctx->txn, T_LICENSE, license);
}

enum err
action_consume(struct action_ctx *ctx, const void *request, void *result)
{
	struct lookup l = { .ctx = ctx, .req = request };
	struct holder_facts facts;
	struct set set;
	enum err err;

	err = find_licenses(&l, LOOKUP_LATER);
	if (!err)
		err = set_choose(&l, &set);
	if (err)
		return err;
	facts = part_holder(&l, &set.part[0]);
	err = holder_decide(&facts, NULL, NULL);
	if (!err)
		err = license_consume(ctx, l.req, &set.part[0].license);
	return err ? err : view_load_set(&l, &set, VIEW_CHECK, result);
}
