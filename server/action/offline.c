#include "server/action/offline.h"

#include "base/clock.h"
#include "server/action/change.h"
#include "server/action/token.h"
#include "server/action/view.h"
#include "server/model/audit.h"
#include "server/policy/consume.h"
#include "server/policy/offline.h"

/* One request on its way to an activation. */
struct issuing {
	struct lookup l;
	const struct offline_batch *batch;
	const struct offline_ask *ask;
	struct activate_plan plan;
	struct seat_token token;
	bool cloned;
	int64_t excess; /* consumption cut at the cap */
	struct client_res res;
};

struct turn {
	struct action_ctx *ctx;
	const struct offline_batch *batch;
	const struct offline_ask *ask;
	struct offline_answer *answer;
	offline_one_fn *fn;
};

static enum err
run_turn(struct txn *txn, void *arg)
{
	struct turn *t = arg;
	struct txn *outer = t->ctx->txn;
	enum err err;

	t->ctx->txn = txn;
	err = t->fn(t->ctx, t->batch, t->ask, t->answer);
	t->ctx->txn = outer;
	return err;
}

static void
note_refusal(const struct action_ctx *ctx, struct offline_answer *answer, enum err err)
{
	answer->err = err;
	answer->start_date = ctx->start_date;
	answer->refused_license = ctx->refused_license;
	answer->refused_product = ctx->refused_product;
}

static enum err
take_turn(struct turn *t)
{
	struct action_ctx *ctx = t->ctx;
	struct change *changes = ctx->changes;
	enum err err = t->ask->err;

	ctx->refused_license = 0;
	ctx->refused_product = SLICE_NULL;
	ctx->start_date = FIELD_NONE;
	if (!err)
		err = store_nested(ctx->txn, run_turn, t);
	if (!err)
		return E_OK;
	ctx->changes = changes;
	if (err_info(err)->kind == ERR_FAULT)
		return err;
	*t->answer = (struct offline_answer){ .lease_until = FIELD_NONE };
	note_refusal(ctx, t->answer, err);
	t->answer->more = t->ask->more;
	return E_OK;
}

enum err
offline_each(struct action_ctx *ctx, const struct offline_batch *batch,
    struct offline_answers *answers, offline_one_fn *fn)
{
	enum err err = E_OK;

	if (!ctx->issuer || !ctx->issuer->keyring)
		return E_UNAVAILABLE;
	answers->n = batch->n;
	answers->item = arena_array(ctx->arena, batch->n, sizeof(*answers->item));
	if (!answers->item)
		return E_NO_MEMORY;
	for (size_t i = 0; i < batch->n && !err; i++) {
		struct turn turn = { ctx, batch, &batch->ask[i], &answers->item[i], fn };

		err = take_turn(&turn);
	}
	return err;
}

enum err
offline_row(struct action_ctx *ctx, const struct issued *issued, struct activation *row,
    bool *found)
{
	enum err err = record_find(ctx->txn, T_ACTIVATION, IX_ACTIVATION_ID,
	    record_key_id(ctx->txn, issued->device), row);

	*found = err == E_OK;
	return err == E_NOT_FOUND ? E_OK : err;
}

enum err
offline_vendor(struct action_ctx *ctx, int64_t *id)
{
	struct vendor vendor;
	enum err err = record_get_id(ctx->txn, T_VENDOR, VENDOR_ID, &vendor);

	*id = vendor.o.id;
	return err == E_NOT_FOUND ? E_INTERNAL : err;
}

enum err
offline_count(struct action_ctx *ctx, const char *metric)
{
	struct stat stat = { .metric = slice_str(metric),
		.label = SLICE(""),
		.hour = ctx->now - ctx->now % CLOCK_HOUR };
	enum err err = record_get(ctx->txn, T_STAT, &stat);

	if (err && err != E_NOT_FOUND)
		return err;
	if (err)
		stat = (struct stat){ .metric = slice_str(metric),
			.label = SLICE(""),
			.hour = ctx->now - ctx->now % CLOCK_HOUR };
	stat.count++;
	return record_put(ctx->txn, T_STAT, &stat);
}

static void
tell(struct offline_answer *out, const struct issued *issued)
{
	out->kind = OBJECT_ACTIVATION;
	out->serial = issued->o.id;
	out->lease_until = issued->lease_until;
	out->licenses = issued->licenses;
	out->object = issued->answer;
}

