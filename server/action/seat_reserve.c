#include "server/action/seat.h"

enum err
seat_reserve(struct action_ctx *ctx, struct seat *s, enum seat_source source)
{
	struct license *license = s->license;
	struct activation *a = s->activation;
	enum err e = E_OK;

	if (source == SEAT_NONE || source == SEAT_KEPT || source == SEAT_RESERVED)
		return E_WRONG_STATE;
	license->seats_used++;
	if (a->vacant_since != FIELD_NONE)
		license->vacant--;
	if (source == SEAT_TRANSFER)
		e = seat_pass_vacant(ctx, license);
	if (e)
		return e;
	a->state = AS_RESERVED;
	a->vacant_since = FIELD_NONE;
	a->license_id = license->o.id;
	a->device_id = s->device->o.id;
	a->o.updated_at = ctx->now;
	a->o.revision++;
	if (!a->o.id)
		a->o.created_at = ctx->now;
	e = a->o.id ? record_put(ctx->txn, T_ACTIVATION, a)
	            : record_add(ctx->txn, T_ACTIVATION, a);
	return e ? e : record_put(ctx->txn, T_LICENSE, license);
}
