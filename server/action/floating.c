#include "server/action/floating.h"

#include "server/model/device.h"

/* Bounds the work of one transaction; later ones go on. */
#define SWEEP_MAX 256

/* Scans the seats that end first. */
static enum err
seats_by_end(struct action_ctx *ctx, int64_t license_id, struct record_scan *scan)
{
	return record_scan(ctx->txn, T_ACTIVATION, IX_ACTIVATION_FLOATING,
	    record_key_id(ctx->txn, license_id), SLICE_NULL, false, scan);
}

enum err
floating_count(struct action_ctx *ctx, int64_t license_id, int64_t *n)
{
	struct activation seat;
	struct record_scan scan;
	int64_t ended = 0;
	enum err err;

	err = record_count(ctx->txn, T_ACTIVATION, IX_ACTIVATION_FLOATING,
	    record_key_id(ctx->txn, license_id), INT64_MAX, n);
	if (!err && *n)
		err = seats_by_end(ctx, license_id, &scan);
	while (!err && ended < *n) {
		err = record_next(&scan, &seat);
		if (err || activation_seat_until(&seat) > ctx->now)
			break;
		ended++;
	}
	*n -= ended;
	return err == E_NOT_FOUND ? E_OK : err;
}

enum err
floating_sweep(struct action_ctx *ctx, int64_t license_id)
{
	struct activation seat;
	struct record_scan scan;
	enum err err;

	err = seats_by_end(ctx, license_id, &scan);
	for (int i = 0; !err && i < SWEEP_MAX; i++) {
		err = record_next(&scan, &seat);
		if (err || activation_seat_until(&seat) > ctx->now)
			break;
		seat.floating_until = FIELD_NONE;
		seat.borrowed_until = FIELD_NONE;
		err = record_put(ctx->txn, T_ACTIVATION, &seat);
	}
	return err == E_NOT_FOUND ? E_OK : err;
}
