#include "cli/command.h"

#include <string.h>

#include "base/field.h"
#include "cli/keys_file.h"
#include "cli/noun.h"
#include "cli/offline.h"
#include "cli/outfile.h"
#include "cli/rows.h"
#include "cli/value.h"
#include "keys/publish.h"
#include "offline/armor.h"
#include "offline/claims.h"
#include "offline/cose.h"

static char *
path_of(struct cli *cli, struct slice kid, const char *action)
{
	char *path = arena_printf(cli->arena, "keys/%.*s/%s", SLICE_ARG(kid), action);

	if (!path)
		cli_no_memory(cli);
	return path;
}

/* The active key of a use. */
static enum err
find_active(struct cli *cli, const char *use, struct slice *kid)
{
	struct buf query = BUF_INIT(cli->arena);
	struct call call = { .method = NULL };
	enum err e;

	query_add(&query, "use", slice_str(use));
	query_add(&query, "state", SLICE("active"));
	call.query = buf_slice(&query);
	e = buf_ok(&query) ? call_get(cli, &call, "keys/") : cli_no_memory(cli);
	if (e)
		return e;
	*kid = value_text(call.answer, "results.0.kid");
	return kid->n ? E_OK
	              : problem_set(cli, E_NOT_FOUND, "the server knows no %s key", use);
}

static enum err
find_key(struct cli *cli, const char *name, struct call *out)
{
	unsigned char bytes[KEY_KID];
	struct slice kid = slice_str(name);
	enum err e = E_OK;

	*out = (struct call){ .method = NULL };
	if (names_find(&key_uses, kid) >= 0)
		e = find_active(cli, name, &kid);
	else if (!key_kid_parse(kid, bytes))
		return problem_set(
		    cli, E_NOT_FOUND, "no key %s; a KID has 16 digits of 0-9 a-f", name);
	if (!e)
		e = call_get(cli, out, path_of(cli, kid, ""));
	return e == E_NOT_FOUND ? problem_set(cli, e, "no key %s", name) : e;
}

static void
print_key(struct cli *cli, const char *word, const struct json *key)
{
	label_print(cli, word);
	buf_printf(&cli->out, "%.*s %.*s, %.*s\n", SLICE_ARG(value_text(key, "use")),
	    SLICE_ARG(value_text(key, "kid")), SLICE_ARG(value_text(key, "state")));
}

enum err
command_keys_show(struct cli *cli)
{
	struct call call;
	enum err e = find_key(cli, cli_arg(cli, 0), &call);

	if (e || object_print(cli, call.raw, call.answer, &e))
		return e;
	object_print_members(cli, call.answer);
	return out_flush(cli);
}

/* --- changes ------------------------------------------------------------------------ */

/* What is to be done about a key that waits for its certificate. */
static void
print_next(struct cli *cli, const struct json *key, const char *out)
{
	struct slice use = value_text(key, "use"), kid = value_text(key, "kid");

	label_print(cli, "next");
	buf_printf(&cli->out,
	    "licet keys certify %s --root root.key --use %.*s --out %.*s.lkey\n",
	    out ? out : "PUB", SLICE_ARG(use), SLICE_ARG(kid));
	label_print(cli, "then");
	buf_printf(&cli->out, "licet keys import %.*s.lkey\n", SLICE_ARG(kid));
}

enum err
command_keys_rotate(struct cli *cli)
{
	struct body body = BODY_INIT(cli->arena);
	struct call call = { .method = "POST", .path = "keys/rotate/", .body = &body };
	const char *out = cli_option(cli, "out");
	bool done = false, waits;
	enum err e = out ? outfile_check(cli, out) : E_OK;

	body_set(&body, "use", body_text(cli_arg(cli, 0)));
	if (!e)
		e = call_change(cli, &call, &done);
	if (e || done)
		return e;
	waits = slice_is(value_text(call.answer, "state"), "pending");
	if (out && waits)
		e = outfile_write(cli, out, value_text(call.answer, "pem"));
	if (e || object_print(cli, call.raw, call.answer, &e) || cli->quiet)
		return e;
	print_key(cli, "rotated", call.answer);
	if (waits)
		print_next(cli, call.answer, out);
	if (waits && !out)
		buf_slice_add(&cli->out, value_text(call.answer, "pem"));
	return out_flush(cli);
}

enum err
command_keys_act(struct cli *cli)
{
	struct call before, call = { .method = "POST" };
	bool done = false;
	enum err e = find_key(cli, cli_arg(cli, 0), &before);

	if (e)
		return e;
	call.path = path_of(cli, value_text(before.answer, "kid"), cli->verb->action);
	call.if_match = before.etag;
	e = call.path ? call_change(cli, &call, &done) : E_NO_MEMORY;
	if (e || done || object_print(cli, call.raw, call.answer, &e) || cli->quiet)
		return e;
	print_key(cli, cli->verb->done, call.answer);
	return out_flush(cli);
}

