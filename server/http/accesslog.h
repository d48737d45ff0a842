/* One log line and the counters of each reply. Never the query, a body or a header. */
#ifndef LICET_SERVER_HTTP_ACCESSLOG_H
#define LICET_SERVER_HTTP_ACCESSLOG_H

#include "server/http/request.h"

struct access_line {
	const struct request *request;
	int status;
	enum err err;
	size_t bytes;     /* of the body */
	int64_t duration; /* microseconds since the last byte of the request */
	bool slow;
};

/*
 * The route's pattern, or the first 64 bytes of the path where no route was found, which
 * the log escapes; of a path below /O/ just that.
 */
void
accesslog_write(const struct access_line *);

#endif
