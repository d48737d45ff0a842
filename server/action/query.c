#include "server/action/query.h"

#include <string.h>

#include "base/clock.h"

static bool
listed(const char *const *known, struct slice name)
{
	for (; known && *known; known++)
		if (slice_is(name, *known))
			return true;
	return false;
}

void
query_only(struct action_ctx *ctx, const struct manage_req *req, const char *const *known)
{
	struct buf names = BUF_INIT(ctx->arena);

	for (const char *const *k = known; k && *k; k++)
		buf_printf(&names, "%s%s", k == known ? "" : ", ", *k);
	for (size_t i = 0; i < req->n_query; i++) {
		struct slice name = req->query[i].name;

		if (!listed(known, name))
			fault_add(&ctx->faults, arena_str(ctx->arena, name),
			    E_UNKNOWN_FILTER, "Known: %.*s",
			    SLICE_ARG(buf_slice(&names)));
	}
}

int64_t
query_instant(struct action_ctx *ctx, const struct manage_req *req, const char *name,
    int64_t fallback)
{
	struct slice text = manage_query(req, name);
	int64_t t;

	if (!text.n)
		return fallback;
	if (clock_parse_iso(text, &t))
		return t;
	fault_add(
	    &ctx->faults, name, E_VALIDATION, "%s takes a date or an instant", name);
	return fallback;
}

int64_t
query_int(struct action_ctx *ctx, const struct manage_req *req, const char *name,
    struct query_range range)
{
	struct slice text = manage_query(req, name);
	int64_t n;

	if (!text.p)
		return range.fallback;
	if (slice_to_int(text, &n) && n >= range.min && n <= range.max)
		return n;
	fault_add(&ctx->faults, name, E_VALIDATION,
	    "%s takes an integer from %lld to %lld", name, (long long)range.min,
	    (long long)range.max);
	return range.fallback;
}

const char *
query_path(struct action_ctx *ctx, const char *path, const char *name)
{
	size_t n = strlen(path);
	const char *full;

	if (n && !*name)
		n--;
	full = arena_printf(ctx->arena, "%.*s%s", (int)n, path, name);
	return full ? full : "";
}
