#include "cli/command.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "cli/call.h"
#include "cli/noun.h"
#include "cli/offline.h"
#include "cli/outfile.h"
#include "cli/pages.h"
#include "cli/rows.h"
#include "cli/value.h"
#include "offline/armor.h"
#include "offline/claims.h"
#include "offline/cose.h"
#include "offline/typed.h"

#define ID_SHOWN 8 /* bytes of a request id for people */

enum form { FORM_ARMOR, FORM_CBOR, FORM_TYPED, FORM_PNG, FORM_SVG };
static const char *const form_texts[] = { "armor", "cbor", "typed", "png", "svg" };
static const struct names form_names = { form_texts, ARRAY_LEN(form_texts) };

/* Objects that the server gave, and where they go. */
struct taken {
	struct cli *cli;
	enum form form;
	const char *path; /* "-": standard output */
	struct carrier_object *object;
	size_t n;
	enum err refused; /* the first */
};

static enum err
taken_begin(struct taken *t, struct cli *cli)
{
	const char *form = cli_option(cli, "form"), *path = cli_option(cli, "out");
	int found = form ? names_find(&form_names, slice_str(form)) : FORM_ARMOR;

	*t = (struct taken){ .cli = cli, .path = path ? path : "-" };
	if (found < 0)
		return problem_set(
		    cli, E_USAGE, "--form is armor, cbor, typed, png or svg");
	t->form = (enum form)found;
	if (t->form >= FORM_PNG)
		return path ? E_OK : problem_set(cli, E_USAGE, "pictures want --out");
	return path ? outfile_check(cli, path) : E_OK;
}

static bool
is_file(const struct taken *t)
{
	return !slice_is(slice_str(t->path), "-");
}

/* The one armored object of a text. */
static enum err
take_text(struct taken *t, struct slice text)
{
	struct carrier_object *to = &t->object[t->n];
	size_t line = 0;
	enum err e = armor_take(t->cli->arena, &text, &line, &to->kind, &to->bytes);

	if (e)
		return problem_set(t->cli, e, "the server's answer");
	t->n++;
	return E_OK;
}

static enum err
room(struct taken *t, size_t n)
{
	t->object = arena_array(t->cli->arena, n + 1, sizeof(*t->object));
	return t->object ? E_OK : cli_no_memory(t->cli);
}

static enum err
taken_write(struct taken *t)
{
	struct buf out = BUF_INIT(t->cli->arena);

	if (t->form >= FORM_PNG)
		return offline_write_codes(t->cli, t->object, t->n, t->path);
	for (size_t i = 0; i < t->n; i++) {
		if (t->form == FORM_ARMOR)
			armor_put(&out, t->object[i].kind, t->object[i].bytes);
		else if (t->form == FORM_TYPED)
			typed_put(&out, t->object[i].bytes);
		else
			buf_slice_add(&out, t->object[i].bytes);
	}
	if (!buf_ok(&out))
		return cli_no_memory(t->cli);
	return t->n ? outfile_write(t->cli, t->path, buf_slice(&out)) : E_OK;
}

/* --- for people ------------------------------------------------------------------------
 */

/* Who asked stands on the server's row; who may not read it does without. */
static void
print_request(struct cli *cli, const struct claims_activation *a)
{
	struct call call = { .method = NULL };
	enum err e = call_get(
	    cli, &call, call_path(cli, noun_offline.path, (int64_t)a->serial, NULL));

	label_print(cli, "request");
	buf_hex(&cli->out, a->request, ID_SHOWN);
	if (e) {
		cli->problem = (struct problem){ .err = E_OK };
		buf_str(&cli->out, "…\n");
		return;
	}
	buf_str(&cli->out, "… ");
	value_safe(&cli->out, value_text(call.answer, "action"));
	buf_char(&cli->out, ' ');
	value_safe(&cli->out, a->product);
	buf_str(&cli->out, " on ");
	value_safe(&cli->out, value_text(call.answer, "hardware_id"));
	buf_char(&cli->out, '\n');
}

