#include "server/action/explain.h"

#include "server/action/floating.h"
#include "server/policy/bundle.h"
#include "server/policy/consume.h"
#include "server/policy/lease.h"

static void
note_early(struct explain_part *p, int n, const char *rule, enum err code)
{
	struct trace *t = &p->trace;

	if (t->n < TRACE_MAX)
		t->step[t->n++] = (struct trace_step){ .n = (enum step_number)n,
			.rule = rule,
			.ok = code == E_OK,
			.code = code,
			.value = FIELD_NONE,
			.limit = FIELD_NONE };
	if (code && !p->err) {
		p->err = code;
		t->decided_by = n;
	}
}

/* Steps 3 and 5, of the license that the call names. */
static void
decide_early(struct explain *ex, struct explain_part *p)
{
	const struct license_user *user = &ex->l.user;
	bool activation = ex->action == EXPLAIN_ACTIVATE || ex->call.offline, known;

	if (activation)
		note_early(p, EXPLAIN_STEP_PRODUCT, "product",
		    p->part->product.archived_at == FIELD_NONE ? E_OK
							       : E_ARCHIVED_PRODUCT);
	if (!user->o.id)
		return;
	known = p->part->has_assignment && (!activation || user->is_active);
	note_early(
	    p, EXPLAIN_STEP_CREDENTIAL, "credential", known ? E_OK : E_LICENSE_NOT_FOUND);
}

static enum err
decide_activate(struct explain *ex, struct explain_part *p)
{
	const struct part *part = p->part;
	struct activate_facts facts = { .now = ex->then.now,
		.offline = ex->call.offline,
		.license = &part->license,
		.activation = part->has_activation ? &part->activation : NULL,
		.blacklisted = part->blacklisted,
		.is_vm = ex->call.facts.is_vm,
		.user_id = ex->l.user.o.id ? ex->l.user.o.id : FIELD_NONE,
		.assignment = part->has_assignment ? &part->assignment : NULL,
		.device_key = ex->call.device_key };

	return activate_decide(&facts, &p->trace).err;
}

static enum err
decide_check(struct explain *ex, struct explain_part *p)
{
	struct holder_facts holder = part_holder(&ex->l, p->part);
	struct lease_facts facts = { .now = ex->then.now,
		.license = &p->part->license,
		.activation = p->part->has_activation ? &p->part->activation : NULL,
		.in_force = p->in_force };
	enum err refusal = holder_decide(&holder, &p->trace, NULL);
	struct lease_verdict lease = lease_check(&facts, &p->trace);

	return refusal ? refusal : lease.err;
}

static enum err
decide_consume(struct explain *ex, struct explain_part *p)
{
	const struct license *license = &p->part->license;
	struct holder_facts holder = part_holder(&ex->l, p->part);
	struct consume_facts facts = { .now = ex->then.now, .license = license };
	struct consume_request asked = { .amount = 1 };
	struct meter meter = meter_of_license(license);
	enum err refusal = holder_decide(&holder, &p->trace, NULL), e;

	e = consume_allowed(&facts, &p->trace);
	if (!refusal)
		refusal = e;
	if (license->terms.license_type != LT_CONSUMPTION)
		return refusal;
	consume_roll(&meter, ex->then.now);
	e = consume_add(&meter, &asked, &p->trace);
	return refusal ? refusal : e;
}

static enum err
decide_part(struct explain *ex, struct explain_part *p)
{
	struct holder_facts holder = part_holder(&ex->l, p->part);

	switch (ex->action) {
	case EXPLAIN_ACTIVATE:
	case EXPLAIN_ACTIVATE_OFFLINE:
		return decide_activate(ex, p);
	case EXPLAIN_CHECK:
		return decide_check(ex, p);
	case EXPLAIN_CONSUME:
		return decide_consume(ex, p);
	case EXPLAIN_DEACTIVATE:
		break;
	}
	return release_decide(&holder, ex->call.device_key, &p->trace, NULL);
}

static bool
seen_later(const struct explain_holder *a, const struct explain_holder *b)
{
	return a->activation.last_seen_at > b->activation.last_seen_at;
}

