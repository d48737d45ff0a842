#include "cli/command.h"

#include "base/field.h"
#include "cli/offline.h"
#include "cli/rows.h"
#include "cli/value.h"

static struct json
license_json(struct cli *cli, const struct licet_license *in, bool *failed)
{
	static const char *const types[] = { "", "perpetual", "time-limited",
		"subscription", "consumption" };
	struct body body = BODY_INIT(cli->arena);
	struct json features = body_array(&body, in->n_features);

	body_set(&body, "id", body_int((int64_t)in->id));
	body_set(&body, "product", body_text(in->product));
	body_set(&body, "license_type",
	    body_text(types[in->type > 0 && in->type < 5 ? in->type : 0]));
	body_set(&body, "valid_until", offline_instant(cli, in->until));
	body_set(&body, "maintenance_until", offline_instant(cli, in->maintenance_until));
	body_set(&body, "max_consumptions", offline_int(in->max_consumptions));
	body_set(&body, "total_consumptions", offline_int(in->total_consumptions));
	body_set(&body, "is_trial", body_bool(in->trial != 0));
	body_set(&body, "is_expired", body_bool(in->expired != 0));
	for (size_t i = 0; !body.failed && i < in->n_features; i++)
		features.items[i] = body_text(in->features[i].code);
	body_set(&body, "features", features);
	*failed = *failed || body.failed;
	return body.json;
}

static void
set_activation(struct cli *cli, const struct licet_status *s, struct body *body)
{
	struct json all = body_array(body, s->n_licenses);

	body_set(body, "product", body_text(s->product));
	body_set(body, "hardware_id", body_text(cli_option(cli, "hardware-id")));
	body_set(body, "lease_until", offline_instant(cli, s->lease_until));
	for (size_t i = 0; !body->failed && i < s->n_licenses; i++)
		all.items[i] = license_json(cli, &s->licenses[i], &body->failed);
	body_set(body, "licenses", all);
}

static const char *
kind_of(const struct licet_status *s)
{
	return s->kind == LICET_ACTIVATION ? "activation"
	       : s->kind == LICET_RECEIPT  ? "receipt"
	                                   : "revocations";
}

static enum err
answer_json(struct cli *cli, const struct licet_status *s, struct body *body)
{
	char *serial = arena_printf(cli->arena, "%llu", (unsigned long long)s->serial);

	body_set(body, "kind", body_text(kind_of(s)));
	if (s->kind != LICET_REVOCATIONS)
		body_set(body, "serial", body_text(serial));
	if (s->kind != LICET_RECEIPT)
		body_set(body, "sequence", body_int((int64_t)s->sequence));
	if (s->kind == LICET_ACTIVATION)
		set_activation(cli, s, body);
	body_set(body, "issued_at", offline_instant(cli, s->issued_at));
	body_set(body, "signed_by", body_text(s->signer));
	body_set(body, "root", body_text(s->root));
	body_set(body, "installed", body_bool(cli_has(cli, "install")));
	return body->failed || !serial ? cli_no_memory(cli) : E_OK;
}

static void
print_subject(struct cli *cli, const struct licet_status *s)
{
	struct buf *out = &cli->out;

	switch (s->kind) {
	case LICET_ACTIVATION:
		value_safe(out, slice_str(s->product));
		buf_str(out, " on ");
		value_safe(out, slice_str(cli_option(cli, "hardware-id")));
		buf_printf(out, ", %zu license%s, serial %llu", s->n_licenses,
		    s->n_licenses == 1 ? "" : "s", (unsigned long long)s->serial);
		break;
	case LICET_RECEIPT:
		buf_printf(out, "receipt for serial %llu", (unsigned long long)s->serial);
		break;
	default:
		buf_printf(out, "revocation list %llu", (unsigned long long)s->sequence);
	}
}

static void
print_license(struct cli *cli, const struct licet_license *license)
{
	if (!license->expired)
		return;
	label_print(cli, "expired");
	buf_printf(&cli->out, "%llu ", (unsigned long long)license->id);
	value_safe(&cli->out, slice_str(license->product));
	buf_char(&cli->out, '\n');
}

static enum err
print_answer(struct cli *cli, const struct licet_status *s)
{
	struct body body = BODY_INIT(cli->arena);
	enum err e = answer_json(cli, s, &body);

	if (e || object_print(cli, SLICE_NULL, &body.json, &e))
		return e;
	label_print(cli, "ok");
	print_subject(cli, s);
	buf_printf(&cli->out, "%s\n", cli_has(cli, "install") ? ", installed" : "");
	label_print(cli, "signed");
	buf_printf(&cli->out, "%s, certified by root %s\n", s->signer, s->root);
	if (s->kind == LICET_ACTIVATION) {
		label_print(cli, "lease");
		offline_print_lease(cli, s->issued_at, s->lease_until);
		buf_char(&cli->out, '\n');
	}
	for (size_t i = 0; i < s->n_licenses; i++)
		print_license(cli, &s->licenses[i]);
	return E_OK;
}

/* Of a file with the answers for many machines: this one is for another. */
static bool
is_for_others(enum licet_err err)
{
	return err == LICET_E_DEVICE || err == LICET_E_DEVICE_KEY;
}

static enum err
verify(struct cli *cli, struct licet *l, const struct carrier_list *list)
{
	struct licet_status s = { .size = sizeof(s) };
	const struct carrier_object *object = NULL;
	enum licet_err err = LICET_OK;

	for (size_t i = 0; i < list->n; i++) {
		object = &list->item[i];
		if (object->err)
			return problem_set(cli, object->err, "object %zu", i + 1);
		err = licet_verify(l, object->bytes.p, object->bytes.n, &s);
		if (!is_for_others(err))
			break;
	}
	if (err == LICET_OK && object && cli_has(cli, "install"))
		err = licet_install(l, object->bytes.p, object->bytes.n, &s);
	return err == LICET_OK ? print_answer(cli, &s) : offline_problem(cli, l, err);
}

enum err
command_offline_verify(struct cli *cli)
{
	struct carrier_list list;
	struct licet *l = NULL;
	enum err e = offline_read(cli, cli_arg(cli, 0), &list);

	if (!e)
		e = offline_open(cli, NULL, &l);
	if (!e)
		e = verify(cli, l, &list);
	licet_close(l);
	return e;
}
