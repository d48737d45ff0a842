#include "server/action/system.h"

#include <sodium.h>
#include <string.h>

#include "server/action/change.h"
#include "server/action/serial.h"
#include "server/model/account.h"
#include "server/model/audit.h"
#include "server/model/product.h"

#define SCHEMA_NUMBER 1

static enum err
put_epoch(struct txn *txn, void *arg)
{
	unsigned char epoch[SYSTEM_EPOCH_LEN];
	struct meta meta = { .key = SLICE("epoch") };

	(void)arg;
	randombytes_buf(epoch, sizeof(epoch));
	meta.bytes = arena_slice(txn->arena, slice_of(epoch, sizeof(epoch)));
	return meta.bytes.p ? record_put(txn, T_META, &meta) : E_NO_MEMORY;
}

enum err
system_epoch(struct txn *txn, unsigned char out[static SYSTEM_EPOCH_LEN])
{
	struct meta meta = { .key = SLICE("epoch") };
	enum err err = record_get(txn, T_META, &meta);

	if (err || meta.bytes.n != SYSTEM_EPOCH_LEN)
		return err && err != E_NOT_FOUND ? err : E_DAMAGED;
	memcpy(out, meta.bytes.p, SYSTEM_EPOCH_LEN);
	return E_OK;
}

static enum err
fork_history(struct txn *txn, void *arg)
{
	enum err err = put_epoch(txn, arg);

	return err ? err : serial_skip(txn);
}

enum err
system_fork(struct store *store)
{
	struct arena *arena = arena_new(0);
	enum err err;

	if (!arena)
		return E_NO_MEMORY;
	err = store_write_now(store, arena, fork_history, NULL);
	arena_free(arena);
	return err;
}

static enum err
put_vendor(struct action_ctx *ctx, struct slice name)
{
	struct vendor vendor = {
		.o = { .id = VENDOR_ID }, .name = name, .password_change = true
	};
	enum err err;

	vendor.o.created_at = vendor.o.updated_at = ctx->now;
	vendor.o.revision = 1;
	err = record_get_id(ctx->txn, T_VENDOR, VENDOR_ID, &(struct vendor){ 0 });
	if (err == E_OK)
		return E_WRONG_STATE;
	if (err != E_NOT_FOUND)
		return err;
	if ((err = record_put(ctx->txn, T_VENDOR, &vendor)) != E_OK)
		return err;
	return audit_append(
	    ctx, "system.initialized", "vendor", SLICE("1"), FIELD_NONE, SLICE_NULL);
}

static enum err
put_owner(struct action_ctx *ctx, struct slice email)
{
	struct account owner;

	memset(&owner, 0, sizeof(owner));
	field_clear(&account_table, &owner);
	owner.email = email;
	owner.name = SLICE("Owner");
	owner.role = ROLE_OWNER;
	owner.enabled = true;
	owner.must_set_password = true;
	return change_record(ctx, T_ACCOUNT, NULL, &owner, "account.created", FIELD_NONE);
}

enum err
action_system_first(struct action_ctx *ctx, const void *req, void *res)
{
	const struct system_first *first = req;
	struct meta schema = { .key = SLICE("schema"), .number = SCHEMA_NUMBER };
	enum err err;

	(void)res;
	if ((err = put_vendor(ctx, first->vendor)) != E_OK ||
	    (err = record_put(ctx->txn, T_META, &schema)) != E_OK ||
	    (err = put_epoch(ctx->txn, NULL)) != E_OK)
		return err;
	err = put_owner(ctx, first->owner);
	return err ? err : action_signing_first(ctx, &first->keys, NULL);
}

struct names_found {
	const char *vendor, *owner;
};

static enum err
find_names(struct txn *txn, void *arg)
{
	struct names_found *found = arg;
	struct record_scan scan;
	struct vendor vendor;
	struct account account;
	enum err err;

	if ((err = record_get_id(txn, T_VENDOR, VENDOR_ID, &vendor)) != E_OK ||
	    (err = record_scan(
		 txn, T_ACCOUNT, -1, SLICE_NULL, SLICE_NULL, false, &scan)) != E_OK)
		return err;
	found->vendor = arena_str(txn->arena, vendor.name);
	found->owner = "";
	while ((err = record_next(&scan, &account)) == E_OK)
		if (account.role == ROLE_OWNER && account.enabled) {
			found->owner = arena_str(txn->arena, account.email);
			return E_OK;
		}
	return err == E_NOT_FOUND ? E_OK : err;
}

enum err
system_names(
    struct store *store, struct arena *arena, const char **vendor, const char **owner)
{
	struct names_found found = { "", "" };
	enum err err = store_read_now(store, arena, find_names, &found);

	*vendor = found.vendor;
	*owner = found.owner;
	return err;
}
