#include "server/http/router.h"

#include <string.h>

#define METHODS HTTP_OTHER
#define ROUTER_BYTES (1 << 20)

struct node {
	struct slice text; /* literal segment */
	struct node **child;
	size_t n, cap;
	struct node *param;
	bool any;
	const struct route *route[METHODS];
};

struct router {
	struct arena *arena;
	struct node *root;
};

static struct node *
node_find(const struct node *node, struct slice text, size_t *at)
{
	size_t low = 0, high = node->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = slice_compare(node->child[mid]->text, text);
		if (order == 0)
			return node->child[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (at != NULL)
		*at = low;
	return NULL;
}

static bool
node_grow(struct arena *arena, struct node *node)
{
	if (node->n < node->cap)
		return true;
	size_t cap = node->cap > 0 ? node->cap * 2 : 4;
	struct node **child = arena_array(arena, cap, sizeof(*child));
	if (child == NULL)
		return false;
	if (node->n > 0)
		memcpy(child, node->child, node->n * sizeof(*child));
	node->child = child;
	node->cap = cap;
	return true;
}

static struct node *
add_literal(struct arena *arena, struct node *node, struct slice text)
{
	size_t at = 0;
	struct node *child = node_find(node, text, &at);

	if (child != NULL)
		return child;
	child = arena_alloc(arena, sizeof(*child));
	if (child == NULL || !node_grow(arena, node))
		return NULL;
	child->text = arena_slice(arena, text);
	if (child->text.p == NULL)
		return NULL;
	memmove(&node->child[at + 1], &node->child[at],
	    (node->n - at) * sizeof(struct node *));
	node->child[at] = child;
	node->n++;
	return child;
}

static bool
is_param(struct slice segment)
{
	return segment.n > 2 && segment.p[0] == '{' && segment.p[segment.n - 1] == '}';
}

static bool
is_literal(struct slice segment)
{
	return segment.n > 0 && slice_find(segment, '{') < 0 &&
	       slice_find(segment, '}') < 0 && slice_find(segment, '?') < 0;
}

static struct node *
add_segment(struct arena *arena, struct node *node, struct slice segment)
{
	if (is_literal(segment))
		return add_literal(arena, node, segment);
	if (!is_param(segment) || !is_literal(slice_of(segment.p + 1, segment.n - 2)))
		return NULL;
	if (node->param == NULL)
		node->param = arena_alloc(arena, sizeof(*node->param));
	return node->param;
}

/* The segments of a path: null when it is "/"; one trailing slash is dropped. */
static bool
split(struct slice path, struct slice *segments)
{
	if (path.n == 0 || path.p[0] != '/')
		return false;
	path = slice_from(path, 1);
	if (path.n == 0) {
		*segments = SLICE_NULL;
		return true;
	}
	if (path.p[path.n - 1] == '/')
		path.n--;
	*segments = path;
	return true;
}

static bool
add_route(struct router *router, const struct route *route)
{
	struct slice rest;
	struct node *node = router->root;
	size_t params = 0;

	if ((unsigned)route->method >= METHODS ||
	    !split(slice_str(route->pattern), &rest))
		return false;
	while (rest.p != NULL) {
		struct slice segment = slice_cut(&rest, '/');
		params += is_param(segment);
		node = add_segment(router->arena, node, segment);
		if (node == NULL || params > REQUEST_PARAMS_MAX)
			return false;
	}
	if (node->route[route->method] != NULL)
		return false;
	struct route *copy = arena_alloc(router->arena, sizeof(*copy));
	if (copy == NULL)
		return false;
	*copy = *route;
	node->route[route->method] = copy;
	node->any = true;
	return true;
}

struct router *
router_new(const struct route *route, size_t n)
{
	struct arena *arena = arena_new(ROUTER_BYTES);
	struct router *router = arena ? arena_alloc(arena, sizeof(*router)) : NULL;

	if (router == NULL)
		goto fail;
	router->arena = arena;
	router->root = arena_alloc(arena, sizeof(*router->root));
	if (router->root == NULL)
		goto fail;
	for (size_t i = 0; i < n; i++)
		if (!add_route(router, &route[i]))
			goto fail;
	return router;
fail:
	arena_free(arena);
	return NULL;
}

void
router_free(struct router *router)
{
	if (router != NULL)
		arena_free(router->arena);
}

struct match {
	struct slice *params;
	size_t n;
};

static const struct node *
match(const struct node *node, struct slice rest, struct match *m)
{
	if (rest.p == NULL)
		return node->any ? node : NULL;
	struct slice segment = slice_cut(&rest, '/');
	const struct node *child = node_find(node, segment, NULL);
	const struct node *found = child != NULL ? match(child, rest, m) : NULL;
	if (found != NULL || node->param == NULL || segment.n == 0)
		return found;
	m->params[m->n++] = segment;
	found = match(node->param, rest, m);
	if (found == NULL)
		m->n--;
	return found;
}

static void
list_methods(const struct node *node, char allow[static 64])
{
	size_t at = 0;

	for (int i = 0; i < METHODS; i++) {
		const char *name = request_method_name((enum method)i);

		if (node->route[i] == NULL)
			continue;
		if (at > 0) {
			memcpy(allow + at, ", ", 2);
			at += 2;
		}
		memcpy(allow + at, name, strlen(name));
		at += strlen(name);
	}
	allow[at] = '\0';
}

enum err
router_find(const struct router *router, enum method method, struct slice path,
    const struct route **out, struct slice params[REQUEST_PARAMS_MAX], size_t *n_params,
    char allow[static 64])
{
	struct slice rest;
	struct match m = { .params = params };

	*out = NULL;
	*n_params = 0;
	allow[0] = '\0';
	const struct node *node =
	    split(path, &rest) ? match(router->root, rest, &m) : NULL;
	if (node == NULL)
		return E_NOT_FOUND;
	list_methods(node, allow);
	if ((unsigned)method >= METHODS || node->route[method] == NULL)
		return E_METHOD_NOT_ALLOWED;
	*out = node->route[method];
	*n_params = m.n;
	return E_OK;
}
