#include "server/action/seat.h"

#include "base/id.h"
#include "server/action/serial.h"
#include "server/policy/validity.h"

static void
object_touch(struct object *o, int64_t now)
{
	o->updated_at = now;
	o->revision++;
}

static enum err
device_store(struct action_ctx *ctx, struct device *device)
{
	char uuid[ID_UUID_LEN + 1];

	device->last_seen_at = ctx->now;
	if (device->o.id)
		return record_put(ctx->txn, T_DEVICE, device);
	id_uuid(uuid);
	device->uuid = arena_slice(ctx->arena, slice_str(uuid));
	if (!device->uuid.p)
		return E_NO_MEMORY;
	device->o = (struct object){
		.created_at = ctx->now, .updated_at = ctx->now, .revision = 1
	};
	device->first_seen_at = ctx->now;
	return record_add(ctx->txn, T_DEVICE, device);
}

enum err
seat_pass_vacant(struct action_ctx *ctx, struct license *license)
{
	struct activation former;
	struct record_scan scan;
	enum err err;

	err = record_scan(ctx->txn, T_ACTIVATION, IX_ACTIVATION_VACANT,
	    record_key_id(ctx->txn, license->o.id), SLICE_NULL, false, &scan);
	if (!err)
		err = record_next(&scan, &former);
	if (err)
		return err == E_NOT_FOUND ? E_INTERNAL : err;
	former.vacant_since = FIELD_NONE;
	license->vacant--;
	license->transfer_count++;
	return record_put(ctx->txn, T_ACTIVATION, &former);
}

static enum err
features_start(struct action_ctx *ctx, const struct license *license)
{
	struct license_feature feature;
	struct record_scan scan;
	enum err err;

	err = record_scan(ctx->txn, T_LICENSE_FEATURE, -1,
	    record_key_id(ctx->txn, license->o.id), SLICE_NULL, false, &scan);
	while (!err) {
		err = record_next(&scan, &feature);
		if (err || !validity_first_feature(&feature, ctx->now))
			continue;
		object_touch(&feature.o, ctx->now);
		err = record_put(ctx->txn, T_LICENSE_FEATURE, &feature);
	}
	return err == E_NOT_FOUND ? E_OK : err;
}

static enum err
first_activation(struct action_ctx *ctx, struct license *license)
{
	if (license->first_activated_at != FIELD_NONE)
		return E_OK;
	validity_first_activation(license, ctx->now);
	license->first_activated_at = ctx->now;
	object_touch(&license->o, ctx->now);
	return features_start(ctx, license);
}

static void
row_activate(struct action_ctx *ctx, struct activation *a, const struct assignment *user)
{
	a->state = AS_ACTIVE;
	a->vacant_since = FIELD_NONE;
	a->user_id = user ? user->user_id : FIELD_NONE;
	a->cloned = false;
	a->activated_at = ctx->now;
	if (a->first_activated_at == FIELD_NONE)
		a->first_activated_at = ctx->now;
	a->activation_count++;
	object_touch(&a->o, ctx->now);
}

static enum err
seat_activate(struct action_ctx *ctx, struct seat *s, enum seat_source source)
{
	enum err err = E_OK;

	if (source != SEAT_RESERVED)
		s->license->seats_used++;
	if (s->activation->vacant_since != FIELD_NONE)
		s->license->vacant--;
	if (source == SEAT_TRANSFER)
		err = seat_pass_vacant(ctx, s->license);
	s->license->times_activated++;
	if (s->assignment)
		s->assignment->total_activations++;
	row_activate(ctx, s->activation, s->assignment);
	return err;
}

static void
seat_keep(struct action_ctx *ctx, struct seat *s, const struct activate_verdict *v)
{
	struct activation *a = s->activation;

	if (v->adopt && s->assignment) {
		a->user_id = s->assignment->user_id;
		s->assignment->total_activations++;
		object_touch(&a->o, ctx->now);
	}
}

/* A seat that was revoked and is taken up again begins anew. */
static void
row_token(struct activation *a, const struct seat_token *t, bool anew)
{
	a->offline = t && t->offline;
	a->lease_until = t ? t->lease_until : FIELD_NONE;
	if (anew || a->revoked_at != FIELD_NONE) {
		a->first_serial = t ? t->serial : 0;
		a->refreshed_from = 0;
	}
	a->revoked_at = FIELD_NONE;
	if (!t)
		return;
	a->serial = t->serial;
	a->sequence = t->sequence;
	a->cloned = a->cloned || t->cloned;
	if (t->refreshed_from > a->refreshed_from)
		a->refreshed_from = t->refreshed_from;
}

