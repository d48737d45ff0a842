/* Who is at the other end: address text, Unix user, the client behind a trusted proxy. */
#ifndef LICET_SERVER_HTTP_PEER_H
#define LICET_SERVER_HTTP_PEER_H

#include "server/http/request.h"

/* IPv6, or IPv4 as ::ffff:a.b.c.d. */
struct peer_address {
	unsigned char byte[16];
};

struct peer_net {
	struct peer_address address;
	int bits;
};

/* False for an address family that is not IP. */
must_check bool
peer_from_socket(const struct sockaddr_storage *, struct peer_address *);
/* Address without port, brackets or zone. */
must_check bool
peer_parse(struct slice text, struct peer_address *out);
void
peer_text(const struct peer_address *, char out[static 64]);
/* "10.0.0.0/8", "::1" (whole address). */
must_check bool
peer_net_parse(struct slice text, struct peer_net *out);
bool
peer_is_in(const struct peer_address *, const struct peer_net *, size_t n);
/*
 * What a cap by address counts: all of an IPv4 address, the first 64 bits of an IPv6 one,
 * which is what one customer gets.
 */
struct slice
peer_key(const struct peer_address *);
/*
 * The client's address: `peer`, or when that is a trusted proxy the rightmost address in
 * X-Forwarded-For that is not one. What cannot be read ends the search.
 */
struct peer_address
peer_client(const struct request *, const struct peer_address *peer,
    const struct peer_net *trusted, size_t n);
/* The user at the other end of a Unix socket; (uid_t)-1 when unknown. */
uid_t
peer_user(int fd);

#endif
