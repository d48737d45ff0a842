#include "server/api/v4.h"

#include "base/clock.h"
#include "server/api/v4_print.h"

static void
member_date(struct json_writer *w, const char *key, int64_t t)
{
	char text[11];

	if (t == FIELD_NONE) {
		jw_kint(w, key, FIELD_NONE);
		return;
	}
	clock_date(t, text);
	jw_ktext(w, key, slice_str(text));
}

static void
print_latest(struct json_writer *w, const struct installation_file *f)
{
	jw_object(w);
	jw_kint(w, "id", f->o.id);
	jw_kinstant(w, "created_at", f->o.created_at);
	jw_kinstant(w, "updated_at", f->o.updated_at);
	v4_member_text(w, "version", f->version);
	v4_member_text(w, "full_link", f->full_link);
	v4_member_text(w, "filename", f->filename);
	member_date(w, "release_date", f->release_date);
	jw_kbool(w, "enabled", f->enabled);
	v4_member_text(w, "hash_md5", f->hash_md5);
	jw_kint(w, "product_id", f->product_id);
	v4_member_name(w, "environment", &environment_names, f->environment);
	v4_member_text(w, "eula_link", f->eula_link);
	v4_member_text(w, "release_notes_link", f->release_notes_link);
	jw_kint(w, "size", f->size);
	jw_ktext(w, "requires_version", f->requires_version);
	jw_ktext(w, "channel", f->channel);
	jw_end(w);
}

static void
print_custom_fields(struct json_writer *w, const struct product_res *res)
{
	jw_key(w, "custom_fields");
	jw_array(w);
	for (size_t i = 0; i < res->n_custom; i++) {
		jw_object(w);
		jw_kint(w, "id", res->custom[i].o.id);
		v4_member_text(w, "name", res->custom[i].name);
		jw_ktext(w, "default_value", res->custom[i].default_value);
		jw_end(w);
	}
	jw_end(w);
}

static void
print_product(struct json_writer *w, const struct product_res *res, int64_t company_id)
{
	const struct product *p = &res->product;
	const struct terms *t = &res->default_policy.terms;

	jw_kint(w, "product_id", p->o.id);
	v4_member_text(w, "product_name", p->product_name);
	v4_member_text(w, "short_code", p->short_code);
	jw_kbool(w, "allow_trial", p->allow_trial);
	jw_kint(w, "trial_days", p->trial_days);
	v4_member_name(
	    w, "authorization_method", &auth_method_names, p->authorization_method);
	jw_kint(w, "floating_timeout", t->floating_timeout);
	jw_kbool(w, "allow_overages", t->allow_overages);
	jw_kint(w, "max_overages", t->max_overages);
	jw_kbool(w, "prevent_vm", t->prevent_vm);
	v4_member_metadata(w, p->metadata);
	v4_member_company(w, company_id);
}

static void
encode_product(struct v4_call *v, struct buf *body)
{
	const struct product_res *res = v->res;
	struct json_writer w;

	jw_init(&w, body);
	jw_object(&w);
	print_product(&w, res, v->key.company_id);
	if (v->req.include_latest_version) {
		jw_key(&w, "latest_version");
		if (res->has_file)
			print_latest(&w, &res->file);
		else
			jw_null(&w);
	}
	if (v->req.include_custom_fields)
		print_custom_fields(&w, res);
	jw_end(&w);
}

const struct v4_spec v4_product_details = {
	.name = "product_details",
	.take = V4_PRODUCT,
	.res_size = sizeof(struct product_res),
	.action = action_product_details,
	.encode = encode_product,
};
