/*
 * One connection and the request it is at. States:
 *
 *	IDLE -> HEAD -> BODY -> WAIT -> WRITE -> IDLE ...
 *	                                     -> LINGER -> closed
 *
 * All of it runs on the connection's loop thread. A request's body stays in the input
 * of the stream (or in exchange.body when it came in chunks); nothing is read while a
 * request waits for its answer, so it stays where it is.
 */
#ifndef LICET_SERVER_HTTP_CONN_H
#define LICET_SERVER_HTTP_CONN_H

#include "server/http/loop.h"
#include "server/http/parse.h"
#include "server/http/stream.h"

struct endpoint {
	struct listener_info info;
	struct tls *tls;
	bool is_unix;
};

enum conn_state {
	CONN_IDLE,   /* between requests, nothing has come */
	CONN_HEAD,   /* a new connection, or a part of a head is there */
	CONN_BODY,   /* the head is read */
	CONN_WAIT,   /* the service has the request */
	CONN_WRITE,  /* the socket did not take all of the answer */
	CONN_LINGER, /* told the client that nothing more comes, waiting for its end */
	CONN_CLOSED  /* to be released */
};

/* Lives in the request's arena. */
struct exchange {
	struct request request;
	struct conn *conn;
	struct parse_head head;
	struct parse_chunk chunk;
	struct buf body; /* of chunks */
	size_t body_max;
	int64_t complete;            /* monotonic */
	struct reply_source *source; /* of the answer; NULL: it is all there */
	int status;
	size_t sent; /* bytes of its parts */
};

struct conn {
	struct conn *next, **link;
	struct loop *loop;
	const struct endpoint *endpoint;
	struct stream stream;
	struct exchange *exchange; /* NULL between requests */
	enum conn_state state;
	int64_t since; /* monotonic; what the state's deadline counts from */
	size_t left;   /* WRITE: bytes when last looked at; LINGER: bytes drained */
	bool busy;     /* inside conn_run */
	bool close;    /* behind the answer being written */
	bool gone;     /* failed while the request waited */
	bool own_cap;  /* counted by address */
	uid_t user;    /* Unix socket */
	struct peer_address address;
	char peer[64]; /* the address as text; of a Unix socket "local" */
};

/*
 * Takes over the socket, whose place in the caps is taken; both are given back when it
 * fails. address is NULL for a Unix socket.
 */
void
conn_open(struct loop *, const struct endpoint *, int fd, const struct peer_address *,
    bool own_cap);
/* Cuts what is past its deadline; loop->behind when that was too much for one tick. */
void
conn_sweep(struct loop *);
/* Closes connections without a request; the others close behind their answer. */
void
conn_drain(struct loop *);
/* Nothing is in flight any more. */
bool
conn_is_quiet(const struct loop *);
/* After the thread has ended. Those whose request waits for its answer are kept unless
 * `all` is set, since another thread may still read the request. */
void
conn_close_all(struct loop *, bool all);

/* --- between conn.c, conn_read.c and conn_write.c ----------------------------------- */

/* One step forward with the bytes that are there; false when there is none. */
bool
conn_read(struct conn *);
/* Answers with an error of the HTTP layer and closes behind it. */
void
conn_refuse(struct conn *, enum err, const char *why);
/* Sends the answer and ends the exchange. */
void
conn_answer(struct conn *, struct reply *);
/* The next part of an answer that has a source. */
void
conn_part(struct conn *);
/* The answer has left: next request, or the end. */
void
conn_written(struct conn *);
void
conn_end_exchange(struct conn *);

#endif
