/* TLS side of a connection; certificates and reload are in server.h. */
#ifndef LICET_SERVER_HTTP_TLS_H
#define LICET_SERVER_HTTP_TLS_H

#include "server/http/server.h"

struct event_base;
struct bufferevent;

/* A server-side TLS bufferevent that owns fd; NULL on failure, fd stays open then. */
struct bufferevent *
tls_accept(struct tls *, struct event_base *, int fd);
/* Tells the client that nothing more comes. */
void
tls_end(struct bufferevent *);

#endif
