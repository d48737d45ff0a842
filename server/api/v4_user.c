#include "server/api/v4.h"

static void
encode_changed(struct v4_call *v, struct buf *body)
{
	(void)v;
	buf_str(body, "\"password_changed\"");
}

const struct v4_spec v4_change_password = {
	.name = "change_password",
	.take = V4_NEW_PASSWORD,
	.write = true,
	.action = action_password_change,
	.encode = encode_changed,
};
