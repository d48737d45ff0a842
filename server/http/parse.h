/*
 * HTTP/1.1 request parser: strict, incremental over a contiguous buffer, no allocation
 * but the request's arena. Pure: bytes in, verdict out; the fuzz target and the gate's
 * tests. RFC 9112, narrowed as architecture.md 6 says: exactly one Host (HTTP/1.1) · at
 * most one Content-Length, digits only, no list · no Transfer-Encoding beside
 * Content-Length, not more than one, only "chunked" · header names are tokens, no space
 * before ':' · no obs-fold · no control bytes in values or target (HTAB in values
 * allowed) · lines end in CRLF · HTTP/1.1 or 1.0 · target in origin form ("/…") only.
 */
#ifndef LICET_SERVER_HTTP_PARSE_H
#define LICET_SERVER_HTTP_PARSE_H

#include "server/http/request.h"

enum parse_state {
	PARSE_MORE, /* incomplete */
	PARSE_DONE,
	PARSE_REFUSE /* answer with .err and close */
};

struct parse_head {
	enum err err;    /* E_BAD_REQUEST, E_HEADERS_TOO_LARGE */
	const char *why; /* for the log: "two Content-Length" */
	size_t used;     /* bytes of the head with its empty line */
	bool http10;
	bool keep_alive;
	bool chunked;
	bool expect_continue;
	bool has_length;
	uint64_t length;
};

/*
 * The head (request line and headers) at the start of `in`. On PARSE_DONE fills method,
 * path, query, headers of the request: copies in its arena.
 */
enum parse_state
parse_head(struct slice in, size_t max, struct request *, struct parse_head *out);

struct parse_chunk {
	enum err err;
	size_t used;   /* bytes of `in` that were eaten */
	int phase;     /* 0 at start */
	uint64_t left; /* of the current chunk */
};

/* Appends decoded chunked body bytes to `body` (whose max is the limit). Call again with
 * the bytes behind `used` as they come. Trailers and chunk extensions (RFC 9112 7.1.1,
 * without white space and escapes) are read and dropped.
 * E_PAYLOAD_TOO_LARGE. */
enum parse_state
parse_chunked(struct slice in, struct parse_chunk *, struct buf *body);

#endif
