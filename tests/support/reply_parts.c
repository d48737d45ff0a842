#include "tests/support/reply_parts.h"

void
reply_take_parts(struct reply *reply)
{
	bool last = false;

	while (reply->source && !last) {
		struct buf part = BUF_INIT(NULL);
		enum err e = reply->source->next(reply->source, &part, &last);

		if (e) { /* a client would see the connection cut */
			reply->status = err_info(e)->http;
			last = true;
		}
		buf_slice_add(&reply->body, buf_slice(&part));
		buf_free(&part);
	}
}
