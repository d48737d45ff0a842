#include "cli/command.h"

#include <string.h>

#include "base/field.h"
#include "cli/noun.h"
#include "cli/offline.h"
#include "cli/offline_hand.h"
#include "cli/offline_output.h"
#include "cli/rows.h"
#include "cli/value.h"
#include "offline/claims.h"
#include "offline/cose.h"

/* The row of an activation; NULL for those who may not see it: the change is made. */
static const struct json *
row_of(struct cli *cli, const struct json *result)
{
	struct call call = { .method = NULL };
	int64_t serial;

	if (!slice_to_int(value_text(result, "serial"), &serial))
		return NULL;
	if (call_get(cli, &call, call_path(cli, noun_offline.path, serial, NULL)) == E_OK)
		return call.answer;
	cli->problem = (struct problem){ .err = E_OK };
	return NULL;
}

static void
print_subject(struct cli *cli, const struct json *row)
{
	value_safe(&cli->out, value_text(row, "product"));
	buf_str(&cli->out, " on ");
	value_safe(&cli->out, value_text(row, "hardware_id"));
}

static void
print_licenses(struct cli *cli, const struct claims_activation *a)
{
	label_print(cli, "licenses");
	for (size_t i = 0; i < a->n_licenses; i++) {
		buf_printf(
		    &cli->out, "%s%lld ", i ? ", " : "", (long long)a->licenses[i].id);
		value_safe(&cli->out, a->licenses[i].product);
	}
	buf_char(&cli->out, '\n');
}

static enum err
print_activation(
    struct cli *cli, const struct json *result, const struct carrier_object *object)
{
	const struct json *row = row_of(cli, result);
	struct claims_activation a;
	struct cose cose;
	enum err e = cose_parse_as(OBJECT_ACTIVATION, object->bytes, &cose);

	if (!e)
		e = claims_get_activation(cli->arena, cose.payload, &a);
	if (e)
		return problem_set(cli, e, NULL);
	if (row) {
		label_print(cli, "request");
		buf_slice_add(&cli->out, slice_head(value_text(row, "request"), 16));
		buf_printf(&cli->out, "… %.*s ", SLICE_ARG(value_text(row, "action")));
		print_subject(cli, row);
		buf_char(&cli->out, '\n');
	}
	label_print(cli, "serial");
	buf_printf(&cli->out, "%llu%s\n", (unsigned long long)a.serial,
	    value_true(result, "repeated") ? ", the answer given before" : "");
	print_licenses(cli, &a);
	label_print(cli, "lease");
	offline_print_lease(cli, a.issued_at, a.lease_until);
	buf_char(&cli->out, '\n');
	return E_OK;
}

static void
print_receipt(struct cli *cli, const struct json *result)
{
	const struct json *row = row_of(cli, result);

	label_print(cli, "receipt");
	buf_str(&cli->out, "serial ");
	value_safe(&cli->out, value_text(result, "serial"));
	if (row) {
		buf_str(&cli->out, ", ");
		print_subject(cli, row);
	}
	if (value_true(result, "repeated"))
		buf_str(&cli->out, ", the receipt given before");
	buf_char(&cli->out, '\n');
}

/* A line each, and how many of them. */
static void
print_many(struct cli *cli, const struct offline_hand *h)
{
	for (size_t i = 0; i < h->n; i++) {
		const struct json *result = h->item[i].result, *row;

		if (!value_true(result, "ok"))
			continue;
		row = row_of(cli, result);
		label_print(cli, "serial");
		value_safe(&cli->out, value_text(result, "serial"));
		if (row) {
			buf_str(&cli->out, "  ");
			print_subject(cli, row);
		}
		buf_char(&cli->out, '\n');
	}
	label_print(cli, "answered");
	buf_printf(&cli->out, "%zu of %zu\n", h->n_ok, h->n);
}

static enum err
print_made(struct cli *cli, const struct offline_hand *h, const struct carrier_list *made)
{
	if (h->n != 1)
		print_many(cli, h);
	else if (made->item[0].kind == OBJECT_ACTIVATION)
		return print_activation(cli, h->item[0].result, &made->item[0]);
	else
		print_receipt(cli, h->item[0].result);
	return E_OK;
}

/* The file first: what is printed about it asks the server again. */
static enum err
finish(struct cli *cli, const struct offline_hand *h, const struct offline_output *out)
{
	bool to_stdout = strcmp(out->path, "-") == 0;
	struct carrier_list made;
	enum err e = offline_hand_made(cli, h, &made);

	if (e || made.n == 0)
		return e;
	if (!to_stdout || cli->mode == OUT_TEXT)
		e = offline_output_write(cli, out, &made);
	if (!e && !to_stdout && cli->mode == OUT_TEXT && !cli->quiet)
		e = print_made(cli, h, &made);
	return e;
}

static enum err
hand(struct cli *cli, struct offline_hand *h)
{
	struct offline_output out;
	enum err e = offline_output_read(cli, &out), printed;

	if (!e)
		e = offline_hand_read(cli, h);
	if (!e)
		e = offline_output_count(cli, &out, h->n);
	if (!e)
		e = offline_hand_in(cli, h);
	if (e)
		return e;
	if (!cli->dry_run) {
		e = finish(cli, h, &out);
		if (!e && offline_hand_print(cli, h, &printed))
			e = printed;
	}
	return e ? e : offline_hand_refused(cli, h);
}

enum err
command_offline_answer(struct cli *cli)
{
	struct offline_hand h = { .path = "offline/answer/", .member = "activation" };

	return hand(cli, &h);
}

enum err
command_offline_receipt(struct cli *cli)
{
	struct offline_hand h = { .path = "offline/deactivate/", .member = "receipt" };

	return hand(cli, &h);
}
