#include "server/model/schema_keys.h"

#include "base/wire.h"
#include "server/model/account.h"
#include "server/model/audit.h"
#include "server/model/customer.h"
#include "server/model/device.h"
#include "server/model/key.h"
#include "server/model/product.h"
#include "server/model/license.h"

static bool
put_text(struct buf *key, struct slice text)
{
	wire_key_text(key, text);
	return true;
}

static bool
put_folded(struct buf *key, struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '\0')
			key->failed = true;
		buf_char(key, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
	}
	buf_char(key, '\0');
	return true;
}

static bool
put_id(struct buf *key, int64_t id)
{
	wire_key_i64(key, id);
	return true;
}

static bool
put_ids(struct buf *key, int64_t a, int64_t b)
{
	wire_key_i64(key, a);
	wire_key_i64(key, b);
	return true;
}

bool
primary_behind_id(struct buf *primary, struct slice key)
{
	struct wire_reader r = wire_reader(key);

	wire_get_key_i64(&r);
	buf_slice_add(primary, r.rest);
	return !r.failed;
}

bool
primary_behind_text(struct buf *primary, struct slice key)
{
	struct wire_reader r = wire_reader(key);

	wire_get_key_text(&r);
	buf_slice_add(primary, r.rest);
	return !r.failed;
}

bool
primary_behind_texts(struct buf *primary, struct slice key)
{
	struct wire_reader r = wire_reader(key);

	wire_get_key_text(&r);
	wire_get_key_text(&r);
	buf_slice_add(primary, r.rest);
	return !r.failed;
}

bool
primary_turned(struct buf *primary, struct slice key)
{
	struct wire_reader r = wire_reader(key);
	int64_t id = wire_get_key_i64(&r), first = wire_get_key_i64(&r);

	put_ids(primary, first, id);
	return wire_reader_done(&r);
}

bool
key_object_id(struct buf *key, const void *rec)
{
	return put_id(key, ((const struct object *)rec)->id);
}

bool
key_object_created(struct buf *key, const void *rec)
{
	const struct object *o = rec;

	return put_ids(key, o->created_at, o->id);
}

bool
key_vendor(struct buf *key, const void *rec)
{
	(void)rec;
	return put_id(key, VENDOR_ID);
}

bool
key_meta(struct buf *key, const void *rec)
{
	return put_text(key, ((const struct meta *)rec)->key);
}

bool
key_license_feature(struct buf *key, const void *rec)
{
	const struct license_feature *f = rec;

	wire_key_i64(key, f->license_id);
	return put_text(key, f->code);
}

bool
key_assignment(struct buf *key, const void *rec)
{
	const struct assignment *a = rec;

	return put_ids(key, a->license_id, a->user_id);
}

bool
key_activation(struct buf *key, const void *rec)
{
	const struct activation *a = rec;

	return put_ids(key, a->license_id, a->device_id);
}

bool
key_variable(struct buf *key, const void *rec)
{
	const struct variable *v = rec;

	put_ids(key, v->license_id, v->device_id);
	return put_text(key, v->variable);
}

bool
key_audit(struct buf *key, const void *rec)
{
	return put_id(key, ((const struct audit *)rec)->seq);
}

bool
key_checkpoint(struct buf *key, const void *rec)
{
	return put_id(key, ((const struct checkpoint *)rec)->seq);
}

bool
key_audit_detail(struct buf *key, const void *rec)
{
	return put_id(key, ((const struct audit_detail *)rec)->seq);
}

bool
key_idempotency(struct buf *key, const void *rec)
{
	const struct idempotency *i = rec;

	wire_key_text(key, i->account);
	return put_text(key, i->key);
}

bool
key_stat(struct buf *key, const void *rec)
{
	const struct stat *s = rec;

	wire_key_text(key, s->metric);
	wire_key_i64(key, s->hour);
	return put_text(key, s->label);
}

bool
key_job(struct buf *key, const void *rec)
{
	return put_text(key, ((const struct job_state *)rec)->name);
}

bool
key_product_code(struct buf *key, const void *rec)
{
	return put_text(key, ((const struct product *)rec)->short_code);
}

bool
key_policy_code(struct buf *key, const void *rec)
{
	return put_text(key, ((const struct policy *)rec)->code);
}

bool
key_policy_product(struct buf *key, const void *rec)
{
	const struct policy *p = rec;

	return put_ids(key, p->product_id, p->o.id);
}

bool
key_product_feature_code(struct buf *key, const void *rec)
{
	const struct product_feature *f = rec;

	wire_key_i64(key, f->product_id);
	return put_text(key, f->code);
}

bool
key_custom_field_product(struct buf *key, const void *rec)
{
	const struct custom_field *f = rec;

	return put_ids(key, f->product_id, f->o.id);
}

bool
key_installation_file_product(struct buf *key, const void *rec)
{
	const struct installation_file *f = rec;

	wire_key_i64(key, f->product_id);
	wire_key_text(key, f->version);
	wire_u8(key, (uint8_t)f->environment);
	return put_text(key, f->channel);
}

bool
key_customer_account_code(struct buf *key, const void *rec)
{
	return put_text(key, ((const struct customer_account *)rec)->code);
}

