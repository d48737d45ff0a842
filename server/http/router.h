/*
 * Route look-up. Patterns are literal segments and {name} segments
 * ("/api/v1/products/{id}/"); a literal wins over a parameter. Paths match byte for byte,
 * with or without one trailing slash; never a redirect (license-api-v4.md 2,
 * management-api.md 1.1).
 */
#ifndef LICET_SERVER_HTTP_ROUTER_H
#define LICET_SERVER_HTTP_ROUTER_H

#include "server/http/request.h"

struct router;

struct route {
	enum method method;
	const char *pattern;
	const void *target;
};

/* NULL when two routes are the same, on a malformed pattern or out of memory. */
struct router *
router_new(const struct route *, size_t n);
void
router_free(struct router *);
/*
 * E_OK: *out is the route, params are the {x} parts (undecoded). E_NOT_FOUND.
 * E_METHOD_NOT_ALLOWED: allow has the methods of the path ("GET, POST").
 */
must_check enum err
router_find(const struct router *, enum method, struct slice path,
    const struct route **out, struct slice params[REQUEST_PARAMS_MAX], size_t *n_params,
    char allow[static 64]);

#endif