static enum err
repeat(struct action_ctx *ctx, const struct offline_ask *ask, const struct issued *issued,
    struct offline_answer *out)
{
	struct activation row;
	struct offline_known known = { .issued = issued,
		.same =
		    slice_equal(issued->digest, slice_of(ask->digest, OFFLINE_DIGEST)) };
	bool found;
	enum err err = offline_row(ctx, issued, &row, &found);

	known.activation = found ? &row : NULL;
	if (!err)
		err = offline_repeat(&known);
	if (err)
		return err;
	tell(out, issued);
	out->repeated = true;
	return E_OK;
}

static enum err
mark_cloned(struct action_ctx *ctx, const struct set *set)
{
	enum err err = E_OK;

	for (size_t i = 0; i < set->n && !err; i++) {
		struct activation *a = &set->part[i].activation, before = *a;

		if (!set->part[i].has_activation || a->cloned)
			continue;
		a->cloned = true;
		err = change_record(
		    ctx, T_ACTIVATION, &before, a, "device.cloned", a->license_id);
	}
	return err;
}

static enum err
mark_issued(struct action_ctx *ctx, const struct activation *row)
{
	struct issued before, after;
	enum err err = record_get_id(ctx->txn, T_ISSUED, row->serial, &before);

	if (err)
		return err == E_NOT_FOUND ? E_OK : err;
	after = before;
	after.cloned = true;
	return change_record(ctx, T_ISSUED, &before, &after, NULL, FIELD_NONE);
}

/* The mark stays when the refresh is refused, so that is no error then: *refused. */
static enum err
refresh_check(struct issuing *s, enum err *refused)
{
	const struct part *own = &s->plan.set.part[0];
	struct offline_refresh facts = { .terms = &own->license.terms,
		.activation = &own->activation,
		.told = s->ask->request.sequence };
	struct offline_refresh_verdict v = offline_refresh(&facts);
	enum err err = E_OK;

	*refused = v.err;
	s->cloned = v.cloned;
	if (v.cloned)
		err = mark_issued(s->l.ctx, &own->activation);
	return err || !v.cloned ? err : mark_cloned(s->l.ctx, &s->plan.set);
}

/* Units used since the last contact, as a deactivation hands them in. */
static enum err
consume(struct issuing *s)
{
	struct license *license = &s->plan.set.part[0].license;
	int64_t amount = s->ask->request.consumptions;
	struct meter meter;
	enum err err;

	if (amount == FIELD_NONE || !s->ask->call.refresh ||
	    license->terms.license_type != LT_CONSUMPTION)
		return E_OK;
	if (amount > MAX_CONSUMPTION_STEP)
		return E_VALIDATION;
	meter = meter_of_license(license);
	consume_roll(&meter, s->l.ctx->now);
	err = consume_final(&meter, amount, &s->excess);
	if (err)
		return err;
	meter_to_license(&meter, license);
	return record_put(s->l.ctx->txn, T_LICENSE, license);
}

static enum err
take(struct issuing *s)
{
	bool refresh = s->ask->call.refresh;
	int64_t told = refresh ? s->ask->request.sequence : 0;
	enum err err = token_number(s->l.ctx, &s->plan.set, told, &s->token);

	s->token.offline = true;
	s->token.refreshed_from = told;
	if (!err)
		err = consume(s);
	if (!err)
		err = activate_take(&s->l, &s->plan, &s->token);
	return err ? err : view_load_set(&s->l, &s->plan.set, VIEW_CHECK, &s->res);
}

static enum err
sign(struct issuing *s, struct slice *object)
{
	struct action_ctx *ctx = s->l.ctx;
	struct token_ask ask = { .now = ctx->now,
		.view = s->res.view,
		.n = s->res.n,
		.hardware_id = s->ask->call.hardware_id,
		.device_key = s->ask->call.device_key,
		.request = s->ask->request.id };
	enum err err = offline_vendor(ctx, &ask.vendor);

	return err ? err : token_make(ctx->arena, ctx->issuer->keyring, &ask, object);
}

