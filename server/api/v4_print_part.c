#include "server/api/v4_print.h"

#include "server/policy/validity.h"

void
v4_member_company(struct json_writer *w, int64_t company_id)
{
	jw_key(w, "company");
	jw_object(w);
	jw_kint(w, "id", company_id);
	jw_end(w);
}

void
v4_member_metadata(struct json_writer *w, struct slice metadata)
{
	jw_key(w, "metadata");
	jw_raw(w, metadata.n > 0 ? metadata : SLICE("{}"));
}

void
v4_member_name(
    struct json_writer *w, const char *key, const struct names *names, int value)
{
	jw_key(w, key);
	jw_str(w, names_get(names, value));
}

static void
print_feature_meter(struct json_writer *w, const struct license_feature *f)
{
	const struct feature_terms *t = &f->terms;

	jw_kint(w, "max_consumption", t->max_consumption);
	jw_kbool(w, "allow_unlimited_consumptions", t->allow_unlimited_consumptions);
	jw_kint(w, "total_consumptions", f->total_consumptions);
	jw_kbool(w, "allow_overages", t->allow_overages);
	jw_kint(w, "max_overages", t->max_overages);
	jw_kbool(w, "reset_consumption", t->reset_consumption);
	v4_member_name(w, "consumption_period", &period_names, t->consumption_period);
	jw_kbool(w, "allow_negative_consumptions", t->allow_negative_consumptions);
}

static void
print_feature(struct json_writer *w, const struct license_feature *f, int64_t now)
{
	const struct feature_terms *t = &f->terms;

	jw_object(w);
	jw_kint(w, "id", f->o.id);
	v4_member_text(w, "code", f->code);
	v4_member_text(w, "name", f->name);
	v4_member_name(w, "feature_type", &feature_type_names, f->feature_type);
	jw_kinstant(w, "expiry_date", f->expiry_date);
	v4_member_metadata(w, t->metadata);
	if (f->feature_type == FT_CONSUMPTION)
		print_feature_meter(w, f);
	jw_kbool(w, "is_floating", t->is_floating);
	jw_kbool(w, "is_floating_cloud", t->is_floating_cloud);
	if (t->is_floating_cloud) {
		jw_kint(w, "floating_users", t->floating_users);
		jw_kint(w, "floating_timeout", t->floating_timeout);
		jw_kint(w, "floating_in_use_devices", 0);
	}
	jw_kbool(w, "is_expired", feature_expired(f, now));
	jw_end(w);
}

void
v4_print_features(struct json_writer *w, const struct license_view *v, int64_t now,
    bool include_expired)
{
	jw_array(w);
	for (size_t i = 0; i < v->n_features; i++)
		if (include_expired || !feature_expired(&v->features[i], now))
			print_feature(w, &v->features[i], now);
	jw_end(w);
}

static void
print_account(struct json_writer *w, const struct license_view *v)
{
	jw_key(w, "customer_account");
	if (!v->has_account) {
		jw_null(w);
		return;
	}
	jw_object(w);
	jw_kint(w, "id", v->account.o.id);
	v4_member_text(w, "name", v->account.name);
	v4_member_text(w, "code", v->account.code);
	jw_end(w);
}

void
v4_print_customer(struct json_writer *w, const struct license_view *v)
{
	static const struct customer nobody;
	const struct customer *c = v->has_customer ? &v->customer : &nobody;

	jw_object(w);
	v4_member_text(w, "email", c->email);
	v4_member_text(w, "company_name", c->company_name);
	v4_member_text(w, "reference", c->reference);
	v4_member_text(w, "phone", c->phone);
	v4_member_text(w, "first_name", c->first_name);
	v4_member_text(w, "last_name", c->last_name);
	v4_member_text(w, "city", c->city);
	v4_member_text(w, "postcode", c->postcode);
	v4_member_text(w, "state", c->state);
	v4_member_text(w, "country", c->country);
	v4_member_text(w, "address", c->address);
	print_account(w, v);
	v4_member_metadata(w, c->metadata);
	jw_end(w);
}

