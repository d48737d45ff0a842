#include "server/action/manage_list.h"

#include <string.h>

#define KEEP_MAX (64 << 20)

static bool
is_page_param(struct slice name)
{
	return slice_is(name, "limit") || slice_is(name, "offset") ||
	       slice_is(name, "order_by");
}

static int64_t
number_param(struct listing *ls, const char *name, int64_t fallback, int64_t min)
{
	struct slice text = manage_query(ls->req, name);
	int64_t n;

	if (!text.p)
		return fallback;
	if (slice_to_int(text, &n) && n >= min)
		return n;
	fault_add(&ls->ctx->faults, name, E_VALIDATION, "%s must be an integer from %lld",
	    name, (long long)min);
	return fallback;
}

static void
parse_page(struct listing *ls)
{
	ls->limit = number_param(ls, "limit", LIST_LIMIT, 1);
	if (ls->limit > LIST_LIMIT_MAX)
		ls->limit = LIST_LIMIT_MAX;
	ls->offset = number_param(ls, "offset", 0, 0);
	if (ls->offset > LIST_OFFSET_MAX)
		fault_add(&ls->ctx->faults, "offset", E_VALIDATION,
		    "offset is %d at most; take export/ for whole lists",
		    LIST_OFFSET_MAX);
}

static bool
can_order(const struct listing *ls, const struct filter *f)
{
	if (!f->get && !filter_field(ls->resource, f))
		return false;
	return f->key != KEY_NONE || f->find || f->ordered ||
	       strcmp(f->name, "created_at") == 0 || strcmp(f->name, "updated_at") == 0;
}

bool
list_is_primary(const struct listing *ls, const struct filter *f)
{
	const struct field *field = filter_field(ls->resource, f);

	return field &&
	       field->offset == model_schema.table[ls->resource->table]->id_offset;
}

static void
parse_order(struct listing *ls)
{
	struct slice name = manage_query(ls->req, "order_by");
	const struct filter *f;

	if (!name.p)
		return;
	ls->descending = slice_starts(name, SLICE("-"));
	if (ls->descending)
		name = slice_from(name, 1);
	f = filter_named(ls->resource, name);
	if (f && can_order(ls, f))
		ls->order = list_is_primary(ls, f) ? NULL : f;
	else
		fault_add(&ls->ctx->faults, "order_by", E_VALIDATION,
		    "This list cannot be ordered by %.*s", SLICE_ARG(name));
}

enum err
list_parse(struct listing *ls, const struct manage_param *fixed, size_t n_fixed)
{
	const struct manage_req *req = ls->req;
	enum err e = E_OK;

	parse_page(ls);
	parse_order(ls);
	ls->term = arena_array(ls->ctx->arena, req->n_query + n_fixed, sizeof(*ls->term));
	if (!ls->term)
		return E_NO_MEMORY;
	for (size_t i = 0; i < n_fixed && !e; i++)
		e = filter_term(
		    ls->ctx, ls->resource, &fixed[i], &ls->term[ls->n_terms++]);
	for (size_t i = 0; i < req->n_query && !e; i++)
		if (!is_page_param(req->query[i].name))
			e = filter_term(ls->ctx, ls->resource, &req->query[i],
			    &ls->term[ls->n_terms++]);
	return e ? e : manage_faults(ls->ctx);
}

