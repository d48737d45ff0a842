#include "server/api/v4.h"

#include "server/api/v4_print.h"

static void
encode_activated(struct v4_call *v, struct buf *body)
{
	const struct client_res *res = v4_result(v);
	struct json_writer w;

	jw_init(&w, body);
	jw_array(&w);
	for (size_t i = 0; i < res->n; i++)
		v4_print_activation(&w, &v->req, res->now, &res->view[i]);
	jw_end(&w);
}

static void
encode_checked(struct v4_call *v, struct buf *body)
{
	const struct client_res *res = v4_result(v);
	struct json_writer w;

	jw_init(&w, body);
	jw_array(&w);
	for (size_t i = 0; i < res->n; i++)
		v4_print_check(&w, &v->req, res->now, &res->view[i]);
	jw_end(&w);
}

const struct v4_spec v4_activate_bundle = {
	.name = "activate_bundle",
	.take = V4_BASE | V4_ID_A | V4_VARIABLES | V4_DEVICE_KEY,
	.bundle = true,
	.write = true,
	.res_size = sizeof(struct client_res),
	.action = action_activate,
	.counts = "activations",
	.encode = encode_activated,
};

const struct v4_spec v4_check_bundle = {
	.name = "check_bundle",
	.take = V4_BASE | V4_ID_B | V4_CHECK,
	.bundle = true,
	.res_size = sizeof(struct client_res),
	.action = action_check,
	.retry = action_check_touch,
	.counts = "checks",
	.after = v4_touch,
	.encode = encode_checked,
};

const struct v4_spec v4_deactivate_bundle = {
	.name = "deactivate_bundle",
	.take = V4_BASE | V4_ID_B | V4_VARIABLES | V4_DEVICE_KEY | V4_FINAL,
	.bundle = true,
	.write = true,
	.action = action_deactivate,
	.counts = "deactivations",
	.encode = v4_encode_deactivated,
};