void
v4_print_product_long(struct json_writer *w, const struct license_view *v)
{
	const struct product *p = &v->product;
	const struct terms *t = &v->default_policy.terms;

	jw_object(w);
	jw_kint(w, "product_id", p->o.id);
	v4_member_text(w, "product_name", p->product_name);
	v4_member_text(w, "short_code", p->short_code);
	jw_kbool(w, "allow_trial", p->allow_trial);
	jw_kint(w, "trial_days", p->trial_days);
	v4_member_name(
	    w, "authorization_method", &auth_method_names, p->authorization_method);
	jw_kbool(w, "allow_overages", t->allow_overages);
	jw_kint(w, "max_overages", t->max_overages);
	jw_kbool(w, "prevent_vm", t->prevent_vm);
	jw_kint(w, "validity_period", FIELD_NONE);
	jw_kint(w, "floating_timeout", t->floating_timeout);
	jw_kint(w, "company_id", v->company_id);
	v4_member_metadata(w, p->metadata);
	jw_end(w);
}

void
v4_print_product_short(struct json_writer *w, const struct license_view *v)
{
	const struct product *p = &v->product;

	jw_object(w);
	jw_kint(w, "product_id", p->o.id);
	v4_member_text(w, "product_name", p->product_name);
	v4_member_text(w, "short_code", p->short_code);
	v4_member_name(
	    w, "authorization_method", &auth_method_names, p->authorization_method);
	v4_member_metadata(w, p->metadata);
	jw_end(w);
}

void
v4_print_user(struct json_writer *w, const struct license_view *v)
{
	const struct license_user *u = &v->user;
	const struct assignment *a = &v->assignment;

	jw_object(w);
	jw_kint(w, "id", u->o.id);
	v4_member_text(w, "email", u->email);
	v4_member_text(w, "first_name", u->first_name);
	v4_member_text(w, "last_name", u->last_name);
	v4_member_text(w, "phone_number", u->phone_number);
	jw_kbool(w, "is_initial_password", u->is_initial_password);
	jw_kint(w, "max_activations", a->max_activations);
	jw_kbool(w, "allow_unlimited_activations", a->allow_unlimited_activations);
	jw_kint(w, "total_activations", a->total_activations);
	jw_end(w);
}

void
v4_print_file(struct json_writer *w, const struct license_view *v)
{
	const struct installation_file *f = &v->file;

	if (!v->has_file) {
		jw_null(w);
		return;
	}
	jw_object(w);
	jw_kint(w, "id", f->o.id);
	jw_ktext(w, "channel", f->channel);
	v4_member_name(w, "environment", &environment_names, f->environment);
	v4_member_text(w, "version", f->version);
	v4_member_text(w, "installation_file", f->full_link);
	v4_member_text(w, "hash_md5", f->hash_md5);
	v4_member_text(w, "eula_link", f->eula_link);
	jw_kinstant(w, "release_date", f->release_date);
	jw_ktext(w, "requires_version", f->requires_version);
	jw_kint(w, "size", f->size);
	v4_member_text(w, "release_notes_link", f->release_notes_link);
	jw_end(w);
}

void
v4_print_custom(struct json_writer *w, const struct license_view *v)
{
	jw_array(w);
	for (size_t i = 0; i < v->n_custom; i++) {
		const struct custom_view *c = &v->custom[i];

		jw_object(w);
		jw_ktext(w, "name", c->archived ? SLICE_NULL : c->name);
		v4_member_name(
		    w, "data_type", &custom_type_names, c->archived ? -1 : c->data_type);
		jw_ktext(w, "value", c->archived ? SLICE_NULL : c->value);
		jw_end(w);
	}
	jw_end(w);
}

void
v4_print_variables(struct json_writer *w, const struct license_view *v)
{
	jw_array(w);
	for (size_t i = 0; i < v->n_variables; i++) {
		const struct variable *var = &v->variables[i];

		jw_object(w);
		v4_member_text(w, "variable", var->variable);
		v4_member_text(w, "value", var->value);
		jw_kint(w, "device_id", var->activation_id);
		jw_kint(w, "created_at", var->created_at / 1000);
		jw_end(w);
	}
	jw_end(w);
}
