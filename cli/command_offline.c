#include "cli/command.h"

#include <string.h>

#include "base/file.h"
#include "cli/offline.h"
#include "cli/outfile.h"
#include "cli/rows.h"
#include "cli/value.h"
#include "offline/armor.h"
#include "offline/claims.h"
#include "offline/cose.h"

#define PEM_MAX 65536

static enum err
read_root(struct cli *cli, unsigned char root[static LICET_KEY_LEN])
{
	const char *path;
	struct slice pem;
	enum err e = offline_option(cli, "root", &path);
	enum licet_err err;

	if (e)
		return e;
	e = file_read(cli->arena, path, PEM_MAX, &pem);
	if (e)
		return problem_set(cli, e, "%s", path);
	err = licet_root_parse(pem.p, pem.n, root);
	return err == LICET_OK ? E_OK
	                       : problem_set(cli, E_KEY,
				     "%s is no PEM public key of a vendor's root", path);
}

/* In whatever carrier; null: requests go unsealed. */
static enum err
read_box(struct cli *cli, struct slice *box)
{
	const char *path = cli_option(cli, "box");
	struct carrier_list list;
	enum err e;

	*box = SLICE_NULL;
	if (!path)
		return E_OK;
	e = offline_read(cli, path, &list);
	if (!e && (list.n != 1 || list.item[0].kind != OBJECT_KEY_CERTIFICATE))
		e = problem_set(cli, E_OBJECT_TYPE, "%s is no key certificate", path);
	if (!e)
		*box = list.item[0].bytes;
	return e;
}

enum err
command_offline_keygen(struct cli *cli)
{
	unsigned char root[LICET_KEY_LEN];
	struct body body = BODY_INIT(cli->arena);
	struct slice box;
	const char *dir;
	enum licet_err err;
	enum err e = offline_option(cli, "dir", &dir);

	if (!e)
		e = read_root(cli, root);
	if (!e)
		e = read_box(cli, &box);
	if (e)
		return e;
	err = licet_keygen(dir, root, box.p, box.n);
	if (err != LICET_OK)
		return offline_problem_of(cli, err,
		    box.p && err >= LICET_E_FORMAT ? cli_option(cli, "box") : dir);
	body_set(&body, "dir", body_text(dir));
	body_set(&body, "sealed_requests", body_bool(box.p != NULL));
	if (body.failed)
		return cli_no_memory(cli);
	if (object_print(cli, SLICE_NULL, &body.json, &e))
		return e;
	label_print(cli, "made");
	value_safe(&cli->out, slice_str(dir));
	buf_str(
	    &cli->out, box.p ? ", requests are sealed\n" : ", requests go unsealed\n");
	return E_OK;
}

/* --- request --------------------------------------------------------------------------
 */

static enum err
read_secret(struct cli *cli, const char *option, char **out)
{
	const char *path = cli_option(cli, option);
	struct secret *secret;
	enum err e = file_read_secret(path, &secret);

	if (e)
		return problem_set(cli, e, "%s", path);
	*out = arena_str(cli->arena, slice_trim(secret_slice(secret)));
	secret_free(secret);
	return *out ? E_OK : cli_no_memory(cli);
}

static enum err
read_credential(struct cli *cli, struct licet_request *r)
{
	char *text = NULL;
	enum err e;

	r->username = cli_option(cli, "username");
	if (cli_has(cli, "license-key-file") == (r->username != NULL) ||
	    cli_has(cli, "password-file") != (r->username != NULL))
		return problem_set(cli, E_USAGE,
		    "give --license-key-file, or --username and --password-file");
	if (r->username) {
		e = read_secret(cli, "password-file", &text);
		r->password = text;
	} else {
		e = read_secret(cli, "license-key-file", &text);
		r->license_key = text;
	}
	return e;
}

static enum err
read_variables(struct cli *cli, struct licet_request *r)
{
	const char *const *all = usage_all(cli->usage, "var");
	struct licet_text *out;
	size_t n = 0;

	while (all && all[n])
		n++;
	out = arena_array(cli->arena, n, sizeof(*out));
	if (!all || !out)
		return cli_no_memory(cli);
	for (size_t i = 0; i < n; i++) {
		struct slice value = slice_str(all[i]);
		struct slice name = slice_cut(&value, '=');

		if (!value.p || name.n == 0)
			return problem_set(cli, E_USAGE, "--var wants NAME=VALUE");
		out[i].value = value.p;
		out[i].name = arena_str(cli->arena, name);
		if (!out[i].name)
			return cli_no_memory(cli);
	}
	r->variables = out;
	r->n_variables = n;
	return E_OK;
}