static void
escape(struct buf *out, struct slice text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c && strchr(plain, c))
			buf_char(out, (char)c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

static void
print_link(
    struct listing *ls, struct manage_res *res, const char *name, bool there, int64_t to)
{
	const struct manage_req *req = ls->req;
	struct buf url = BUF_INIT(ls->ctx->arena);

	jw_key(&res->w, name);
	if (!there) {
		jw_null(&res->w);
		return;
	}
	buf_slice_add(&url, req->origin);
	buf_slice_add(&url, req->path);
	buf_printf(&url, "?limit=%lld&offset=%lld", (long long)ls->limit, (long long)to);
	for (size_t i = 0; i < req->n_query; i++) {
		if (slice_is(req->query[i].name, "limit") ||
		    slice_is(req->query[i].name, "offset"))
			continue;
		buf_char(&url, '&');
		escape(&url, req->query[i].name);
		buf_char(&url, '=');
		escape(&url, req->query[i].value);
	}
	res->body.failed = res->body.failed || !buf_ok(&url);
	jw_text(&res->w, buf_slice(&url));
}

void
list_open(struct listing *ls, struct manage_res *res, int64_t count)
{
	int64_t next = ls->offset + ls->limit;
	int64_t previous = ls->offset > ls->limit ? ls->offset - ls->limit : 0;

	jw_object(&res->w);
	jw_kint(&res->w, "count", count);
	print_link(ls, res, "next", next < count && next <= LIST_OFFSET_MAX, next);
	print_link(ls, res, "previous", ls->offset > 0, previous);
	jw_key(&res->w, "results");
	jw_array(&res->w);
}

enum err
list_close(struct manage_res *res)
{
	jw_end(&res->w);
	jw_end(&res->w);
	return buf_finish(&res->body);
}

enum err
list_row(struct listing *ls, struct manage_res *res, int64_t id)
{
	const struct resource *r = ls->resource;
	enum err e = r->load ? r->load(ls->ctx, id, ls->rec)
	                     : record_get_id(ls->ctx->txn, r->table, id, ls->rec);

	return e ? e : manage_object(ls->ctx, r, res, ls->rec, false);
}

static enum err
print_hits(struct listing *ls, struct manage_res *res)
{
	size_t at = ls->window ? 0 : (size_t)ls->offset;
	size_t end = at + (size_t)ls->limit;
	int64_t count = (int64_t)ls->n;
	enum err e = E_OK;

	if (ls->window)
		e = list_count(ls, &count);
	if (e)
		return e;
	list_open(ls, res, count);
	for (; at < ls->n && at < end && !e; at++)
		e = list_row(ls, res, ls->hit[at].id);
	return e ? e : list_close(res);
}

static enum err
run(struct listing *ls, const struct manage_param *fixed, size_t n_fixed,
    struct manage_res *res)
{
	enum err e = list_parse(ls, fixed, n_fixed);

	if (e)
		return e;
	ls->rec = arena_alloc(
	    ls->ctx->arena, model_schema.table[ls->resource->table]->fields->size);
	if (!ls->rec)
		return E_NO_MEMORY;
	ls->keep = arena_new(KEEP_MAX);
	e = ls->keep ? list_collect(ls) : E_NO_MEMORY;
	if (!e)
		e = print_hits(ls, res);
	arena_free(ls->keep);
	return e;
}

enum err
manage_list_of(struct action_ctx *ctx, const struct manage_req *req,
    const struct resource *r, const struct manage_param *fixed, size_t n_fixed,
    struct manage_res *res)
{
	struct listing ls = { .ctx = ctx, .req = req, .resource = r };

	return run(&ls, fixed, n_fixed, res);
}

enum err
manage_list(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;

	return manage_list_of(ctx, req, req->resource, NULL, 0, res);
}

enum err
manage_each(struct action_ctx *ctx, const struct each *each)
{
	void *rec =
	    arena_alloc(ctx->arena, model_schema.table[each->table]->fields->size);
	struct record_scan scan;
	struct arena_mark mark;
	enum err e;

	if (!rec)
		return E_NO_MEMORY;
	e = record_scan(ctx->txn, each->table, each->index, each->prefix, each->from,
	    each->reverse, &scan);
	mark = arena_mark(ctx->arena);
	while (!e) {
		e = record_next(&scan, rec);
		if (!e)
			e = each->fn(ctx, rec, each->arg);
		if (!e)
			arena_reset(ctx->arena, mark);
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

enum err
manage_any(struct action_ctx *ctx, const struct resource *r,
    const struct manage_param *pair, size_t n, bool *out)
{
	static const struct manage_req none;
	struct listing ls = { .ctx = ctx, .req = &none, .resource = r };
	enum err e = list_parse(&ls, pair, n);

	if (e)
		return e;
	ls.rec = arena_alloc(ctx->arena, model_schema.table[r->table]->fields->size);
	ls.keep = ls.rec ? arena_new(KEEP_MAX) : NULL;
	e = ls.keep ? list_collect(&ls) : E_NO_MEMORY;
	arena_free(ls.keep);
	*out = ls.n > 0 || e == E_QUERY_TOO_BROAD;
	return e == E_QUERY_TOO_BROAD ? E_OK : e;
}

enum err
manage_list_ids(struct action_ctx *ctx, const struct manage_req *req,
    const struct resource *r, struct id_list *ids, struct manage_res *res)
{
	struct listing ls = { .ctx = ctx, .req = req, .resource = r };
	enum err e;

	for (size_t i = 0; i < req->n_query; i++)
		if (!slice_is(req->query[i].name, "limit") &&
		    !slice_is(req->query[i].name, "offset"))
			fault_add(&ctx->faults, arena_str(ctx->arena, req->query[i].name),
			    E_UNKNOWN_FILTER, "Known: limit, offset");
	parse_page(&ls);
	e = manage_faults(ctx);
	if (e)
		return e;
	ls.rec = arena_alloc(ctx->arena, model_schema.table[r->table]->fields->size);
	if (!ls.rec)
		return E_NO_MEMORY;
	list_open(&ls, res, (int64_t)ids->n);
	for (size_t i = (size_t)ls.offset;
	     i < ids->n && i < (size_t)(ls.offset + ls.limit) && !e; i++)
		e = list_row(&ls, res, ids->id[i]);
	return e ? e : list_close(res);
}

enum err
id_list_add(struct id_list *list, int64_t id)
{
	size_t cap = list->cap ? list->cap * 2 : 16;

	if (list->n == list->cap) {
		int64_t *grown = arena_array(list->arena, cap, sizeof(*grown));

		if (!grown)
			return E_NO_MEMORY;
		if (list->n)
			memcpy(grown, list->id, list->n * sizeof(*grown));
		list->id = grown;
		list->cap = cap;
	}
	list->id[list->n++] = id;
	return E_OK;
}
