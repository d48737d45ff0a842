#include "server/api/manage_check.h"

#include "server/action/bundle.h"
#include "server/action/floating.h"
#include "server/action/query.h"
#include "server/action/view.h"
#include "server/api/v4_print.h"
#include "server/policy/lease.h"

static const char *const members[] = { "license_key", "product", "hardware_id", NULL };

static void
read_query(struct action_ctx *ctx, const struct manage_req *req, struct client_req *call)
{
	query_only(ctx, req, members);
	for (size_t i = 0; members[i]; i++)
		if (!manage_query(req, members[i]).n)
			fault_add(&ctx->faults, members[i], E_MISSING_PARAMETERS,
			    "%s is missing", members[i]);
	*call = (struct client_req){ .single = true,
		.license_id = FIELD_NONE,
		.license_key = manage_query(req, "license_key"),
		.product = manage_query(req, "product"),
		.hardware_id = manage_query(req, "hardware_id"),
		.consumptions = FIELD_NONE,
		.max_overages = FIELD_NONE };
	if (call->hardware_id.n && !hardware_id_valid(call->hardware_id))
		fault_add(&ctx->faults, "hardware_id", E_VALIDATION,
		    "hardware_id is 1 to %d bytes without control bytes",
		    MAX_HARDWARE_ID);
}

/* Steps 6, 7, D and floating, as check_license has them. */
static enum err
decide(const struct lookup *l, const struct part *part)
{
	struct holder_facts holder = part_holder(l, part);
	struct lease_facts lease = { .now = l->ctx->now,
		.license = &part->license,
		.activation = part->has_activation ? &part->activation : NULL };
	enum err e = holder_decide(&holder, NULL, NULL);

	if (!e)
		e = floating_count(l->ctx, part->license.o.id, &lease.in_force);
	return e ? e : lease_check(&lease, NULL).err;
}

enum err
manage_check_license(struct action_ctx *ctx, const void *req, void *res_)
{
	struct manage_res *res = res_;
	struct client_req call;
	struct client_res found;
	struct lookup l = { .ctx = ctx, .req = &call };
	struct set set;
	enum err e;

	read_query(ctx, req, &call);
	e = manage_faults(ctx);
	if (!e)
		e = find_licenses(&l, LOOKUP_LATER);
	if (!e)
		e = set_choose(&l, &set);
	if (!e)
		e = decide(&l, &set.part[0]);
	if (!e)
		e = view_load_set(&l, &set, VIEW_CHECK, &found);
	if (e)
		return e;
	found.view[0].company_id = VENDOR_ID;
	v4_print_check(&res->w, &call, ctx->now, &found.view[0]);
	return buf_finish(&res->body);
}
