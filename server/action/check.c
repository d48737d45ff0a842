#include "server/action/client.h"

#include "server/action/bundle.h"
#include "server/action/facts.h"
#include "server/action/floating.h"
#include "server/action/view.h"
#include "server/policy/bundle.h"
#include "server/policy/lease.h"

struct check {
	struct lookup l;
	struct set set;
	struct lease_verdict *lease; /* one for each part */
	bool write;                  /* some floating seat is to be taken or renewed */
};

/* Steps 6, 7, D and floating of one license. */
static enum err
part_check(struct check *c, const struct part *part, struct lease_verdict *lease,
    enum err *verdict)
{
	struct holder_facts holder = part_holder(&c->l, part);
	struct lease_facts facts = { .now = c->l.ctx->now,
		.license = &part->license,
		.activation = &part->activation,
		.read_only = c->l.req->read_only };
	enum err err = E_OK;

	*verdict = holder_decide(&holder, NULL, NULL);
	if (*verdict)
		return E_OK;
	/* A seat that is held is renewed whoever else has one, so nobody counts. */
	if (part->license.terms.is_floating_cloud &&
	    !lease_held(&part->activation, facts.now))
		err = floating_count(c->l.ctx, part->license.o.id, &facts.in_force);
	if (err)
		return err;
	*lease = lease_check(&facts, NULL);
	*verdict = lease->err;
	c->write = c->write || lease->write;
	return E_OK;
}

static enum err
check_decide(struct check *c)
{
	struct set *set = &c->set;
	struct bundle_part *fold;
	enum err err = E_OK;
	int decider;

	fold = arena_array(c->l.ctx->arena, set->n, sizeof(*fold));
	c->lease = arena_array(c->l.ctx->arena, set->n, sizeof(*c->lease));
	if (!fold || !c->lease)
		return E_NO_MEMORY;
	for (size_t i = 0; !err && i < set->n; i++) {
		fold[i].missing = set->part[i].missing;
		if (!fold[i].missing)
			err = part_check(c, &set->part[i], &c->lease[i], &fold[i].err);
	}
	if (err)
		return err;
	decider = bundle_first_refusal(fold, set->n, &err);
	return decider < 0 ? E_OK : part_refuse(&c->l, &set->part[decider], err);
}

static enum err
check_find(struct check *c, struct action_ctx *ctx, const struct client_req *req)
{
	enum err err;

	*c = (struct check){ .l = { .ctx = ctx, .req = req } };
	err = find_licenses(&c->l, LOOKUP_LATER);
	if (!err)
		err = set_choose(&c->l, &c->set);
	return err ? err : check_decide(c);
}

static enum err
part_touch(struct check *c, struct part *part, const struct lease_verdict *lease)
{
	struct activation *a = &part->activation;
	struct action_ctx *ctx = c->l.ctx;
	enum err err = E_OK;

	if (part->license.terms.is_floating_cloud)
		err = floating_sweep(ctx, part->license.o.id);
	if (err)
		return err;
	if (a->borrowed_until != FIELD_NONE && a->borrowed_until <= ctx->now)
		a->borrowed_until = FIELD_NONE;
	if (lease->write)
		a->floating_until = lease->floating_until;
	facts_apply(a, c->l.req, ctx->now);
	a->check_count++;
	return record_put(ctx->txn, T_ACTIVATION, a);
}

enum err
action_check(struct action_ctx *ctx, const void *request, void *result)
{
	struct check c;
	enum err err;

	err = check_find(&c, ctx, request);
	if (err)
		return err;
	return c.write ? E_RETRY : view_load_set(&c.l, &c.set, VIEW_CHECK, result);
}

enum err
action_check_touch(struct action_ctx *ctx, const void *request, void *result)
{
	const struct client_req *req = request;
	struct check c;
	enum err err;

	err = check_find(&c, ctx, req);
	for (size_t i = 0; !err && !req->read_only && i < c.set.n; i++)
		err = part_touch(&c, &c.set.part[i], &c.lease[i]);
	if (!err && !req->read_only && c.l.device.o.id) {
		c.l.device.last_seen_at = ctx->now;
		err = record_put(ctx->txn, T_DEVICE, &c.l.device);
	}
	return err ? err : view_load_set(&c.l, &c.set, VIEW_CHECK, result);
}
