/* An answer that comes in parts, taken at once: for tests without sockets. */
#ifndef LICET_TESTS_SUPPORT_REPLY_PARTS_H
#define LICET_TESTS_SUPPORT_REPLY_PARTS_H

#include "server/http/request.h"

/* Nothing without a source. Into the body, which is in the request's arena. A source that
 * fails, of which a client would see the connection cut, gives the reply the status of
 * its error. */
void
reply_take_parts(struct reply *);

#endif
