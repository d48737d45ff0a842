#include "server/api/v4.h"

const struct v4_spec v4_activate_bundle = {
	.name = "activate_bundle",
	.take = V4_BASE | V4_ID_A | V4_VARIABLES | V4_DEVICE_KEY,
	.bundle = true,
	.write = true,
	.res_size = sizeof(struct client_res),
	.action = action_activate,
	.counts = "activations",
	.encode = v4_encode_activated,
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
	.encode = v4_encode_checked,
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
