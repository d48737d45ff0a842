/*
 * An event-loop thread: event base, mailbox, one tick, and what its connections share.
 * Knows nothing of sockets: conn.c and accept.c put theirs on it.
 */
#ifndef LICET_SERVER_HTTP_LOOP_H
#define LICET_SERVER_HTTP_LOOP_H

#include <pthread.h>
#include <stdatomic.h>

#include "server/http/caps.h"
#include "server/http/peer.h"
#include "server/http/server.h"

struct event_base;
struct event;
struct conn;
struct accepter;

/* What all loops read and a reload may change. */
struct settings {
	_Atomic int64_t header_timeout, body_timeout, idle_timeout, slow;
	size_t header_max;
	const struct peer_net *trusted;
	size_t n_trusted;
};

/* Arenas kept for the next requests, each at most 64 KiB. */
#define LOOP_ARENAS 16

struct loop {
	unsigned index;
	struct event_base *base;
	struct mailbox *mailbox;
	struct event *mail_event, *tick_event;
	void (*tick)(struct loop *);
	pthread_t thread;
	bool runs;
	const struct settings *settings;
	struct caps *caps;
	struct arena *arena; /* of connections, which are used again */
	struct conn *conns;  /* open ones */
	struct conn *spare;
	struct arena *spare_arena[LOOP_ARENAS]; /* of answered requests */
	size_t n_spare_arenas;
	struct accepter *accepters;
	int spare_fd; /* given up to accept and close when descriptors run out */
	struct buf head;
	struct buf input; /* of streams */
	int64_t date_second;
	char date[32];
	bool behind; /* work is left that the next tick should do soon */
	bool draining;
	int64_t drain_until; /* monotonic */
};

/* Called with a zeroed struct whose settings, caps and index are set. E_NO_MEMORY. */
must_check enum err
loop_init(struct loop *, void (*tick)(struct loop *));
/* After the thread has ended. Undelivered mail is dropped. */
void
loop_clear(struct loop *);
must_check enum err
loop_start(struct loop *);
/* From its own thread, after `draining` was set: the next tick comes soon. */
void
loop_hurry(struct loop *);
/* From its own thread: ends the thread after the current event. */
void
loop_stop(struct loop *);
/* For a request, and back from it. NULL: out of memory. */
struct arena *
loop_take_arena(struct loop *);
void
loop_give_arena(struct loop *, struct arena *);
/* The value of the Date header, made once a second. */
const char *
loop_date(struct loop *);

#endif
