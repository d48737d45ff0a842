#include "server/action/token.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "offline/armor.h"
#include "offline/claims.h"
#include "server/action/change.h"
#include "server/policy/offline.h"
#include "server/policy/validity.h"

enum err
token_number(
    struct action_ctx *ctx, const struct set *set, int64_t told, struct seat_token *t)
{
	int64_t highest = 0;

	*t = (struct seat_token){ .lease_until = FIELD_NONE };
	for (size_t i = 0; i < set->n; i++) {
		const struct part *part = &set->part[i];

		if (part->has_activation && part->activation.sequence > highest)
			highest = part->activation.sequence;
		t->lease_until =
		    offline_lease_until(t->lease_until, &part->license.terms, ctx->now);
	}
	t->sequence = offline_next_sequence(highest, told);
	return record_new_id(ctx->txn, T_ISSUED, &t->serial);
}

static bool
set_has(const struct set *set, int64_t license_id)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->part[i].license.o.id == license_id)
			return true;
	return false;
}

static enum err
supersede(struct action_ctx *ctx, const struct set *set, int64_t serial)
{
	struct issued before, after;
	enum err err = record_get_id(ctx->txn, T_ISSUED, serial, &before);

	if (err)
		return err == E_NOT_FOUND ? E_OK : err;
	if (before.state != IS_LIVE || !set_has(set, before.license_id))
		return E_OK;
	after = before;
	after.state = IS_SUPERSEDED;
	return change_record(ctx, T_ISSUED, &before, &after, NULL, FIELD_NONE);
}

enum err
token_supersede(struct action_ctx *ctx, const struct set *set)
{
	int64_t last = 0;
	enum err err = E_OK;

	for (size_t i = 0; i < set->n && !err; i++) {
		const struct activation *a = &set->part[i].activation;

		if (!set->part[i].has_activation || a->state != AS_ACTIVE ||
		    !a->offline || a->serial == 0 || a->serial == last)
			continue;
		last = a->serial;
		err = supersede(ctx, set, a->serial);
	}
	return err;
}

static int64_t
seconds(int64_t instant)
{
	return instant == FIELD_NONE ? FIELD_NONE : instant / CLOCK_SECOND;
}

static bool
ends(const struct license *license)
{
	return validity_end(license) != FIELD_NONE;
}

static bool
has_grace(const struct terms *t)
{
	return t->license_type == LT_SUBSCRIPTION && t->allow_grace_period;
}

static enum err
put_features(struct arena *a, const struct license_view *v, int64_t now,
    struct claims_license *out)
{
	out->features = arena_array(a, v->n_features + 1, sizeof(*out->features));
	if (!out->features)
		return E_NO_MEMORY;
	for (size_t i = 0; i < v->n_features; i++) {
		const struct license_feature *f = &v->features[i];
		bool counted = f->feature_type == FT_CONSUMPTION &&
		               !f->terms.allow_unlimited_consumptions;

		if (feature_expired(f, now))
			continue;
		out->features[out->n_features++] =
		    (struct claims_feature){ .code = f->code,
			    .type = f->feature_type + 1,
			    .until = seconds(f->expiry_date),
			    .max_consumption =
				counted ? f->terms.max_consumption : FIELD_NONE };
	}
	return E_OK;
}

/* Names may repeat; the first one counts. */
static bool
is_told(const struct claims_pairs *pairs, struct slice name)
{
	for (size_t i = 0; i < pairs->n; i++)
		if (slice_equal(pairs->item[i].name, name))
			return true;
	return false;
}

static enum err
put_custom(struct arena *a, const struct license_view *v, struct claims_pairs *out)
{
	out->item = arena_array(a, v->n_custom + 1, sizeof(*out->item));
	if (!out->item)
		return E_NO_MEMORY;
	for (size_t i = 0; i < v->n_custom; i++) {
		const struct custom_view *c = &v->custom[i];

		if (!c->archived && c->value.p && !is_told(out, c->name))
			out->item[out->n++] = (struct claims_pair){ c->name, c->value };
	}
	return E_OK;
}