static enum err
print_activation(struct cli *cli, const struct carrier_object *object)
{
	struct claims_activation a = { .licenses = NULL };
	struct cose cose = { .payload = SLICE_NULL };
	enum err e = cose_parse_as(object->kind, object->bytes, &cose);

	if (!e)
		e = claims_get_activation(cli->arena, cose.payload, &a);
	if (e)
		return problem_set(cli, e, "the server's answer");
	print_request(cli, &a);
	label_print(cli, "serial");
	buf_printf(&cli->out, "%" PRIu64 "\n", a.serial);
	label_print(cli, "licenses");
	for (size_t i = 0; i < a.n_licenses; i++) {
		buf_printf(
		    &cli->out, "%s%lld ", i ? ", " : "", (long long)a.licenses[i].id);
		value_safe(&cli->out, a.licenses[i].product);
	}
	buf_char(&cli->out, '\n');
	label_print(cli, "lease");
	offline_print_lease(cli, a.issued_at, a.lease_until);
	buf_char(&cli->out, '\n');
	return E_OK;
}

static enum err
print_receipt(struct cli *cli, const struct carrier_object *object)
{
	struct claims_receipt r = { .serial = 0 };
	struct cose cose = { .payload = SLICE_NULL };
	enum err e = cose_parse_as(object->kind, object->bytes, &cose);

	if (!e)
		e = claims_get_receipt(cli->arena, cose.payload, &r);
	if (e)
		return problem_set(cli, e, "the server's answer");
	label_print(cli, "receipt");
	buf_printf(&cli->out, "serial %" PRIu64 ", its seat is free\n", r.serial);
	return E_OK;
}

static enum err
print_taken(struct taken *t)
{
	enum err e = E_OK;

	for (size_t i = 0; i < t->n && !e; i++)
		e = t->object[i].kind == OBJECT_RECEIPT
		        ? print_receipt(t->cli, &t->object[i])
		        : print_activation(t->cli, &t->object[i]);
	return e ? e : out_flush(t->cli);
}

void
offline_print_list(struct cli *cli)
{
	struct claims_revocations claims = { .sequence = 0 };
	struct call call = { .method = NULL };
	struct slice bytes;
	enum object_kind kind;
	struct cose cose;
	size_t line = 0;
	enum err e = call_get(cli, &call, "offline/revocations/");

	if (!e)
		e = armor_take(cli->arena, &call.raw, &line, &kind, &bytes);
	if (!e)
		e = cose_parse_as(OBJECT_REVOCATIONS, bytes, &cose);
	if (!e)
		e = claims_get_revocations(cli->arena, cose.payload, &claims);
	if (e)
		cli->problem = (struct problem){ .err = E_OK };
	else
		buf_printf(
		    &cli->out, ", revocation list %lld", (long long)claims.sequence);
}

/* --- handing in ------------------------------------------------------------------------
 */

/* All objects of all files, in order. */
static enum err
gather(struct cli *cli, struct buf *text)
{
	for (int n = 0; cli_arg(cli, n); n++) {
		struct carrier_list list;
		enum err e = offline_read(cli, cli_arg(cli, n), &list);

		for (size_t i = 0; i < list.n && !e; i++) {
			e = list.item[i].err;
			if (e)
				return problem_set(cli, e, "%s: line %zu",
				    cli_arg(cli, n), list.item[i].fault.line);
			armor_put(text, list.item[i].kind, list.item[i].bytes);
		}
		if (e)
			return e;
	}
	return buf_ok(text) ? E_OK : cli_no_memory(cli);
}

static void
tell_refusal(struct taken *t, const struct json *result)
{
	struct slice code = value_text(result, "code");
	struct slice message = value_text(result, "message");
	struct buf line = BUF_INIT(t->cli->arena);

	if (!t->refused)
		t->refused = err_from_code(code);
	buf_str(&line, "refused: ");
	value_safe(&line, code);
	buf_str(&line, ": ");
	value_safe(&line, message);
	fprintf(stderr, "%.*s\n", SLICE_ARG(buf_slice(&line)));
}

