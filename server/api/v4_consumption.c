#include "server/api/v4.h"

#include "server/api/v4_print.h"

static void
encode_consumed(struct v4_call *v, struct buf *body)
{
	const struct client_res *res = v4_result(v);
	const struct license_view *view = &res->view[0];
	const struct license *l = &view->license;
	const struct terms *t = &l->terms;
	struct json_writer w;

	jw_init(&w, body);
	jw_object(&w);
	jw_kint(&w, "id", l->o.id);
	jw_kint(&w, "max_consumptions", t->max_consumptions);
	jw_kbool(&w, "allow_unlimited_consumptions", t->allow_unlimited_consumptions);
	jw_kbool(&w, "allow_negative_consumptions", t->allow_negative_consumptions);
	jw_kbool(&w, "allow_overages", t->allow_overages);
	jw_kint(&w, "max_overages", t->max_overages);
	jw_kbool(&w, "reset_consumption", t->reset_consumption);
	v4_member_name(&w, "consumption_period", &period_names, t->consumption_period);
	jw_kint(&w, "total_consumptions", l->total_consumptions);
	v4_member_company(&w, view->company_id);
	jw_end(&w);
}

const struct v4_spec v4_add_consumption = {
	.name = "add_consumption",
	.take = V4_BASE | V4_BUNDLE_CODE | V4_ID_B | V4_CONSUME,
	.write = true,
	.res_size = sizeof(struct client_res),
	.action = action_consume,
	.encode = encode_consumed,
};
