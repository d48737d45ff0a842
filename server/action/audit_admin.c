#include "server/action/audit_admin.h"

#include "base/clock.h"
#include "server/action/checkpoint.h"
#include "server/action/device.h"
#include "server/action/license.h"
#include "server/action/query.h"

/* Entries walked in one call, and between two clean-ups. */
#define VERIFY_MAX 1000000
#define VERIFY_SLICE 500

static enum err
get_actor(struct action_ctx *ctx, const void *rec, struct filter_value *v)
{
	(void)ctx;
	*v = (struct filter_value){ .type = FIELD_TEXT,
		.text = ((const struct audit *)rec)->actor_name };
	return E_OK;
}

static const struct filter filters[] = {
	{ .name = "seq", .key = KEY_ID, .index = -1 },
	{ .name = "id", .field = "seq", .key = KEY_ID, .index = -1 },
	{ .name = "action" },
	{ .name = "actor", .get = get_actor },
	{ .name = "object_type" },
	{ .name = "object_id", .find = audit_find_object },
	{ .name = "request_id" },
	{ .name = "time", .key = KEY_ID, .index = IX_AUDIT_TIME },
	{ .name = "license",
	    .field = "license_id",
	    .key = KEY_ID,
	    .index = IX_AUDIT_LICENSE,
	    .by_id = true },
	{ .name = NULL },
};

void
audit_print_hex(struct manage_res *res, const char *name, struct slice bytes)
{
	struct buf b = BUF_INIT(res->body.arena);

	buf_hex(&b, bytes.p, bytes.n);
	res->body.failed = res->body.failed || !buf_ok(&b);
	jw_ktext(&res->w, name, bytes.n ? buf_slice(&b) : SLICE_NULL);
}

static void
print_parties(struct manage_res *res, const struct audit *a)
{
	struct json_writer *w = &res->w;

	jw_key(w, "actor");
	jw_object(w);
	jw_ktext(w, "type", slice_str(names_get(&actor_type_names, a->actor_type)));
	jw_ktext(w, "id", a->actor_id);
	jw_ktext(w, "name", a->actor_name);
	jw_end(w);
	jw_key(w, "object");
	jw_object(w);
	jw_ktext(w, "type", a->object_type);
	jw_ktext(w, "id", a->object_id);
	jw_end(w);
}

/* Null: there was none, or it has been erased. */
static enum err
print_detail(
    struct action_ctx *ctx, struct manage_res *res, const struct audit *a, bool with_salt)
{
	struct audit_detail detail = { .seq = a->seq };
	enum err e = E_NOT_FOUND;

	if (a->detail_hash.n)
		e = record_get(ctx->txn, T_AUDIT_DETAIL, &detail);
	jw_key(&res->w, "detail");
	if (e) {
		jw_null(&res->w);
	} else {
		jw_object(&res->w);
		jw_key(&res->w, "fields");
		jw_raw(&res->w, detail.fields.n ? detail.fields : SLICE("{}"));
		if (with_salt)
			audit_print_hex(res, "salt", detail.salt);
		jw_end(&res->w);
	}
	if (e && e != E_NOT_FOUND)
		return e;
	jw_kbool(&res->w, "erased", e == E_NOT_FOUND && a->detail_hash.n);
	return E_OK;
}

enum err
audit_print(
    struct action_ctx *ctx, struct manage_res *res, const void *rec, bool with_salt)
{
	const struct audit *a = rec;

	/* What the hash covers, whole: time on the wire is cut to milliseconds. */
	jw_kint(&res->w, "time_us", a->time);
	print_parties(res, a);
	audit_print_hex(res, "detail_hash", a->detail_hash);
	audit_print_hex(res, "prev", a->prev);
	audit_print_hex(res, "hash", a->hash);
	return print_detail(ctx, res, rec, with_salt);
}

static enum err
print(struct action_ctx *ctx, struct manage_res *res, const void *rec, bool single)
{
	(void)single;
	return audit_print(ctx, res, rec, false);
}

/* The sequence has no gaps. */
static enum err
count(struct action_ctx *ctx, int64_t *n)
{
	struct record_scan scan;
	struct audit first, last;
	enum err e;

	*n = 0;
	e = record_scan(ctx->txn, T_AUDIT, -1, SLICE_NULL, SLICE_NULL, false, &scan);
	if (!e)
		e = record_next(&scan, &first);
	if (!e)
		e = record_scan(
		    ctx->txn, T_AUDIT, -1, SLICE_NULL, SLICE_NULL, true, &scan);
	if (!e)
		e = record_next(&scan, &last);
	if (!e)
		*n = last.seq - first.seq + 1;
	return e == E_NOT_FOUND ? E_OK : e;
}

const struct resource audit_resource = {
	.table = T_AUDIT,
	.audit = "audit",
	.path = "audit",
	.filters = filters,
	.print = print,
	.count = count,
};

enum err
audit_get(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	struct audit entry;
	enum err e = record_get_id(ctx->txn, T_AUDIT, req->id, &entry);

	return e ? e : manage_object(ctx, &audit_resource, res, &entry, true);
}

/* What a verification finds: the chain, and a checkpoint against it. */
struct finding {
	struct audit_walk walk;
	int64_t from;
	bool has_checkpoint, ok;
	struct checkpoint_look look;
	int64_t broken_at;
	const char *problem;
};

