#include "server/action/change.h"

#include <sodium.h>

#include "server/action/audit_text.h"
#include "server/model/audit.h"

#define AUDIT_HEAD SLICE("audit_head")

static struct slice
text_or_empty(struct slice s)
{
	return s.p ? s : SLICE("");
}

enum err
audit_head(struct txn *txn, struct meta *head)
{
	enum err err;

	*head = (struct meta){ .key = AUDIT_HEAD };
	err = record_get(txn, T_META, head);
	if (err == E_NOT_FOUND) {
		*head = (struct meta){ .key = AUDIT_HEAD };
		err = E_OK;
	}
	return err;
}

static enum err
detail_store(struct action_ctx *ctx, struct audit *entry, struct slice fields)
{
	unsigned char *salt = arena_alloc(ctx->arena, AUDIT_SALT_LEN);
	unsigned char *hash = arena_alloc(ctx->arena, AUDIT_HASH_LEN);
	struct audit_detail detail = { .seq = entry->seq, .fields = fields };
	enum err err;

	entry->detail_hash = SLICE("");
	if (!fields.n)
		return E_OK;
	if (!salt || !hash)
		return E_NO_MEMORY;
	randombytes_buf(salt, AUDIT_SALT_LEN);
	detail.salt = slice_of(salt, AUDIT_SALT_LEN);
	err = audit_detail_hash(ctx->arena, &detail, hash);
	if (err)
		return err == E_NO_MEMORY ? err : E_INTERNAL;
	entry->detail_hash = slice_of(hash, AUDIT_HASH_LEN);
	return record_insert(ctx->txn, T_AUDIT_DETAIL, &detail);
}

static enum err
entry_store(struct action_ctx *ctx, struct audit *entry)
{
	unsigned char *hash = arena_alloc(ctx->arena, AUDIT_HASH_LEN);
	struct meta head = { .key = AUDIT_HEAD, .number = entry->seq };
	enum err err;

	if (!hash)
		return E_NO_MEMORY;
	err = audit_hash(ctx->arena, entry, hash);
	if (err)
		return err;
	entry->hash = slice_of(hash, AUDIT_HASH_LEN);
	head.bytes = entry->hash;
	err = record_insert(ctx->txn, T_AUDIT, entry);
	return err ? err : record_put(ctx->txn, T_META, &head);
}

enum err
audit_append(struct action_ctx *ctx, const char *action, const char *object_type,
    struct slice object_id, int64_t license_id, struct slice detail)
{
	static const char zeros[AUDIT_HASH_LEN];
	const struct actor *actor = ctx->actor;
	struct audit entry;
	struct meta head;
	enum err err;

	err = audit_head(ctx->txn, &head);
	if (err)
		return err;
	entry = (struct audit){ .seq = head.number + 1,
		.time = ctx->now,
		.actor_type = (int)actor->type,
		.actor_id = text_or_empty(actor->id),
		.actor_name = text_or_empty(actor->name),
		.credential = text_or_empty(actor->credential),
		.address = text_or_empty(actor->address),
		.request_id = text_or_empty(actor->request_id),
		.action = slice_str(action),
		.object_type = slice_str(object_type),
		.object_id = text_or_empty(object_id),
		.reason = text_or_empty(ctx->reason),
		.license_id = license_id,
		.prev = head.number ? head.bytes : slice_of(zeros, sizeof(zeros)) };
	err = detail_store(ctx, &entry, detail);
	return err ? err : entry_store(ctx, &entry);
}
