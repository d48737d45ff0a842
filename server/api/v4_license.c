#include "server/api/v4.h"

#include "server/action/token.h"
#include "server/api/v4_print.h"

const struct client_res *
v4_result(struct v4_call *v)
{
	struct client_res *res = v->res;

	for (size_t i = 0; i < res->n; i++)
		res->view[i].company_id = v->key.company_id;
	return res;
}

/* One object, or those of a set as an array. */
static void
encode(struct v4_call *v, struct buf *body,
    void (*print)(struct json_writer *, const struct client_req *, int64_t now,
	const struct license_view *))
{
	const struct client_res *res = v4_result(v);
	struct json_writer w;

	jw_init(&w, body);
	if (v->spec->bundle)
		jw_array(&w);
	for (size_t i = 0; i < res->n; i++)
		print(&w, &v->req, res->now, &res->view[i]);
	if (v->spec->bundle)
		jw_end(&w);
}

/* Signed after the commit, with the numbers that the rows have kept. */
static void
add_token(struct v4_call *v, struct buf *body)
{
	struct client_res *res = v->res;
	struct token_ask ask = { .vendor = v->key.company_id,
		.now = res->now,
		.view = res->view,
		.n = res->n,
		.hardware_id = v->req.hardware_id,
		.device_key = v->req.device_key };
	struct slice object;

	if (token_put(v->call->arena, call_ring(v->call), &ask, &res->view[0], &object))
		body->failed = true;
}

void
v4_encode_activated(struct v4_call *v, struct buf *body)
{
	if (v->call->settings->sign)
		add_token(v, body);
	encode(v, body, v4_print_activation);
}

void
v4_encode_checked(struct v4_call *v, struct buf *body)
{
	encode(v, body, v4_print_check);
}

void
v4_encode_deactivated(struct v4_call *v, struct buf *body)
{
	(void)v;
	buf_str(body, "\"license_deactivated\"");
}

void
v4_touch(struct v4_call *v, bool wrote)
{
	const struct client_res *res = v->res;
	struct touch *touch = api_options_of(v->call->api)->touch;

	if (!touch || v->req.read_only)
		return;
	for (size_t i = 0; i < res->n && !wrote; i++) {
		const struct activation *a = &res->view[i].activation;

		touch_add(touch, a->license_id, a->device_id, res->now, &v->req.facts,
		    v->req.has_is_vm, v->req.peer_address);
	}
}

const struct v4_spec v4_activate_license = {
	.name = "activate_license",
	.take = V4_BASE | V4_BUNDLE_CODE | V4_ID_A | V4_VARIABLES | V4_DEVICE_KEY |
	        V4_DEVICE_UUID,
	.single = true,
	.write = true,
	.res_size = sizeof(struct client_res),
	.action = action_activate,
	.counts = "activations",
	.encode = v4_encode_activated,
};

const struct v4_spec v4_check_license = {
	.name = "check_license",
	.take = V4_BASE | V4_BUNDLE_CODE | V4_ID_B | V4_CHECK,
	.single = true,
	.res_size = sizeof(struct client_res),
	.action = action_check,
	.retry = action_check_touch,
	.counts = "checks",
	.after = v4_touch,
	.encode = v4_encode_checked,
};

const struct v4_spec v4_deactivate_license = {
	.name = "deactivate_license",
	.take =
	    V4_BASE | V4_BUNDLE_CODE | V4_ID_B | V4_VARIABLES | V4_DEVICE_KEY | V4_FINAL,
	.single = true,
	.write = true,
	.action = action_deactivate,
	.counts = "deactivations",
	.encode = v4_encode_deactivated,
};
