/* A server in the test's process and raw sockets against it. */
#ifndef LICET_TESTS_HTTP_SERVER_H
#define LICET_TESTS_HTTP_SERVER_H

#include <pthread.h>

#include "server/http/server.h"

#define MS INT64_C(1000)

struct rig {
	struct server *server;
	struct server_options options;
	struct listen_spec spec;
	struct service service;
	char dir[64];       /* temporary, removed by rig_end */
	int port;           /* 0 for a Unix socket */
	pthread_t answerer; /* thread that answers /later */
	struct mailbox *answers;
	_Atomic bool ended;
	_Atomic int later;     /* how many it has answered */
	_Atomic int parts;     /* how many of "/parts" were asked for */
	_Atomic int64_t delay; /* it waits as long before it answers */
};

/*
 * The service: "/echo" answers the body, "/big?N" N bytes, "/parts?N" the
 * numbers 0 to N-1 in parts of 10,000 bytes, of which "/broken-parts?N" fails the last,
 * "/peer" the peer text and uid,
 * "/later" from another thread, anything else the path. Bodies up to 100,000 bytes; none
 * on "/none".
 */
void
rig_init(struct rig *);
void
rig_start(struct rig *);
void
rig_end(struct rig *);
/* Path of a file in the rig's directory; in a static buffer. */
const char *
rig_path(const struct rig *, const char *name);

int
rig_connect(const struct rig *);
void
rig_send(int fd, const char *text);
/* Reads until the peer ends or ms pass without a byte; a static NUL-terminated buffer. */
const char *
rig_read(int fd, int ms);
/* Reads until the text has come (or fails after 5 s). */
const char *
rig_read_until(int fd, const char *text);
/* True when the peer ends the connection within ms. */
bool
rig_ends(int fd, int ms);
/* One exchange on a connection of its own, which is closed by the server. */
const char *
rig_ask(const struct rig *, const char *text);
int
rig_count(const char *text, const char *part);
/* Waits until the server has n connections. */
void
rig_wait_connections(const struct rig *, int64_t n);

#endif
