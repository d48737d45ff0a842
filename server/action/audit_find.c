#include "server/action/audit_admin.h"

#include "base/wire.h"
#include "server/model/device.h"

#define SCAN_MAX 100000

static enum err
add_under(struct action_ctx *ctx, int index, struct slice prefix, struct id_list *out)
{
	struct record_scan scan;
	struct audit entry;
	int64_t reads = 0;
	enum err e;

	e = record_scan(ctx->txn, T_AUDIT, index, prefix, SLICE_NULL, false, &scan);
	while (!e) {
		e = record_next(&scan, &entry);
		if (!e && ++reads > SCAN_MAX)
			return E_QUERY_TOO_BROAD;
		if (!e)
			e = id_list_add(out, entry.seq);
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

/* Entries of objects without a license, whatever their type. */
static enum err
add_objects(struct action_ctx *ctx, struct slice id, struct id_list *out)
{
	enum err e = E_OK;

	for (size_t i = 0; i < model_schema.n && !e; i++) {
		struct buf prefix = BUF_INIT(ctx->arena);

		wire_key_text(&prefix, slice_str(model_schema.table[i]->fields->name));
		wire_key_text(&prefix, id);
		e = buf_ok(&prefix)
		        ? add_under(ctx, IX_AUDIT_OBJECT, buf_slice(&prefix), out)
		        : E_NO_MEMORY;
	}
	return e;
}

/* A row that is gone no longer tells its license: then all entries are looked at. */
static enum err
add_device(struct action_ctx *ctx, int64_t id, struct id_list *out)
{
	struct meta counter = { .key = SLICE("id:device") };
	struct activation a;
	enum err e;

	e = record_find(
	    ctx->txn, T_ACTIVATION, IX_ACTIVATION_ID, record_key_id(ctx->txn, id), &a);
	if (!e)
		return add_under(
		    ctx, IX_AUDIT_LICENSE, record_key_id(ctx->txn, a.license_id), out);
	if (e == E_NOT_FOUND)
		e = record_get(ctx->txn, T_META, &counter);
	if (e)
		return e == E_NOT_FOUND ? E_OK : e;
	return id > 0 && id <= counter.number ? add_under(ctx, -1, SLICE_NULL, out)
	                                      : E_OK;
}

enum err
audit_find_object(struct action_ctx *ctx, struct slice value, struct id_list *out)
{
	int64_t id;
	enum err e;

	if (!value.n || value.n > 64 || !slice_is_plain(value))
		return E_OK;
	e = add_objects(ctx, value, out);
	if (e || !slice_only(value, "0123456789") || !slice_to_int(value, &id))
		return e;
	e = add_under(ctx, IX_AUDIT_LICENSE, record_key_id(ctx->txn, id), out);
	return e ? e : add_device(ctx, id, out);
}