static enum err
take_results(struct taken *t, const struct json *results, const char *member)
{
	enum err e = room(t, results->n);

	for (size_t i = 0; i < results->n && !e; i++) {
		const struct json *result = &results->items[i];

		if (value_true(result, "ok"))
			e = take_text(t, value_text(result, member));
		else
			tell_refusal(t, result);
	}
	return e;
}

static enum err
hand_in(struct cli *cli, const char *path, const char *member)
{
	struct buf text = BUF_INIT(cli->arena);
	struct call call = { .method = "POST", .path = path };
	const struct json *results;
	struct taken t;
	bool done = false;
	enum err e = taken_begin(&t, cli);

	if (!e)
		e = gather(cli, &text);
	call.text = buf_slice(&text);
	if (!e)
		e = call_change(cli, &call, &done);
	if (e || done)
		return e;
	results = json_get(call.answer, "results");
	if (!results || results->type != JSON_ARRAY)
		return problem_set(cli, E_IO, "the answer has no results");
	e = take_results(&t, results, member);
	if (!e)
		e = taken_write(&t);
	if (e)
		return e;
	if (t.refused)
		cli->exit = err_info(t.refused)->exit;
	if (object_print(cli, call.raw, call.answer, &e))
		return e;
	return is_file(&t) && !cli->quiet ? print_taken(&t) : E_OK;
}

enum err
command_offline_answer(struct cli *cli)
{
	return hand_in(cli, "offline/answer/", "activation");
}

enum err
command_offline_receipt(struct cli *cli)
{
	return hand_in(cli, "offline/deactivate/", "receipt");
}

/* --- what is there ---------------------------------------------------------------------
 */

enum err
command_offline_list(struct cli *cli)
{
	static const char *const filters[] = { "license", "state" };
	struct buf query = BUF_INIT(cli->arena);

	for (size_t i = 0; i < ARRAY_LEN(filters); i++)
		if (cli_option(cli, filters[i]))
			query_add(
			    &query, filters[i], slice_str(cli_option(cli, filters[i])));
	return pages_print(
	    cli, noun_offline.path, buf_slice(&query), noun_offline.columns);
}

static enum err
get_file(struct cli *cli, const char *path)
{
	struct call call = { .method = NULL };
	struct taken t;
	enum err e = taken_begin(&t, cli);

	if (!e)
		e = call_get(cli, &call, path);
	if (!e)
		e = room(&t, 1);
	if (!e)
		e = take_text(&t, call.raw);
	return e ? e : taken_write(&t);
}

enum err
command_offline_file(struct cli *cli)
{
	int64_t serial = FIELD_NONE;
	enum err e = noun_find(cli, &noun_offline, cli_arg(cli, 0), &serial);

	return e ? e : get_file(cli, call_path(cli, noun_offline.path, serial, "file/"));
}

enum err
command_offline_revocations(struct cli *cli)
{
	return get_file(cli, "offline/revocations/");
}

enum err
command_offline_revoke(struct cli *cli)
{
	struct call call = { .method = "POST" };
	int64_t serial = FIELD_NONE;
	bool done = false;
	enum err e = noun_find(cli, &noun_offline, cli_arg(cli, 0), &serial);

	if (e)
		return e;
	call.path = call_path(cli, noun_offline.path, serial, "revoke/");
	e = call.path ? call_change(cli, &call, &done) : E_NO_MEMORY;
	if (e || done || object_print(cli, call.raw, call.answer, &e) || cli->quiet)
		return e;
	label_print(cli, "revoked");
	value_safe(&cli->out, value_text(call.answer, "hardware_id"));
	buf_printf(&cli->out, ", serial %lld", (long long)serial);
	offline_print_list(cli);
	buf_char(&cli->out, '\n');
	return out_flush(cli);
}