static enum err
row_store(struct action_ctx *ctx, struct seat *s)
{
	struct activation *a = s->activation;

	if (a->o.id)
		return record_put(ctx->txn, T_ACTIVATION, a);
	a->license_id = s->license->o.id;
	a->device_id = s->device->o.id;
	a->o = (struct object){
		.created_at = ctx->now, .updated_at = ctx->now, .revision = 1
	};
	return record_add(ctx->txn, T_ACTIVATION, a);
}

enum err
seat_take(struct action_ctx *ctx, struct seat *s, const struct activate_verdict *v)
{
	enum err err = v->err;

	if (!err && v->source == SEAT_NONE)
		err = E_INTERNAL;
	if (!err)
		err = device_store(ctx, s->device);
	if (!err && v->source == SEAT_KEPT)
		seat_keep(ctx, s, v);
	else if (!err)
		err = seat_activate(ctx, s, v->source);
	if (err)
		return err;
	row_token(s->activation, s->token, v->source != SEAT_KEPT);
	if (v->source != SEAT_KEPT)
		err = first_activation(ctx, s->license);
	if (!err)
		err = row_store(ctx, s);
	if (!err && v->source != SEAT_KEPT)
		err = record_put(ctx->txn, T_LICENSE, s->license);
	if (!err && s->assignment && (v->source != SEAT_KEPT || v->adopt))
		err = record_put(ctx->txn, T_ASSIGNMENT, s->assignment);
	return err;
}

static void
row_end(struct action_ctx *ctx, struct activation *a, bool mark)
{
	a->state = AS_INACTIVE;
	a->vacant_since = mark ? ctx->now : FIELD_NONE;
	a->floating_until = FIELD_NONE;
	a->borrowed_until = FIELD_NONE;
	a->deactivated_at = ctx->now;
	object_touch(&a->o, ctx->now);
}

/* The user who activated loses one from the total; an assignment may be gone by now. */
static enum err
user_release(struct action_ctx *ctx, struct seat *s)
{
	struct assignment own = { .license_id = s->activation->license_id,
		.user_id = s->activation->user_id };
	struct assignment *a = s->assignment;
	enum err err;

	if (own.user_id == FIELD_NONE)
		return E_OK;
	if (!a || a->user_id != own.user_id) {
		a = &own;
		err = record_get(ctx->txn, T_ASSIGNMENT, a);
		if (err)
			return err == E_NOT_FOUND ? E_OK : err;
	}
	if (a->total_activations > 0)
		a->total_activations--;
	return record_put(ctx->txn, T_ASSIGNMENT, a);
}

enum err
seat_free(struct action_ctx *ctx, struct seat *s)
{
	struct license *license = s->license;
	struct activation *a = s->activation;
	bool active = a->state == AS_ACTIVE;
	enum err err = E_OK;

	if (a->state == AS_INACTIVE)
		return E_WRONG_STATE;
	license->seats_used--;
	if (active) {
		license->times_activated--;
		err = user_release(ctx, s);
	}
	if (!err)
		err = serial_end(ctx, a, s->end);
	row_end(ctx, a, !license->terms.allow_unlimited_activations);
	if (a->vacant_since != FIELD_NONE)
		license->vacant++;
	if (!err)
		err = record_put(ctx->txn, T_ACTIVATION, a);
	if (!err)
		err = record_put(ctx->txn, T_LICENSE, license);
	return err;
}

enum err
seat_delete(struct action_ctx *ctx, struct license *license, struct activation *a)
{
	struct variable variable;
	struct record_scan scan;
	enum err err;

	if (a->state != AS_INACTIVE)
		return E_WRONG_STATE;
	err = record_scan(ctx->txn, T_VARIABLE, -1,
	    record_key_ids(ctx->txn, a->license_id, a->device_id), SLICE_NULL, false,
	    &scan);
	while (!err) {
		err = record_next(&scan, &variable);
		if (!err)
			err = record_del(ctx->txn, T_VARIABLE, &variable);
	}
	if (err != E_NOT_FOUND)
		return err;
	err = record_del(ctx->txn, T_ACTIVATION, a);
	if (err || a->vacant_since == FIELD_NONE)
		return err;
	license->vacant--;
	return record_put(ctx->txn, T_LICENSE, license);
}
