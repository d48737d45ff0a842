#include "server/action/seat.h"

#include "server/action/serial.h"
#include "server/model/feature.h"

/* 6.3: every row ends without a vacated mark. */
static enum err
rows_reset(struct action_ctx *ctx, const struct license *license, int64_t *freed)
{
	struct activation a;
	struct record_scan scan;
	enum err err;

	err = record_scan(ctx->txn, T_ACTIVATION, -1,
	    record_key_id(ctx->txn, license->o.id), SLICE_NULL, false, &scan);
	while (!err) {
		err = record_next(&scan, &a);
		if (err)
			break;
		if (a.state == AS_INACTIVE && a.vacant_since == FIELD_NONE)
			continue;
		err = serial_end(ctx, &a, IS_RELEASED);
		if (err)
			break;
		if (a.state != AS_INACTIVE) {
			(*freed)++;
			a.deactivated_at = ctx->now;
		}
		a.state = AS_INACTIVE;
		a.vacant_since = FIELD_NONE;
		a.floating_until = FIELD_NONE;
		a.borrowed_until = FIELD_NONE;
		a.o.updated_at = ctx->now;
		a.o.revision++;
		err = record_put(ctx->txn, T_ACTIVATION, &a);
	}
	return err == E_NOT_FOUND ? E_OK : err;
}

static enum err
users_reset(struct action_ctx *ctx, const struct license *license)
{
	struct assignment a;
	struct record_scan scan;
	enum err err;

	err = record_scan(ctx->txn, T_ASSIGNMENT, -1,
	    record_key_id(ctx->txn, license->o.id), SLICE_NULL, false, &scan);
	while (!err) {
		err = record_next(&scan, &a);
		if (err || a.total_activations == 0)
			continue;
		a.total_activations = 0;
		err = record_put(ctx->txn, T_ASSIGNMENT, &a);
	}
	return err == E_NOT_FOUND ? E_OK : err;
}

static enum err
features_reset(struct action_ctx *ctx, const struct license *license)
{
	struct license_feature f;
	struct record_scan scan;
	enum err err;

	err = record_scan(ctx->txn, T_LICENSE_FEATURE, -1,
	    record_key_id(ctx->txn, license->o.id), SLICE_NULL, false, &scan);
	while (!err) {
		err = record_next(&scan, &f);
		if (err || f.total_consumptions == 0)
			continue;
		f.total_consumptions = 0;
		err = record_put(ctx->txn, T_LICENSE_FEATURE, &f);
	}
	return err == E_NOT_FOUND ? E_OK : err;
}

enum err
seat_reset(struct action_ctx *ctx, struct license *license, int64_t *freed)
{
	enum err err;

	*freed = 0;
	err = rows_reset(ctx, license, freed);
	if (!err)
		err = users_reset(ctx, license);
	if (!err)
		err = features_reset(ctx, license);
	if (err)
		return err;
	license->seats_used = 0;
	license->times_activated = 0;
	license->vacant = 0;
	license->transfer_count = 0;
	license->total_consumptions = 0;
	license->o.updated_at = ctx->now;
	license->o.revision++;
	return record_put(ctx->txn, T_LICENSE, license);
}