/* The one certificate of a file, in whatever carrier, and the key that it is about. */
static enum err
read_certificate(struct cli *cli, struct slice *bytes, struct key *key)
{
	struct claims_certificate claims;
	struct carrier_list list;
	struct cose cose;
	enum err e = offline_read(cli, cli_arg(cli, 0), &list);

	if (!e && (list.n != 1 || list.item[0].kind != OBJECT_KEY_CERTIFICATE))
		e = problem_set(
		    cli, E_OBJECT_TYPE, "%s is no key certificate", cli_arg(cli, 0));
	if (e)
		return e;
	*bytes = list.item[0].bytes;
	e = cose_parse_as(OBJECT_KEY_CERTIFICATE, *bytes, &cose);
	if (!e)
		e = claims_get_certificate(cli->arena, cose.payload, &claims);
	if (e)
		return problem_set(cli, e, "%s", cli_arg(cli, 0));
	*key = (struct key){ .use = claims.use };
	key_id(claims.public_key, key->kid);
	return E_OK;
}

enum err
command_keys_import(struct cli *cli)
{
	struct buf text = BUF_INIT(cli->arena);
	struct call call = { .method = "PUT" };
	char kid[KEY_KID_TEXT + 1];
	struct key key, root;
	struct slice bytes;
	bool done = false;
	enum err e = read_certificate(cli, &bytes, &key);

	if (!e && cli_has(cli, "root"))
		e = keys_file_root(cli, &root);
	if (e)
		return e;
	if (cli_has(cli, "root"))
		publish_pem(&text, &root);
	armor_put(&text, OBJECT_KEY_CERTIFICATE, bytes);
	if (!buf_ok(&text))
		return cli_no_memory(cli);
	key_kid_text(&key, kid);
	call.text = buf_slice(&text);
	call.path = path_of(cli, slice_str(kid), "certificate/");
	e = call.path ? call_change(cli, &call, &done) : E_NO_MEMORY;
	if (e || done || object_print(cli, call.raw, call.answer, &e) || cli->quiet)
		return e;
	print_key(cli, "certified", call.answer);
	return out_flush(cli);
}

/* --- export ------------------------------------------------------------------------- */

static enum err
get_certificate(struct cli *cli, const struct json *key, struct call *out)
{
	if (!value_true(key, "certified"))
		return problem_set(cli, E_NOT_FOUND, "the key %.*s has no certificate",
		    SLICE_ARG(value_text(key, "kid")));
	return call_get(cli, out, path_of(cli, value_text(key, "kid"), "certificate/"));
}

static void
put_array(struct buf *out, const struct key *key)
{
	char kid[KEY_KID_TEXT + 1];

	key_kid_text(key, kid);
	buf_printf(out,
	    "/* %s key %s */\nstatic const unsigned char licet_%s_key[%d] = {",
	    names_get(&key_uses, (int)key->use), kid, names_get(&key_uses, (int)key->use),
	    KEY_PUBLIC);
	for (size_t i = 0; i < KEY_PUBLIC; i++)
		buf_printf(out, "%s0x%02x,", i % 8 ? " " : "\n\t", key->public_key[i]);
	buf_str(out, "\n};\n");
}

static enum err
put_jwk(struct cli *cli, const struct json *json, const struct key *key, struct buf *out)
{
	struct slice bytes = SLICE_NULL, text;
	struct call call = { .method = NULL };
	enum object_kind kind;
	size_t line = 0;
	enum err e = E_OK;

	if (value_true(json, "certified")) {
		e = get_certificate(cli, json, &call);
		text = call.raw;
		if (!e)
			e = armor_take(cli->arena, &text, &line, &kind, &bytes);
	}
	if (e)
		return cli->problem.err ? e : problem_set(cli, e, NULL);
	publish_jwk(out, key, bytes);
	buf_char(out, '\n');
	return E_OK;
}

static enum err
put_form(struct cli *cli, const char *form, const struct json *json, struct buf *out)
{
	struct slice pem = value_text(json, "pem");
	int use = names_find(&key_uses, value_text(json, "use"));
	struct call call = { .method = NULL };
	struct key key;
	enum err e;

	e = publish_pem_read(cli->arena, pem, (enum key_use)use, &key);
	if (e)
		return problem_set(cli, e, "the server's answer has no public key");
	if (strcmp(form, "pem") == 0) {
		publish_pem(out, &key);
	} else if (strcmp(form, "c") == 0) {
		put_array(out, &key);
	} else if (strcmp(form, "jwk") == 0) {
		e = put_jwk(cli, json, &key, out);
	} else {
		e = get_certificate(cli, json, &call);
		buf_slice_add(out, call.raw);
		buf_char(out, '\n');
	}
	return e;
}

enum err
command_keys_export(struct cli *cli)
{
	static const char *const forms[] = { "pem", "cert", "jwk", "c" };
	static const struct names names = { forms, ARRAY_LEN(forms) };
	const char *form = cli_option(cli, "form"), *out = cli_option(cli, "out");
	struct buf text = BUF_INIT(cli->arena);
	struct call call;
	enum err e;

	if (form && names_find(&names, slice_str(form)) < 0)
		return problem_set(cli, E_USAGE, "--form is pem, cert, jwk or c");
	e = out ? outfile_check(cli, out) : E_OK;
	if (!e)
		e = find_key(cli, cli_arg(cli, 0), &call);
	if (e)
		return e;
	if (!form)
		form = slice_is(value_text(call.answer, "use"), "root") ? "pem" : "cert";
	e = put_form(cli, form, call.answer, &text);
	if (!e && !buf_ok(&text))
		e = cli_no_memory(cli);
	return e ? e : outfile_write(cli, out ? out : "-", buf_slice(&text));
}
