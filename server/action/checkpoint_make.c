#include "server/action/checkpoint.h"

#include <string.h>

#include "base/clock.h"
#include "server/action/change.h"
#include "server/action/offline.h"
#include "server/action/system.h"
#include "server/action/token.h"

static enum err
check_issuer(struct action_ctx *ctx)
{
	if (!ctx->issuer || !ctx->issuer->keyring)
		return E_UNAVAILABLE;
	if (keyring_certificate(ctx->issuer->keyring).n)
		return E_OK;
	ctx->message = SLICE("The issuing key has no certificate by the root key");
	return E_NOT_CERTIFIED;
}

static enum err
sign(struct action_ctx *ctx, const struct claims_checkpoint *claims, struct slice *object)
{
	struct buf payload = BUF_INIT(ctx->arena), out = BUF_INIT(ctx->arena);
	struct cose_signer signer = token_signer(ctx->issuer->keyring);

	claims_put_checkpoint(&payload, claims);
	cose_sign(&out, OBJECT_CHECKPOINT, &signer, buf_slice(&payload));
	*object = buf_slice(&out);
	return buf_ok(&payload) && buf_ok(&out) ? E_OK : E_NO_MEMORY;
}

enum err
checkpoint_sign(
    struct action_ctx *ctx, int64_t seq, struct slice hash, struct slice *object)
{
	struct claims_checkpoint claims = { .seq = seq,
		.issued_at = ctx->now / CLOCK_SECOND };
	enum err e = check_issuer(ctx);

	if (!e)
		e = hash.n == CLAIMS_HASH ? E_OK : E_DAMAGED;
	if (!e)
		e = offline_vendor(ctx, &claims.vendor);
	if (!e)
		e = system_epoch(ctx->txn, claims.epoch);
	if (e)
		return e;
	memcpy(claims.hash, hash.p, CLAIMS_HASH);
	return sign(ctx, &claims, object);
}

static enum err
keep(struct action_ctx *ctx, struct checkpoint *made, struct slice object)
{
	struct buf kid = BUF_INIT(ctx->arena);
	const struct change change = {
		.type = checkpoint_table.name, .id = made->seq, .kind = CHANGE_CREATE
	};
	enum err e;

	buf_hex(&kid, keyring_issuing(ctx->issuer->keyring)->kid, KEY_KID);
	made->issued_at = ctx->now;
	made->kid = buf_slice(&kid);
	made->object = object;
	e = buf_finish(&kid);
	if (!e)
		e = record_insert(ctx->txn, T_CHECKPOINT, made);
	return e ? e : change_note(ctx, &change);
}

enum err
checkpoint_make(struct action_ctx *ctx, struct checkpoint *made)
{
	struct slice object;
	struct meta head;
	char *id;
	enum err e = check_issuer(ctx);

	if (!e)
		e = audit_head(ctx->txn, &head);
	if (e)
		return e;
	id = arena_printf(ctx->arena, "%lld", (long long)head.number + 1);
	if (!id)
		return E_NO_MEMORY;
	e = audit_append(ctx, "audit.checkpoint", checkpoint_table.name, slice_str(id),
	    FIELD_NONE, SLICE_NULL);
	if (!e)
		e = audit_head(ctx->txn, &head);
	made->seq = head.number;
	if (!e)
		e = checkpoint_sign(ctx, head.number, head.bytes, &object);
	return e ? e : keep(ctx, made, object);
}

enum err
action_checkpoint_due(struct action_ctx *ctx, const void *req, void *res)
{
	struct checkpoint last = { 0 }, made = { 0 };
	struct meta head;
	enum err e = audit_head(ctx->txn, &head);

	(void)req;
	if (!e)
		e = checkpoint_last(ctx->txn, head.number, &last);
	if (e == E_NOT_FOUND) {
		last.seq = 0;
		e = E_OK;
	}
	if (!e && head.number > last.seq)
		e = checkpoint_make(ctx, &made);
	if (res)
		*(struct checkpoint *)res = made;
	return e;
}
