#include "server/action/audit_admin.h"

#include "keys/keyring.h"
#include "server/action/checkpoint.h"
#include "server/action/query.h"

#define PART_BYTES ((size_t)64 << 10)
#define PART_ARENA ((size_t)64 << 20)

/* An export on its way: entries from next to `to`, then the checkpoint. */
struct export
{
	struct manage_stream stream;
	int64_t next, to;
	struct slice checkpoint; /* its line */
};

struct part {
	struct export *export;
	struct buf *out;
	int64_t next;
};

static enum err
print_with_salt(
    struct action_ctx *ctx, struct manage_res *res, const void *rec, bool single)
{
	(void)single;
	return audit_print(ctx, res, rec, true);
}

static const struct resource export_resource = {
	.table = T_AUDIT, .audit = "audit", .path = "audit", .print = print_with_salt
};

static enum err
add_line(struct action_ctx *ctx, const struct resource *resource, const void *rec,
    struct buf *out)
{
	struct manage_res res = { .body = BUF_INIT(ctx->arena), .created = FIELD_NONE };
	enum err e;

	jw_init(&res.w, &res.body);
	e = manage_object(ctx, resource, &res, rec, true);
	buf_char(&res.body, '\n');
	if (!e)
		e = buf_finish(&res.body);
	if (e)
		return e;
	buf_slice_add(out, buf_slice(&res.body));
	return buf_ok(out) ? E_OK : E_NO_MEMORY;
}

/* --- while it is sent ----------------------------------------------------------------
 */

static enum err
add_entries(struct txn *txn, void *arg)
{
	struct part *part = arg;
	const struct export *export = part->export;
	struct action_ctx ctx = {
		.txn = txn, .arena = txn->arena, .object_revision = FIELD_NONE
	};
	struct slice from = record_key_id(txn, export->next);
	struct record_scan scan;
	struct arena_mark mark;
	enum err e;

	part->next = export->next;
	buf_clear(part->out);
	if (!from.p)
		return E_NO_MEMORY;
	e = record_scan(txn, T_AUDIT, -1, SLICE_NULL, from, false, &scan);
	mark = arena_mark(txn->arena);
	while (!e && part->next <= export->to && part->out->n < PART_BYTES) {
		struct audit entry;

		e = record_next(&scan, &entry);
		if (!e && entry.seq != part->next)
			e = E_NOT_FOUND;
		if (!e)
			e = add_line(&ctx, &export_resource, &entry, part->out);
		part->next++;
		arena_reset(txn->arena, mark);
	}
	/* Entries do not go: one that is not there must not pass for the end. */
	return e == E_NOT_FOUND ? E_VERIFY : e;
}

static enum err
next_part(struct manage_stream *stream, struct store *store, struct buf *out, bool *last)
{
	struct export *export = container_of(stream, struct export, stream);
	struct part part = { export, out, export->next };
	struct arena *arena;
	enum err e;

	*last = export->next > export->to;
	if (*last) {
		buf_slice_add(out, export->checkpoint);
		return buf_ok(out) ? E_OK : E_NO_MEMORY;
	}
	arena = arena_new(PART_ARENA);
	if (!arena)
		return E_NO_MEMORY;
	e = store_read_now(store, arena, add_entries, &part);
	arena_free(arena);
	export->next = part.next;
	return e;
}

/* --- before it -----------------------------------------------------------------------
 */

static enum err
read_span(struct action_ctx *ctx, const struct manage_req *req, struct export *export)
{
	static const char *const known[] = { "from", "to", NULL };
	struct meta head;
	enum err e = audit_head(ctx->txn, &head);

	if (e)
		return e;
	query_only(ctx, req, known);
	export->next =
	    query_int(ctx, req, "from", (struct query_range){ 1, 1, INT64_MAX - 1 });
	export->to = query_int(
	    ctx, req, "to", (struct query_range){ head.number, 1, INT64_MAX - 1 });
	if (export->to > head.number)
		export->to = head.number;
	if (export->next > export->to)
		fault_add(&ctx->faults, "from", E_VALIDATION,
		    "from must be an entry up to %lld", (long long)export->to);
	return manage_faults(ctx);
}

/* Of the last entry that goes out. */
static enum err
sign_last(struct action_ctx *ctx, struct export *export)
{
	struct audit entry = { .seq = export->to };
	struct buf line = BUF_INIT(ctx->arena), kid = BUF_INIT(ctx->arena);
	struct checkpoint checkpoint = { .seq = export->to, .issued_at = ctx->now };
	enum err e = record_get(ctx->txn, T_AUDIT, &entry);

	if (!e)
		e = checkpoint_sign(ctx, entry.seq, entry.hash, &checkpoint.object);
	if (e)
		return e == E_NOT_FOUND ? E_DAMAGED : e;
	buf_hex(&kid, keyring_issuing(ctx->issuer->keyring)->kid, KEY_KID);
	checkpoint.kid = buf_slice(&kid);
	e = buf_finish(&kid);
	if (!e)
		e = add_line(ctx, &checkpoint_resource, &checkpoint, &line);
	export->checkpoint = buf_slice(&line);
	return e;
}

static enum err
note(struct action_ctx *ctx, const struct export *export)
{
	char *detail = arena_printf(ctx->arena, "{\"entries\":[%lld,%lld]}",
	    (long long)export->next, (long long)export->to);

	return detail ? audit_append(ctx, "audit.exported", "audit", SLICE(""),
			    FIELD_NONE, slice_str(detail))
	              : E_NO_MEMORY;
}

enum err
audit_export(struct action_ctx *ctx, const void *req_, void *res_)
{
	const struct manage_req *req = req_;
	struct manage_res *res = res_;
	struct export *export = arena_alloc(ctx->arena, sizeof(*export));
	enum err e;

	if (!export)
		return E_NO_MEMORY;
	e = read_span(ctx, req, export);
	if (!e)
		e = sign_last(ctx, export);
	if (!e)
		e = note(ctx, export);
	if (e)
		return e;
	export->stream.next = next_part;
	res->stream = &export->stream;
	res->type = "application/x-ndjson";
	res->file = arena_printf(ctx->arena, "audit-%lld-%lld.ndjson",
	    (long long)export->next, (long long)export->to);
	return res->file ? E_OK : E_NO_MEMORY;
}