static void
print_look(struct manage_res *res, const struct finding *f)
{
	const struct claims_checkpoint *claims = &f->look.claims;
	struct json_writer *w = &res->w;

	jw_key(w, "checkpoint");
	if (!f->has_checkpoint) {
		jw_null(w);
		return;
	}
	jw_object(w);
	jw_kint(w, "seq", claims->seq);
	jw_ktext(w, "kid", slice_str(f->look.kid));
	jw_kinstant(w, "issued_at", claims->issued_at * CLOCK_SECOND);
	audit_print_hex(res, "hash", slice_of(claims->hash, sizeof(claims->hash)));
	audit_print_hex(res, "epoch", slice_of(claims->epoch, sizeof(claims->epoch)));
	jw_end(w);
}

static enum err
print_finding(struct manage_res *res, const struct finding *f)
{
	const struct audit_walk *walk = &f->walk;
	struct json_writer *w = &res->w;

	jw_object(w);
	jw_kbool(w, "ok", f->ok);
	jw_kint(w, "first", f->from);
	jw_kint(w, "last", walk->last);
	audit_print_hex(res, "head",
	    walk->has_hash ? slice_of(walk->hash, sizeof(walk->hash)) : SLICE_NULL);
	jw_kint(w, "erased", walk->erased);
	print_look(res, f);
	jw_kint(w, "broken_at", f->ok ? FIELD_NONE : f->broken_at);
	jw_ktext(w, "problem", f->ok ? SLICE_NULL : slice_str(f->problem));
	jw_kint(w, "next", f->ok && walk->next ? walk->next : FIELD_NONE);
	jw_end(w);
	return buf_finish(&res->body);
}

static void
find_problem(struct finding *f, int64_t at, const char *problem)
{
	f->ok = false;
	f->broken_at = at;
	f->problem = problem;
}

/* Slice by slice, so that memory does not grow with the log. */
static enum err
walk_all(struct action_ctx *ctx, struct audit_walk *walk)
{
	struct arena_mark mark = arena_mark(ctx->arena);
	int64_t from = walk->from;
	enum err e;

	do {
		e = audit_verify_walk(ctx->txn, walk);
		arena_reset(ctx->arena, mark);
		walk->from = walk->next;
	} while (!e && walk->next && walk->next - from < VERIFY_MAX);
	return e;
}

static enum err
find_chain(struct action_ctx *ctx, const struct manage_req *req, struct finding *f)
{
	static const char *const known[] = { "from", NULL };
	enum err e;

	query_only(ctx, req, known);
	f->from =
	    query_int(ctx, req, "from", (struct query_range){ 1, 1, INT64_MAX - 1 });
	e = manage_faults(ctx);
	if (e)
		return e;
	f->walk = (struct audit_walk){ .from = f->from, .max = VERIFY_SLICE };
	e = walk_all(ctx, &f->walk);
	f->ok = !e;
	if (e == E_VERIFY)
		find_problem(f, f->walk.broken_at, f->walk.problem);
	return e == E_VERIFY ? E_OK : e;
}

/* A break of the chain is told first: it says more. */
static enum err
find_checkpoint(struct action_ctx *ctx, struct finding *f, struct slice object)
{
	enum err e = checkpoint_look(ctx->txn, object, &f->look);

	f->has_checkpoint = !e;
	if (!e && f->look.problem && f->ok)
		find_problem(f, f->look.claims.seq, f->look.problem);
	return e;
}

/* The newest kept checkpoint; all of them take too long here (licetd verify). */
static enum err
find_kept(struct action_ctx *ctx, struct finding *f)
{
	struct checkpoint kept;
	enum err e = checkpoint_last(ctx->txn, INT64_MAX - 1, &kept);

	if (e)
		return e == E_NOT_FOUND ? E_OK : e;
	e = find_checkpoint(ctx, f, kept.object);
	if (e && err_info(e)->kind == ERR_CALL) {
		find_problem(f, kept.seq, "the kept checkpoint cannot be read");
		e = E_OK;
	}
	return e;
}

enum err
audit_verify(struct action_ctx *ctx, const void *req, void *res)
{
	struct finding f = { .ok = true };
	enum err e = find_chain(ctx, req, &f);

	if (!e && f.ok)
		e = find_kept(ctx, &f);
	return e ? e : print_finding(res, &f);
}

enum err
audit_verify_checkpoint(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	struct finding f = { .ok = true };
	struct slice object;
	enum err e = checkpoint_take(ctx->arena, req->file, &object);

	if (!e)
		e = find_chain(ctx, req, &f);
	if (!e)
		e = find_checkpoint(ctx, &f, object);
	if (e == E_NOT_FOUND) {
		fault_add(&ctx->faults, "file", E_VALIDATION,
		    "This is no armored LICET CHECKPOINT");
		e = E_VALIDATION;
	}
	return e ? e : print_finding(res, &f);
}

/* --- under a license ------------------------------------------------------------------
 */

static enum err
list_under(struct action_ctx *ctx, const struct manage_req *req, struct manage_res *res,
    const struct resource *resource)
{
	struct manage_param fixed = { SLICE("license"), SLICE_NULL };
	struct license license;
	enum err e = record_get_id(ctx->txn, T_LICENSE, req->id, &license);

	if (e)
		return e;
	fixed.value =
	    slice_str(arena_printf(ctx->arena, "%lld", (long long)license.o.id));
	return fixed.value.p ? manage_list_of(ctx, req, resource, &fixed, 1, res)
	                     : E_NO_MEMORY;
}

enum err
license_history(struct action_ctx *ctx, const void *req, void *res)
{
	return list_under(ctx, req, res, &audit_resource);
}

enum err
license_devices(struct action_ctx *ctx, const void *req, void *res)
{
	return list_under(ctx, req, res, &device_resource);
}