static enum err
put_license(struct arena *a, const struct license_view *v, int64_t now,
    struct claims_license *out)
{
	const struct license *l = &v->license;
	const struct terms *t = &l->terms;
	bool counted = t->license_type == LT_CONSUMPTION;
	enum err err;

	*out = (struct claims_license){ .id = l->o.id,
		.product = v->product.short_code,
		.type = t->license_type + 1,
		.until = ends(l) ? seconds(l->validity_period) : FIELD_NONE,
		.grace_hours = has_grace(t) ? t->grace_period : FIELD_NONE,
		.maintenance_until = t->enable_maintenance_period
		                         ? seconds(l->maintenance_period)
		                         : FIELD_NONE,
		.max_consumptions = counted && !t->allow_unlimited_consumptions
		                        ? t->max_consumptions
		                        : FIELD_NONE,
		.total_consumptions = counted ? l->total_consumptions : FIELD_NONE,
		.trial = t->is_trial,
		.activation_id = v->activation.o.id };
	err = put_features(a, v, now, out);
	return err ? err : put_custom(a, v, &out->custom_fields);
}

static enum err
claims_of(struct arena *a, const struct token_ask *ask, struct claims_activation *claims)
{
	const struct activation *row = &ask->view[0].activation;
	enum err err = E_OK;

	*claims = (struct claims_activation){ .vendor = ask->vendor,
		.product = ask->view[0].product.short_code,
		.lease_until = seconds(row->lease_until),
		.not_before = ask->now / CLOCK_SECOND,
		.issued_at = ask->now / CLOCK_SECOND,
		.serial = (uint64_t)row->serial,
		.has_device_key = ask->device_key.n == KEY_PUBLIC,
		.has_request = ask->request != NULL,
		.n_licenses = ask->n,
		.sequence = row->sequence };
	if (claims->has_device_key)
		memcpy(claims->device_key, ask->device_key.p, KEY_PUBLIC);
	if (claims->has_request)
		memcpy(claims->request, ask->request, CLAIMS_ID);
	claims_device_digest(ask->hardware_id, claims->device);
	claims->licenses = arena_array(a, ask->n, sizeof(*claims->licenses));
	if (!claims->licenses)
		return E_NO_MEMORY;
	for (size_t i = 0; i < ask->n && !err; i++)
		err = put_license(a, &ask->view[i], ask->now, &claims->licenses[i]);
	return err;
}

struct cose_signer
token_signer(const struct keyring *ring)
{
	struct slice certificate = keyring_certificate(ring);

	return (struct cose_signer){ .secret = keyring_signer(ring),
		.kid = keyring_issuing(ring)->kid,
		.certificate = certificate.n ? certificate : SLICE_NULL };
}

enum err
token_make(struct arena *a, const struct keyring *ring, const struct token_ask *ask,
    struct slice *object)
{
	struct buf payload = BUF_INIT(a), out = BUF_INIT(a);
	struct cose_signer signer = token_signer(ring);
	struct claims_activation claims;
	enum err err = claims_of(a, ask, &claims);

	if (err)
		return err;
	claims_put_activation(&payload, &claims);
	if (payload.n > OBJECT_BYTES_MAX)
		return E_OBJECT_TOO_LARGE;
	cose_sign(&out, OBJECT_ACTIVATION, &signer, buf_slice(&payload));
	*object = buf_slice(&out);
	if (!buf_ok(&payload) || !buf_ok(&out))
		return E_NO_MEMORY;
	return out.n > OBJECT_BYTES_MAX ? E_OBJECT_TOO_LARGE : E_OK;
}

enum err
token_put(struct arena *a, const struct keyring *ring, const struct token_ask *ask,
    struct license_view *first, struct slice *object)
{
	struct buf text = BUF_INIT(a);
	enum err err = token_make(a, ring, ask, object);

	if (err) {
		*object = SLICE_NULL;
		if (err != E_NO_MEMORY)
			log_warn("no_activation_token", "error=%s", err_code(err));
		return err == E_NO_MEMORY ? err : E_OK;
	}
	armor_put(&text, OBJECT_ACTIVATION, *object);
	first->token = buf_slice(&text);
	return buf_finish(&text);
}