static enum err
holder_add(
    struct explain *ex, struct explain_part *p, const struct activation *activation)
{
	struct explain_holder new = { .activation = *activation };
	struct device device;
	size_t at = p->n_holders;
	enum err e;

	e = record_get_id(ex->ctx->txn, T_DEVICE, activation->device_id, &device);
	if (e && e != E_NOT_FOUND)
		return e;
	if (!e)
		new.hardware_id = device.hardware_id;
	for (; at > 0 && seen_later(&p->holder[at - 1], &new); at--)
		p->holder[at] = p->holder[at - 1];
	p->holder[at] = new;
	p->n_holders++;
	return E_OK;
}

static enum err
load_holders(struct explain *ex, struct explain_part *p)
{
	struct txn *txn = ex->ctx->txn;
	struct activation a;
	struct record_scan scan;
	enum err e;

	p->holder = arena_array(ex->ctx->arena, EXPLAIN_HOLDERS_MAX, sizeof(*p->holder));
	if (!p->holder)
		return E_NO_MEMORY;
	e = record_scan(txn, T_ACTIVATION, -1, record_key_id(txn, p->part->license.o.id),
	    SLICE_NULL, false, &scan);
	while (!e && p->n_holders < EXPLAIN_HOLDERS_MAX) {
		e = record_next(&scan, &a);
		if (!e && a.state != AS_INACTIVE)
			e = holder_add(ex, p, &a);
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

static enum err
part_explain(struct explain *ex, struct explain_part *p, bool first)
{
	enum err refusal, e;

	if (p->part->missing) {
		p->err = E_LICENSE_NOT_FOUND;
		p->decided_by = EXPLAIN_STEP_CREDENTIAL;
		return E_OK;
	}
	e = load_holders(ex, p);
	if (!e)
		e = floating_count(&ex->then, p->part->license.o.id, &p->in_force);
	if (e)
		return e;
	if (first)
		decide_early(ex, p);
	refusal = decide_part(ex, p);
	if (!p->err)
		p->err = refusal;
	p->decided_by = p->trace.decided_by;
	return E_OK;
}

static void
fold_release(struct explain *ex, struct bundle_part *fold)
{
	enum err own = E_OK;
	int proof = -1;

	for (size_t i = 0; i < ex->n_parts; i++) {
		const struct explain_part *p = &ex->part[i];
		bool device = p->decided_by == STEP_DEVICE;

		fold[i].active = !p->err || p->decided_by == STEP_PROOF;
		fold[i].err = fold[i].active || device ? E_OK : p->err;
		if (i == 0 && device)
			own = p->err;
		if (p->decided_by == STEP_PROOF && proof < 0)
			proof = (int)i;
	}
	ex->err = bundle_release(fold, ex->n_parts, own, &ex->decider);
	if (!ex->err && proof >= 0) {
		ex->err = ex->part[proof].err;
		ex->decider = proof;
	}
}

static enum err
fold_parts(struct explain *ex)
{
	struct bundle_part *fold =
	    arena_array(ex->ctx->arena, ex->n_parts, sizeof(*fold));

	if (!fold)
		return E_NO_MEMORY;
	for (size_t i = 0; i < ex->n_parts; i++) {
		fold[i].missing = ex->part[i].part->missing;
		fold[i].err = ex->part[i].err;
	}
	if (ex->action == EXPLAIN_DEACTIVATE)
		fold_release(ex, fold);
	else
		ex->decider = bundle_first_refusal(fold, ex->n_parts, &ex->err);
	return E_OK;
}

enum err
explain_decide(struct explain *ex, const struct license *license)
{
	enum err e = set_load(&ex->l, license, &ex->set);

	if (e)
		return e;
	ex->n_parts = ex->set.n;
	ex->part = arena_array(ex->ctx->arena, ex->n_parts, sizeof(*ex->part));
	if (!ex->part)
		return E_NO_MEMORY;
	for (size_t i = 0; i < ex->n_parts && !e; i++) {
		ex->part[i].part = &ex->set.part[i];
		e = part_explain(ex, &ex->part[i], i == 0);
	}
	return e ? e : fold_parts(ex);
}
