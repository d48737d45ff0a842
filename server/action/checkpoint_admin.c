#include "server/action/audit_admin.h"

#include "offline/armor.h"
#include "offline/cose.h"
#include "server/action/checkpoint.h"

static const struct filter filters[] = {
	{ .name = "seq", .key = KEY_ID, .index = -1 },
	{ .name = "id", .field = "seq", .key = KEY_ID, .index = -1 },
	{ .name = "kid" },
	{ .name = "issued_at" },
	{ .name = NULL },
};

static enum err
read_claims(
    struct action_ctx *ctx, const struct checkpoint *c, struct claims_checkpoint *claims)
{
	struct cose cose;
	enum err e = cose_parse_as(OBJECT_CHECKPOINT, c->object, &cose);

	if (!e)
		e = claims_get_checkpoint(ctx->arena, cose.payload, claims);
	return e && e != E_NO_MEMORY ? E_DAMAGED : e;
}

/* The text of one that a dry run makes must not leave the server. */
static enum err
print(struct action_ctx *ctx, struct manage_res *res, const void *rec, bool single)
{
	const struct checkpoint *c = rec;
	struct buf text = BUF_INIT(ctx->arena);
	struct claims_checkpoint claims;
	enum err e = read_claims(ctx, c, &claims);

	(void)single;
	if (e)
		return e;
	audit_print_hex(res, "hash", slice_of(claims.hash, sizeof(claims.hash)));
	audit_print_hex(res, "epoch", slice_of(claims.epoch, sizeof(claims.epoch)));
	armor_put(&text, OBJECT_CHECKPOINT, c->object);
	manage_made_text(
	    ctx, res, "checkpoint", buf_slice(&text), checkpoint_table.name, c->seq);
	return buf_finish(&text);
}

const struct resource checkpoint_resource = {
	.table = T_CHECKPOINT,
	.audit = "audit",
	.path = "audit/checkpoints",
	.filters = filters,
	.print = print,
};

enum err
audit_checkpoint(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	struct checkpoint made = { 0 };
	enum err e;

	manage_unknown(ctx, req, res, "", req->body, NULL);
	e = manage_faults(ctx);
	if (!e)
		e = checkpoint_make(ctx, &made);
	return e ? e : manage_object(ctx, &checkpoint_resource, res, &made, true);
}
