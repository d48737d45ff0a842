#include "server/api/v4_print.h"

#include "server/policy/validity.h"

static bool
is_type(const struct license *l, enum license_type type)
{
	return l->terms.license_type == (int)type;
}

static void
print_meter(struct json_writer *w, const struct license *l)
{
	const struct terms *t = &l->terms;

	if (!is_type(l, LT_CONSUMPTION))
		return;
	jw_kint(w, "max_consumptions", t->max_consumptions);
	jw_kbool(w, "allow_unlimited_consumptions", t->allow_unlimited_consumptions);
	jw_kint(w, "total_consumptions", l->total_consumptions);
	jw_kbool(w, "reset_consumption", t->reset_consumption);
	v4_member_name(w, "consumption_period", &period_names, t->consumption_period);
	jw_kbool(w, "allow_negative_consumptions", t->allow_negative_consumptions);
}

/* Members 3-7 of 8.1 and 2-6 of 8.2. */
static void
print_allowances(struct json_writer *w, const struct terms *t)
{
	jw_kbool(w, "allow_grace_period", t->allow_grace_period);
	jw_kbool(w, "allow_overages", t->allow_overages);
	jw_kbool(w, "allow_unlimited_activations", t->allow_unlimited_activations);
	jw_kbool(w, "allow_offline_activation", t->allow_offline_activation);
	jw_kbool(w, "can_borrow", t->can_borrow);
}

static void
print_kinds(struct json_writer *w, const struct terms *t)
{
	jw_kbool(w, "is_floating_cloud", t->is_floating_cloud);
	jw_kbool(w, "is_floating", t->is_floating);
	jw_kbool(w, "is_hardware_key_auth", false);
	jw_kbool(w, "is_trial", t->is_trial);
}

static bool
is_user_based(const struct license_view *v)
{
	return v->product.authorization_method == AM_USER;
}

/* Members 1-21. */
static void
print_activation_head(struct json_writer *w, const struct license_view *v, int64_t now)
{
	const struct license *l = &v->license;
	const struct terms *t = &l->terms;

	jw_kint(w, "id", l->o.id);
	jw_kbool(w, "active", true);
	print_allowances(w, t);
	jw_key(w, "custom_fields");
	v4_print_custom(w, v);
	jw_key(w, "customer");
	v4_print_customer(w, v);
	v4_member_company(w, v->company_id);
	jw_kint(w, "device_id", v->activation.o.id);
	jw_kbool(w, "enable_maintenance_period", t->enable_maintenance_period);
	jw_kint(w, "floating_timeout", t->floating_timeout);
	if (t->is_floating_cloud)
		jw_kint(w, "floating_users", t->floating_users);
	jw_kint(w, "grace_period", t->grace_period);
	jw_kbool(w, "is_air_gapped", false);
	jw_kbool(w, "is_expired", validity_expired(l, now));
	print_kinds(w, t);
}

/* Members 22-38. */
static void
print_activation_terms(struct json_writer *w, const struct license_view *v, int64_t now)
{
	const struct license *l = &v->license;
	const struct terms *t = &l->terms;

	if (!is_user_based(v))
		v4_member_text(w, "license_key", l->license_key);
	v4_member_name(w, "license_type", &license_type_names, t->license_type);
	jw_kint(w, "license_template_id", l->license_template_id);
	jw_kinstant(w, "maintenance_period", l->maintenance_period);
	jw_kint(w, "max_activations", t->max_activations);
	jw_kint(w, "max_borrow_time", t->max_borrow_time);
	jw_kint(w, "max_overages", t->max_overages);
	jw_kint(w, "max_transfers", t->max_transfers);
	v4_member_metadata(w, l->metadata);
	jw_kbool(w, "prevent_vm", t->prevent_vm);
	jw_key(w, "product_details");
	v4_print_product_long(w, v);
	jw_key(w, "product_features");
	v4_print_features(w, v, now, false);
	jw_kinstant(w, "start_date", l->start_date);
	jw_kint(w, "times_activated", l->times_activated);
	jw_kint(w, "transfer_count", l->transfer_count);
	if (t->is_trial)
		jw_kint(w, "trial_days", t->trial_days);
	jw_kinstant(w, "validity_period", l->validity_period);
}

static bool
holds_seat(const struct activation *a, int64_t now)
{
	int64_t until = activation_seat_until(a);

	return until != FIELD_NONE && until > now;
}

void
v4_print_activation(struct json_writer *w, const struct client_req *req, int64_t now,
    const struct license_view *v)
{
	const struct license *l = &v->license;

	jw_object(w);
	print_activation_head(w, v, now);
	print_activation_terms(w, v, now);
	print_meter(w, l);
	if (is_user_based(v)) {
		jw_kint(w, "max_license_users", l->terms.max_license_users);
		jw_key(w, "user");
		v4_print_user(w, v);
	}
	jw_ktext(w, "request", SLICE("activation"));
	if (is_user_based(v))
		v4_member_text(w, "username", req->username);
	v4_member_text(w, "hardware_id", req->hardware_id);
	if (l->terms.is_floating_cloud)
		jw_kbool(w, "floating_in_use", holds_seat(&v->activation, now));
	jw_key(w, "installation_file");
	v4_print_file(w, v);
	if (req->has_variables) {
		jw_key(w, "variables");
		v4_print_variables(w, v);
	}
	if (v->token.p)
		jw_ktext(w, "activation_token", v->token);
	if (v->date.p) {
		jw_ktext(w, "date", v->date);
		jw_ktext(w, "offline_signature", v->offline_signature);
	}
	jw_end(w);
}