static enum err
list_licenses(struct arena *a, const struct client_res *res, struct list *out)
{
	int64_t *id = arena_array(a, res->n, sizeof(*id));

	if (!id)
		return E_NO_MEMORY;
	for (size_t i = 0; i < res->n; i++)
		id[i] = res->view[i].license.o.id;
	*out = (struct list){ id, res->n };
	return E_OK;
}

enum err
offline_keep(struct action_ctx *ctx, const struct offline_origin *origin,
    const struct client_req *call, const struct client_res *res, struct slice object,
    struct issued *issued)
{
	const struct license_view *own = &res->view[0];
	char *kid = arena_alloc(ctx->arena, KEY_KID_TEXT + 1);
	enum err err;

	field_clear(&issued_table, issued);
	*issued = (struct issued){ .o = { .id = own->activation.serial },
		.action = origin->action,
		.request = slice_str(origin->request),
		.digest = slice_of(origin->digest, OFFLINE_DIGEST),
		.license_id = own->license.o.id,
		.product_id = own->product.o.id,
		.hardware_id = call->hardware_id,
		.device = own->activation.o.id,
		.device_key = call->device_key,
		.sequence = own->activation.sequence,
		.issued_at = ctx->now,
		.issued_by = origin->issued_by,
		.lease_until = own->activation.lease_until,
		.state = IS_LIVE,
		.revoked_at = FIELD_NONE,
		.cloned = own->activation.cloned,
		.answer = object };
	err = kid ? list_licenses(ctx->arena, res, &issued->licenses) : E_NO_MEMORY;
	if (err)
		return err;
	key_kid_text(keyring_issuing(ctx->issuer->keyring), kid);
	issued->kid = slice_str(kid);
	err = change_record(
	    ctx, T_ISSUED, NULL, issued, "offline.issued", issued->license_id);
	return err ? err : offline_count(ctx, "offline_issued");
}

static enum err
keep(struct issuing *s, struct issued *issued)
{
	const struct offline_origin origin = {
		.action = s->ask->call.refresh ? IA_REFRESH : IA_ACTIVATE,
		.request = s->ask->id,
		.digest = s->ask->digest,
		.issued_by = s->batch->issued_by
	};
	struct slice object;
	enum err err = sign(s, &object);

	return err ? err
	           : offline_keep(
			 s->l.ctx, &origin, &s->ask->call, &s->res, object, issued);
}

static enum err
issue(struct issuing *s, struct offline_answer *out)
{
	struct action_ctx *ctx = s->l.ctx;
	struct issued issued;
	enum err refused = E_OK;
	enum err err = activate_find(&s->l, &s->plan);

	if (err)
		return err;
	if (s->plan.err)
		return part_refuse(
		    &s->l, &s->plan.set.part[s->plan.decider], s->plan.err);
	if (s->ask->call.refresh)
		err = refresh_check(s, &refused);
	if (!err && refused) {
		part_refuse(&s->l, &s->plan.set.part[0], refused);
		if (!s->cloned)
			return refused;
		note_refusal(ctx, out, refused);
		return E_OK;
	}
	if (!err)
		err = take(s);
	if (!err)
		err = keep(s, &issued);
	if (err)
		return err;
	tell(out, &issued);
	return s->ask->call.refresh ? E_OK : offline_count(ctx, "activations");
}

static enum err
answer_one(struct action_ctx *ctx, const struct offline_batch *batch,
    const struct offline_ask *ask, struct offline_answer *out)
{
	struct client_req call = ask->call;
	struct issuing s = {
		.l = { .ctx = ctx, .req = &call }, .batch = batch, .ask = ask
	};
	struct issued issued;
	enum err err;

	*out = (struct offline_answer){ .lease_until = FIELD_NONE };
	call.peer_address = batch->peer_address;
	err = record_find(ctx->txn, T_ISSUED, IX_ISSUED_REQUEST,
	    record_key_text(ctx->txn, slice_str(ask->id)), &issued);
	if (!err)
		return repeat(ctx, ask, &issued, out);
	if (err != E_NOT_FOUND)
		return err;
	err = offline_age(ask->request.issued_at * CLOCK_SECOND, ctx->now,
	    ctx->issuer->request_max_age);
	return err ? err : issue(&s, out);
}

enum err
action_offline_activate(struct action_ctx *ctx, const void *req, void *res)
{
	return offline_each(ctx, req, res, answer_one);
}
