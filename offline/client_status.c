#include <sodium.h>

#include "keys/key.h"
#include "offline/client.h"

static bool
copy_text(struct licet *l, const char **out, struct slice text)
{
	*out = text.p ? arena_str(l->call, text) : "";
	return *out != NULL;
}

static bool
copy_features(struct licet *l, struct licet_license *out, const struct claims_license *in)
{
	struct licet_feature *all = arena_array(l->call, in->n_features, sizeof(*all));
	bool ok = all != NULL;

	for (size_t i = 0; ok && i < in->n_features; i++) {
		const struct claims_feature *f = &in->features[i];

		all[i] = (struct licet_feature){ .type = (int)f->type,
			.until = f->until,
			.max_consumption = f->max_consumption };
		ok = copy_text(l, &all[i].code, f->code);
	}
	out->features = all;
	out->n_features = in->n_features;
	return ok;
}

static bool
copy_fields(struct licet *l, struct licet_license *out, const struct claims_license *in)
{
	const struct claims_pairs *fields = &in->custom_fields;
	struct licet_text *all = arena_array(l->call, fields->n, sizeof(*all));
	bool ok = all != NULL;

	for (size_t i = 0; ok && i < fields->n; i++)
		ok = copy_text(l, &all[i].name, fields->item[i].name) &&
		     copy_text(l, &all[i].value, fields->item[i].value);
	out->custom_fields = all;
	out->n_custom_fields = fields->n;
	return ok;
}

static bool
copy_license(struct licet *l, struct licet_license *out, const struct claims_license *in,
    int64_t now)
{
	*out = (struct licet_license){ .id = (uint64_t)in->id,
		.type = (int)in->type,
		.until = in->until,
		.maintenance_until = in->maintenance_until,
		.grace_hours = in->grace_hours,
		.max_consumptions = in->max_consumptions,
		.total_consumptions = in->total_consumptions,
		.trial = in->trial,
		.expired = client_license_expired(in, now) };
	return copy_text(l, &out->product, in->product) && copy_features(l, out, in) &&
	       copy_fields(l, out, in);
}

static bool
copy_activation(struct licet *l, const struct client_verdict *v, struct licet_status *out)
{
	const struct claims_activation *a = &v->activation;
	struct licet_license *all = arena_array(l->call, a->n_licenses, sizeof(*all));
	bool ok = all != NULL;

	out->kind = LICET_ACTIVATION;
	out->serial = a->serial;
	out->sequence = (uint64_t)a->sequence;
	out->lease_until = a->lease_until;
	for (size_t i = 0; ok && i < a->n_licenses; i++)
		ok = copy_license(l, &all[i], &a->licenses[i], v->trusted_now);
	out->licenses = all;
	out->n_licenses = a->n_licenses;
	return ok && copy_text(l, &out->product, a->product);
}

static bool
copy_object(struct licet *l, const struct client_verdict *v, struct licet_status *out)
{
	unsigned char root[KEY_KID];

	out->issued_at = v->issued_at;
	key_id(l->root, root);
	sodium_bin2hex(out->signer, sizeof(out->signer), v->cose.kid, KEY_KID);
	sodium_bin2hex(out->root, sizeof(out->root), root, KEY_KID);
	switch (v->cose.kind) {
	case OBJECT_ACTIVATION:
		return copy_activation(l, v, out);
	case OBJECT_RECEIPT:
		out->kind = LICET_RECEIPT;
		out->serial = v->receipt.serial;
		return true;
	default:
		out->kind = LICET_REVOCATIONS;
		out->sequence = (uint64_t)v->revocations.sequence;
		out->lease_until = v->revocations.next_update;
		return true;
	}
}

enum licet_err
client_status(
    struct licet *l, const struct client_verdict *v, struct licet_status *status)
{
	if (!status)
		return LICET_OK;
	*status = (struct licet_status){ .size = sizeof(*status),
		.product = "",
		.issued_at = LICET_NO_TIME,
		.lease_until = LICET_NO_TIME,
		.trusted_now = v->trusted_now };
	return !v->known || copy_object(l, v, status)
	           ? LICET_OK
	           : client_fault(l, NULL, E_NO_MEMORY);
}
