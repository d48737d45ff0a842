/*
 * One outgoing HTTP(S) exchange with deadline and size cap (libcurl). Blocking: for
 * command line tools and worker threads, never for an event loop. No redirects, no
 * proxies, no environment.
 */
#ifndef LICET_BASE_FETCH_H
#define LICET_BASE_FETCH_H

#include "base/buf.h"

struct fetch {
	/* in */
	const char *method;
	const char *url;            /* http://localhost/... with a socket */
	const char *socket;         /* Unix socket path, or NULL */
	const char *ca_file;        /* NULL: the system's */
	const char *const *headers; /* "Name: value", NULL-terminated; may be NULL */
	struct slice body;          /* null: none */
	int64_t timeout;            /* microseconds in all; with a sink: without a byte */
	size_t max;                 /* most bytes of the answer */
	/* Takes the body of a good answer (2xx) part by part instead; NULL: none. Its
	 * error ends the exchange and is that of fetch_run. */
	enum err (*sink)(void *arg, struct slice part);
	void *sink_arg;
	/* out, in the arena */
	int status;
	struct slice answer;
	struct slice reply_headers; /* raw lines */
	bool maybe_sent; /* after a failure: the server may have got the request */
};

/* E_UNREACHABLE, E_TIMEOUT, E_PAYLOAD_TOO_LARGE, E_NO_MEMORY, E_IO. */
must_check enum err
fetch_run(struct arena *, struct fetch *);
/* Value of a reply header, first one, any case; null when absent. */
struct slice
fetch_header(const struct fetch *, const char *name);

#endif
