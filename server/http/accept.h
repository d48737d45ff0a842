/* Takes new connections off the listening sockets of one loop. */
#ifndef LICET_SERVER_HTTP_ACCEPT_H
#define LICET_SERVER_HTTP_ACCEPT_H

#include "server/http/conn.h"

struct accepter {
	struct accepter *next;
	struct loop *loop;
	const struct endpoint *endpoint;
	int *fd; /* closed and set to -1 by accept_stop */
	struct event *event;
	bool paused;
};

/* Adds a listening socket to a loop that does not run yet. E_NO_MEMORY. */
must_check enum err
accept_add(struct loop *, struct accepter *, const struct endpoint *, int *fd);
/* Goes on after a lack of descriptors or memory. */
void
accept_resume(struct loop *);
/* No new connection from here on; closes the sockets. */
void
accept_stop(struct loop *);

#endif