bool
key_customer_email(struct buf *key, const void *rec)
{
	const struct customer *c = rec;

	return c->email.n && put_folded(key, c->email);
}

bool
key_customer_reference(struct buf *key, const void *rec)
{
	const struct customer *c = rec;

	if (c->reference.n == 0)
		return false;
	wire_key_text(key, c->reference);
	return put_id(key, c->o.id);
}

bool
key_customer_account(struct buf *key, const void *rec)
{
	const struct customer *c = rec;

	return c->customer_account_id != FIELD_NONE &&
	       put_ids(key, c->customer_account_id, c->o.id);
}

bool
key_order_store_id(struct buf *key, const void *rec)
{
	return put_text(key, ((const struct order *)rec)->store_id);
}

bool
key_order_customer(struct buf *key, const void *rec)
{
	const struct order *o = rec;

	return o->customer_id != FIELD_NONE && put_ids(key, o->customer_id, o->o.id);
}

bool
key_license_user_email(struct buf *key, const void *rec)
{
	return put_folded(key, ((const struct license_user *)rec)->email);
}

bool
key_license_key(struct buf *key, const void *rec)
{
	const struct license *l = rec;

	if (!l->license_key.p)
		return false;
	wire_key_i64(key, l->product_id);
	return put_folded(key, l->license_key);
}

bool
key_license_order(struct buf *key, const void *rec)
{
	const struct license *l = rec;

	return put_ids(key, l->order_id, l->o.id);
}

bool
key_license_product(struct buf *key, const void *rec)
{
	const struct license *l = rec;

	return put_ids(key, l->product_id, l->o.id);
}

bool
key_license_set(struct buf *key, const void *rec)
{
	const struct license *l = rec;

	return l->bundle_license_id != FIELD_NONE &&
	       put_ids(key, l->bundle_license_id, l->o.id);
}

bool
key_license_validity(struct buf *key, const void *rec)
{
	const struct license *l = rec;

	return l->validity_period != FIELD_NONE &&
	       put_ids(key, l->validity_period, l->o.id);
}

bool
key_assignment_user(struct buf *key, const void *rec)
{
	const struct assignment *a = rec;

	return put_ids(key, a->user_id, a->license_id);
}

bool
key_activation_device(struct buf *key, const void *rec)
{
	const struct activation *a = rec;

	return put_ids(key, a->device_id, a->license_id);
}

static bool
put_activation_at(struct buf *key, const struct activation *a, int64_t at)
{
	if (at == FIELD_NONE)
		return false;
	put_ids(key, a->license_id, at);
	return put_id(key, a->o.id);
}

bool
key_activation_vacant(struct buf *key, const void *rec)
{
	const struct activation *a = rec;

	return put_activation_at(key, a, a->vacant_since);
}

bool
key_activation_floating(struct buf *key, const void *rec)
{
	return put_activation_at(key, rec, activation_seat_until(rec));
}

bool
key_device_hardware_id(struct buf *key, const void *rec)
{
	const struct device *d = rec;

	return d->hardware_id.p && put_text(key, d->hardware_id);
}

bool
key_device_unbound(struct buf *key, const void *rec)
{
	const struct device *d = rec;

	return !d->hardware_id.p && d->uuid.n && put_text(key, d->uuid);
}

bool
key_blacklist_hardware_id(struct buf *key, const void *rec)
{
	const struct blacklist_entry *b = rec;

	wire_key_text(key, b->hardware_id);
	wire_u8(key, (uint8_t)b->scope);
	return put_id(key, b->scope_id);
}

bool
key_api_key(struct buf *key, const void *rec)
{
	return put_text(key, ((const struct api_key *)rec)->api_key);
}

bool
key_account_email(struct buf *key, const void *rec)
{
	return put_folded(key, ((const struct account *)rec)->email);
}

bool
key_token_hash(struct buf *key, const void *rec)
{
	buf_slice_add(key, ((const struct token *)rec)->hash);
	return true;
}

bool
key_token_account(struct buf *key, const void *rec)
{
	const struct token *t = rec;

	return put_ids(key, t->account_id, t->o.id);
}

bool
key_audit_license(struct buf *key, const void *rec)
{
	const struct audit *a = rec;

	return a->license_id != FIELD_NONE && put_ids(key, a->license_id, a->seq);
}

bool
key_audit_object(struct buf *key, const void *rec)
{
	const struct audit *a = rec;

	if (a->license_id != FIELD_NONE)
		return false;
	wire_key_text(key, a->object_type);
	wire_key_text(key, a->object_id);
	return put_id(key, a->seq);
}

bool
key_audit_time(struct buf *key, const void *rec)
{
	const struct audit *a = rec;

	return put_ids(key, a->time, a->seq);
}

bool
key_idempotency_expiry(struct buf *key, const void *rec)
{
	wire_key_i64(key, ((const struct idempotency *)rec)->expires_at);
	return key_idempotency(key, rec);
}

bool
key_signing_kid(struct buf *key, const void *rec)
{
	return put_text(key, ((const struct signing_key *)rec)->kid);
}

bool
key_activation_lease(struct buf *key, const void *rec)
{
	const struct activation *a = rec;

	return a->state == AS_ACTIVE && a->offline && a->lease_until != FIELD_NONE &&
	       put_ids(key, a->lease_until, a->o.id);
}