/* Members 1-22. */
static void
print_check_head(struct json_writer *w, const struct license_view *v)
{
	const struct license *l = &v->license;
	const struct terms *t = &l->terms;

	jw_kint(w, "id", l->o.id);
	print_allowances(w, t);
	jw_kbool(w, "enable_maintenance_period", t->enable_maintenance_period);
	jw_kint(w, "floating_timeout", t->floating_timeout);
	if (t->is_floating_cloud) {
		jw_kint(w, "floating_users", t->floating_users);
		jw_kint(w, "floating_in_use_devices", v->floating_in_use);
	}
	jw_kint(w, "grace_period", t->grace_period);
	jw_kbool(w, "is_air_gapped", false);
	print_kinds(w, t);
	jw_kbool(w, "license_active", l->times_activated > 0);
	jw_kbool(w, "license_enabled", l->license_enabled);
	if (!is_user_based(v))
		v4_member_text(w, "license_key", l->license_key);
	jw_kint(w, "license_template_id", l->license_template_id);
	v4_member_name(w, "license_type", &license_type_names, t->license_type);
	jw_kinstant(w, "maintenance_period", l->maintenance_period);
}

/* Members 23-36. */
static void
print_check_terms(
    struct json_writer *w, const struct client_req *req, const struct license_view *v)
{
	const struct license *l = &v->license;
	const struct terms *t = &l->terms;

	jw_kint(w, "max_activations", t->max_activations);
	jw_kint(w, "max_borrow_time", t->max_borrow_time);
	jw_kint(w, "max_license_users", t->max_license_users);
	jw_kint(w, "max_overages", t->max_overages);
	jw_kint(w, "max_transfers", t->max_transfers);
	v4_member_text(w, "order_store_id", v->order_store_id);
	jw_kbool(w, "prevent_vm", t->prevent_vm);
	jw_kinstant(w, "start_date", l->start_date);
	jw_kint(w, "times_activated", l->times_activated);
	jw_kint(w, "transfer_count", l->transfer_count);
	if (t->is_trial)
		jw_kint(w, "trial_days", t->trial_days);
	jw_kinstant(w, "validity_period", l->validity_period);
	v4_member_metadata(w, l->metadata);
	if (req->include_metadata_string)
		jw_ktext(
		    w, "metadata_string", l->metadata.n > 0 ? l->metadata : SLICE("{}"));
}

/* Members 53-62: the newest file, flattened. */
static void
print_check_file(struct json_writer *w, const struct license_view *v)
{
	static const struct installation_file none = {
		.channel = { "", 0 },
		.size = FIELD_NONE,
		.release_date = FIELD_NONE,
	};
	const struct installation_file *f = v->has_file ? &v->file : &none;

	v4_member_text(w, "version", f->version);
	v4_member_text(w, "installation_file", f->full_link);
	jw_kinstant(w, "release_date", f->release_date);
	v4_member_text(w, "hash_md5", f->hash_md5);
	jw_ktext(w, "requires_version", f->requires_version);
	if (v->has_file)
		v4_member_name(w, "environment", &environment_names, f->environment);
	else
		v4_member_text(w, "environment", SLICE_NULL);
	v4_member_text(w, "eula_link", f->eula_link);
	v4_member_text(w, "release_notes_link", f->release_notes_link);
	jw_kint(w, "size", f->size);
	jw_ktext(w, "channel", f->channel);
}

/* Members 49-52. */
static void
print_check_device(struct json_writer *w, const struct license_view *v, int64_t now)
{
	int64_t until = v->activation.borrowed_until;
	bool borrowed = until != FIELD_NONE && until > now;

	jw_kbool(w, "is_expired", validity_expired(&v->license, now));
	jw_kint(w, "device_id", v->activation.o.id);
	jw_kbool(w, "is_borrowed", borrowed);
	jw_kinstant(w, "borrowed_until", borrowed ? until : FIELD_NONE);
}

void
v4_print_check(struct json_writer *w, const struct client_req *req, int64_t now,
    const struct license_view *v)
{
	jw_object(w);
	print_check_head(w, v);
	print_check_terms(w, req, v);
	jw_key(w, "custom_fields");
	v4_print_custom(w, v);
	jw_key(w, "product_features");
	v4_print_features(w, v, now, req->include_expired_features);
	jw_key(w, "customer");
	v4_print_customer(w, v);
	v4_member_company(w, v->company_id);
	jw_key(w, "product_details");
	v4_print_product_short(w, v);
	if (is_user_based(v)) {
		jw_key(w, "user");
		v4_print_user(w, v);
	}
	print_meter(w, &v->license);
	print_check_device(w, v, now);
	print_check_file(w, v);
	jw_end(w);
}