static enum err
done_request(
    struct cli *cli, const struct licet_request *r, const char *text, const char *path)
{
	bool sealed = strstr(text, " SEALED ") != NULL;
	struct body body = BODY_INIT(cli->arena);
	enum err e;

	body_set(&body, "action", body_text(r->refresh ? "refresh" : "activate"));
	body_set(&body, "product", body_text(cli_option(cli, "product")));
	body_set(&body, "hardware_id", body_text(cli_option(cli, "hardware-id")));
	body_set(&body, "sealed", body_bool(sealed));
	body_set(&body, "file", body_text(path));
	if (body.failed)
		return cli_no_memory(cli);
	if (object_print(cli, SLICE_NULL, &body.json, &e))
		return e;
	label_print(cli, "request");
	buf_str(&cli->out, r->refresh ? "refresh " : "activate ");
	value_safe(&cli->out, slice_str(cli_option(cli, "product")));
	buf_str(&cli->out, " on ");
	value_safe(&cli->out, slice_str(cli_option(cli, "hardware-id")));
	buf_str(&cli->out, sealed ? ", sealed, in " : ", not sealed, in ");
	value_safe(&cli->out, slice_str(path));
	buf_char(&cli->out, '\n');
	return E_OK;
}

static enum err
make_request(struct cli *cli, struct licet *l, const char *path)
{
	struct licet_request r = { .size = sizeof(r),
		.refresh = cli_has(cli, "refresh"),
		.bundle = cli_has(cli, "bundle") };
	enum licet_err err;
	char *text;
	enum err e = read_credential(cli, &r);

	if (!e)
		e = read_variables(cli, &r);
	if (e)
		return e;
	err = licet_request_make(l, &r, &text);
	if (err != LICET_OK)
		return offline_problem(cli, l, err);
	e = outfile_write(cli, path, slice_str(text));
	if (!e && strcmp(path, "-") != 0)
		e = done_request(cli, &r, text, path);
	licet_free(text);
	return e;
}

enum err
command_offline_request(struct cli *cli)
{
	const char *product, *path;
	struct licet *l = NULL;
	enum err e = offline_option(cli, "product", &product);

	if (!e)
		e = offline_option(cli, "out", &path);
	if (!e)
		e = outfile_check(cli, path);
	if (!e)
		e = offline_open(cli, product, &l);
	if (!e)
		e = make_request(cli, l, path);
	licet_close(l);
	return e;
}

/* --- giving up ------------------------------------------------------------------------
 */

static enum err
read_proof(struct cli *cli, const char *text, struct claims_deactivation *out)
{
	struct slice rest = slice_str(text), bytes;
	enum object_kind kind;
	struct cose cose = { .payload = SLICE_NULL };
	size_t line = 0;
	enum err e = armor_take(cli->arena, &rest, &line, &kind, &bytes);

	if (!e)
		e = cose_parse_as(OBJECT_DEACTIVATION, bytes, &cose);
	if (!e)
		e = claims_get_deactivation(cli->arena, cose.payload, out);
	return e ? problem_set(cli, e, NULL) : E_OK;
}

static enum err
done_deactivate(struct cli *cli, const char *text, const char *path)
{
	struct body body = BODY_INIT(cli->arena);
	struct claims_deactivation proof = { .serial = 0 };
	enum err e = read_proof(cli, text, &proof);

	if (e)
		return e;
	body_set(&body, "serial",
	    body_text(
		arena_printf(cli->arena, "%llu", (unsigned long long)proof.serial)));
	body_set(&body, "issued_at", offline_instant(cli, proof.issued_at));
	body_set(&body, "file", body_text(path));
	if (body.failed)
		return cli_no_memory(cli);
	if (object_print(cli, SLICE_NULL, &body.json, &e))
		return e;
	label_print(cli, "given up");
	buf_printf(&cli->out, "serial %llu, proof in ", (unsigned long long)proof.serial);
	value_safe(&cli->out, slice_str(path));
	buf_char(&cli->out, '\n');
	return E_OK;
}

enum err
command_offline_deactivate(struct cli *cli)
{
	struct licet *l = NULL;
	enum licet_err err;
	const char *path;
	char *text = NULL;
	enum err e = offline_option(cli, "out", &path);

	if (!e)
		e = outfile_check(cli, path);
	if (!e)
		e = offline_open(cli, NULL, &l);
	if (!e && (err = licet_deactivate(l, 0, &text)) != LICET_OK)
		e = offline_problem(cli, l, err);
	if (!e)
		e = outfile_write(cli, path, slice_str(text));
	if (!e && strcmp(path, "-") != 0)
		e = done_deactivate(cli, text, path);
	licet_free(text);
	licet_close(l);
	return e;
}
