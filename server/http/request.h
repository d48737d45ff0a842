/*
 * One HTTP request and its reply. A request lives on the loop thread that read it;
 * another thread may read it while it is deferred, nobody writes it then.
 */
#ifndef LICET_SERVER_HTTP_REQUEST_H
#define LICET_SERVER_HTTP_REQUEST_H

#include <sys/socket.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/mailbox.h"

enum method { HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_OTHER };
/* "GET" …; not of HTTP_OTHER. */
const char *request_method_name(enum method);

struct header {
	struct slice name;
	struct slice value; /* outer white space trimmed */
};

#define REQUEST_PARAMS_MAX 4
#define REQUEST_HEADERS_MAX 64

struct loop;
struct listener_info;

struct request {
	struct arena *arena; /* dropped after the reply was handed over */
	char id[37];         /* request-id, a UUID */
	enum method method;
	struct slice method_text;
	struct slice path;  /* as in the request line, undecoded, without query */
	struct slice query; /* behind '?', undecoded; null when there was no '?' */
	struct header *headers;
	size_t n_headers;
	struct slice body; /* empty when there is none */
	int64_t received;  /* clock_now() when the last byte was in */
	char peer[64];     /* address text without port; "local" on a Unix socket.
	                    * Behind a trusted proxy the client's address. */
	bool is_local;     /* Unix socket */
	uid_t peer_uid;    /* Unix socket: SO_PEERCRED */
	const struct listener_info *listener;
	struct loop *loop;
	struct slice params[REQUEST_PARAMS_MAX]; /* {x} parts of the route, in order */
	size_t n_params;
	const char *route; /* pattern, for log and metrics; NULL before routing */
};

/* Value of the first header of that name (any case), null when absent. */
struct slice
request_header(const struct request *, const char *name);
size_t
request_header_count(const struct request *, const char *name);

/*
 * An answer too long to be in memory at once: its next part, asked for on the loop thread
 * when the client has taken the one before; it lies in the request's arena. *last:
 * nothing follows. An error cuts the connection, so that the client sees that the answer
 * is not whole.
 */
struct reply_source {
	enum err (*next)(struct reply_source *, struct buf *out, bool *last);
};

struct reply {
	int status;
	struct buf
	    headers; /* "Name: value\r\n" lines beyond Date, Content-Length, Connection */
	struct buf body;
	struct reply_source *source; /* instead of body; NULL: body is all */
	enum err err;                /* for log and metrics; E_OK on success */
	bool close;                  /* close the connection behind it */
};

void
reply_init(struct reply *, struct arena *);
void
reply_header(struct reply *, const char *name, const char *value);
void
reply_header_slice(struct reply *, const char *name, struct slice value);

/*
 * Application/x-www-form-urlencoded pairs of a query or form body ('+' is a space, %XX
 * decoded), in order. E_VALIDATION: bad escape, NUL, bad UTF-8, the same name twice, more
 * than 100 pairs. Values point into the arena.
 */
struct param {
	struct slice name;
	struct slice value;
};
must_check enum err
request_params(struct arena *, struct slice text, struct param **out, size_t *n);
/* Null when there is no such parameter. */
struct slice
param_get(const struct param *, size_t n, const char *name);

#endif
