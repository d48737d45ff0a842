/*
 * HTTP/1.1 server: listeners, event-loop threads, connections, deadlines, caps, TLS,
 * drain. Knows nothing of licenses. architecture.md 6.
 */
#ifndef LICET_SERVER_HTTP_SERVER_H
#define LICET_SERVER_HTTP_SERVER_H

#include "server/http/request.h"

struct server;
struct tls;

/* What a listener serves. Callbacks run on a loop thread and must not block. */
struct service {
	/* Most body bytes for this request (headers are there, body is not); 0 = none
	 * taken. */
	size_t (*body_max)(const struct request *, void *arg);
	/*
	 * A whole request. The callee answers with server_reply, now or later; until then
	 * the connection reads no further request.
	 */
	void (*handle)(struct request *, void *arg);
	/*
	 * Fills an error reply for something the HTTP layer refuses: E_BAD_REQUEST,
	 * E_HEADERS_TOO_LARGE (no method, path or headers then), E_PAYLOAD_TOO_LARGE,
	 * E_REQUEST_TIMEOUT. The connection is closed behind it.
	 */
	void (*refuse)(struct request *, enum err, struct reply *, void *arg);
	void *arg;
};

struct listener_info {
	const char *name; /* "public", "admin", "socket" */
	char url[128];    /* real address: http://127.0.0.1:43210, or the socket path */
	const struct service *service;
	bool tls;
};

struct listen_spec {
	const char *name;
	const char *address; /* "127.0.0.1:8080", "[::1]:0", or a path when is_unix */
	bool is_unix;        /* created with mode 0600, a stale one is replaced */
	struct tls *tls;     /* NULL: plain */
	const struct service *service;
};

struct server_options {
	unsigned threads;
	int64_t max_connections, max_per_address;
	int64_t header_timeout, body_timeout,
	    idle_timeout;       /* microseconds; first two absolute */
	size_t header_max;      /* request line and headers, 8 KiB */
	char **trusted_proxies; /* CIDR; X-Forwarded-For of these counts */
	size_t n_trusted_proxies;
	int64_t slow; /* requests slower than this are marked in the log */
};

/* E_ADDRESS, E_NO_MEMORY. The port of a busy address is found out before the loops start.
 */
must_check enum err
server_new(struct server **, const struct server_options *, const struct listen_spec *,
    size_t n_listeners);
/* Starts the loop threads; from here on requests come. */
must_check enum err
server_start(struct server *);
/* One for each listen_spec, in order. */
const struct listener_info *
server_listener(const struct server *, size_t index);
void
server_set_options(struct server *, const struct server_options *); /* reload: timeouts */
/*
 * Stops accepting, closes idle connections, lets requests in flight finish for at most
 * drain microseconds, then stops the threads. Blocks.
 */
void
server_stop(struct server *, int64_t drain);
void
server_free(struct server *);
int64_t
server_connections(const struct server *);

/* On the request's loop thread only. Takes over request and reply. */
void
server_reply(struct request *, struct reply *);
/* For answers made on other threads: post mail here, it runs on the request's loop. */
struct mailbox *
loop_mailbox(struct loop *);
unsigned
loop_index(const struct loop *);

/* --- TLS (tls.c) ---------------------------------------------------------------- */

/* PEM chain and key; TLS 1.2 and up. E_CONFIG with the cause in the log. */
must_check enum err
tls_new(struct tls **, const char *cert_file, const char *key_file);
/*
 * Reload in two steps, so that several listeners change together or not at all: stage
 * reads the files (E_CONFIG: nothing changes), commit gives new connections what was
 * staged. One thread.
 */
must_check enum err
tls_stage(struct tls *, const char *cert_file, const char *key_file);
void
tls_commit(struct tls *); /* nothing staged: nothing happens */
void
tls_free(struct tls *);

#endif
