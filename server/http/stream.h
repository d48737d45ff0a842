/*
 * The bytes of one connection, plain or TLS. A plain one costs a recv and a send a
 * request: what came waits in one piece of memory, which is there only while it holds
 * something, and an answer goes straight to the socket. All calls and callbacks are on
 * the loop's thread.
 */
#ifndef LICET_SERVER_HTTP_STREAM_H
#define LICET_SERVER_HTTP_STREAM_H

#include "base/buf.h"

struct bufferevent;
struct event;
struct event_base;
struct stream;
struct tls;

/* From the loop; `written` of TLS also from inside stream_write(). */
struct stream_events {
	void (*came)(struct stream *);    /* there is more input */
	void (*written)(struct stream *); /* nothing is unsent any more */
	void (*ended)(struct stream *);   /* by the other side, or broken */
};

/* Part of struct conn; its members are stream.c's. */
struct stream {
	const struct stream_events *events;
	int fd;
	struct bufferevent *bev; /* TLS */
	struct event *can_read, *can_write, *soon;
	bool wanted, armed;
	size_t most;
	struct buf in, out;
	size_t in_at, out_at; /* bytes of both that are done with */
	struct buf *spare;    /* of all streams of the loop */
};

/*
 * Takes over the socket; false: out of memory, it stays the caller's. Reads nothing yet.
 * *spare is empty memory that the streams of a loop pass to each other, zeroed at first;
 * the caller frees it after them.
 */
must_check bool
stream_open(struct stream *, struct event_base *, struct tls *, int fd,
    const struct stream_events *, struct buf *spare);
void
stream_close(struct stream *);

/* Whether more is read, and how much of it may wait. */
void
stream_want(struct stream *, bool);
void
stream_limit(struct stream *, size_t most);
/* What has come and is not dropped, in one piece; valid until more is read. */
struct slice
stream_input(struct stream *);
void
stream_drop(struct stream *, size_t n);

/* Queues what the socket does not take at once; false when it is broken. */
must_check bool
stream_write(struct stream *, struct slice head, struct slice body);
/* `written` comes from the loop, though nothing is unsent. False: out of memory. */
must_check bool
stream_soon(struct stream *);
size_t
stream_unsent(const struct stream *);
/* Tells the other side that nothing more comes. */
void
stream_end(struct stream *);

#endif
