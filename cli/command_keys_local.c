/* What is done with keys away from the server. */
#include "cli/command.h"

#include <string.h>

#include "base/clock.h"
#include "base/field.h"
#include "base/file.h"
#include "base/prompt.h"
#include "cli/keys_file.h"
#include "cli/offline.h"
#include "cli/outfile.h"
#include "cli/rows.h"
#include "cli/value.h"
#include "keys/generate.h"
#include "keys/keyfile.h"
#include "keys/sign.h"
#include "offline/armor.h"
#include "offline/trust.h"

#define QUESTION "Passphrase of the root key: "

/* As the server's own (server/action/signing.h). */
#define BACKDATE (24 * INT64_C(3600))

/* --- generate ----------------------------------------------------------------------- */

static enum err
new_passphrase(struct cli *cli, struct secret **out)
{
	const char *file = cli_option(cli, "passphrase-file");
	enum err e;

	*out = NULL;
	if (cli_has(cli, "unsealed"))
		return file ? problem_set(cli, E_USAGE,
				  "--unsealed and --passphrase-file exclude each other")
		            : E_OK;
	e = file ? file_read_secret(file, out) : prompt_new_secret(QUESTION, out);
	if (!e && secret_slice(*out).n < PASSPHRASE_MIN) {
		secret_free(*out);
		*out = NULL;
		e = E_VALIDATION;
	}
	if (e == E_USAGE)
		return problem_set(cli, e, "give --passphrase-file FILE or --unsealed");
	if (e == E_VALIDATION)
		return problem_set(
		    cli, e, "the passphrase must have %d bytes or more", PASSPHRASE_MIN);
	return e ? problem_set(cli, e, "%s", file ? file : "terminal") : E_OK;
}

static enum err
print_made(struct cli *cli, const struct key *key, const char *path)
{
	struct body body = BODY_INIT(cli->arena);
	char kid[KEY_KID_TEXT + 1], print[65];
	enum err e;

	key_kid_text(key, kid);
	key_fingerprint(key, print);
	body_set(&body, "kid", body_text(kid));
	body_set(&body, "fingerprint", body_text(print));
	body_set(&body, "file", body_text(path));
	if (body.failed)
		return cli_no_memory(cli);
	if (object_print(cli, SLICE_NULL, &body.json, &e) || cli->quiet)
		return e;
	label_print(cli, "root");
	buf_printf(&cli->out, "%s fingerprint %s\n", kid, print);
	label_print(cli, "file");
	value_safe(&cli->out, slice_str(path));
	buf_char(&cli->out, '\n');
	return out_flush(cli);
}

enum err
command_keys_generate(struct cli *cli)
{
	struct secret *passphrase, *material = NULL;
	struct key key;
	const char *path;
	enum err e = offline_option(cli, "out", &path);

	if (!e)
		e = outfile_check(cli, path);
	if (!e)
		e = new_passphrase(cli, &passphrase);
	if (e)
		return e;
	e = key_generate(KEY_ROOT, clock_now(), &key, &material);
	if (!e)
		e = keyfile_write(path, &key, secret_slice(material),
		    passphrase ? secret_slice(passphrase) : SLICE_NULL, NULL);
	secret_free(material);
	secret_free(passphrase);
	return e ? problem_set(cli, e, "%s", path) : print_made(cli, &key, path);
}

/* --- certify ------------------------------------------------------------------------ */

/* Asked for only when the file is sealed. */
static enum err
root_passphrase(struct cli *cli, const char *path, struct secret **out)
{
	const char *file = cli_option(cli, "passphrase-file");
	enum err e;

	*out = NULL;
	if (!file && !keyfile_is_sealed(path))
		return E_OK;
	e = file ? file_read_secret(file, out) : prompt_secret(QUESTION, out);
	if (e == E_USAGE)
		return problem_set(
		    cli, e, "%s is sealed; give --passphrase-file FILE", path);
	return e ? problem_set(cli, e, "%s", file ? file : "terminal") : E_OK;
}

static enum err
open_root(struct cli *cli, struct key *root, struct secret **expanded)
{
	struct secret *passphrase, *material = NULL;
	const char *path;
	enum err e = offline_option(cli, "root", &path);

	if (!e)
		e = root_passphrase(cli, path, &passphrase);
	if (e)
		return e;
	e = keyfile_read(path, passphrase ? secret_slice(passphrase) : SLICE_NULL, root,
	    &material, NULL);
	secret_free(passphrase);
	if (!e && root->use != KEY_ROOT)
		e = E_KEY;
	if (!e && !(*expanded = sign_expand(secret_slice(material))))
		e = E_NO_MEMORY;
	secret_free(material);
	return e ? problem_set(cli, e, "%s", path) : E_OK;
}

static enum err
read_terms(struct cli *cli, struct claims_certificate *claims)
{
	const char *use, *until = cli_option(cli, "until");
	int64_t end;
	int n;
	enum err e = offline_option(cli, "use", &use);

	if (e)
		return e;
	n = names_find(&key_uses, slice_str(use));
	if (n != KEY_ISSUING && n != KEY_BOX)
		return problem_set(cli, E_USAGE, "--use is issuing or box, not: %s", use);
	*claims = (struct claims_certificate){ .use = (enum key_use)n,
		.not_before = clock_now() / CLOCK_SECOND - BACKDATE,
		.not_after = FIELD_NONE };
	if (!until)
		return E_OK;
	if (!clock_parse_iso(slice_str(until), &end) || end <= clock_now())
		return problem_set(cli, E_USAGE,
		    "--until wants a date to come such as 2027-01-01, not: %s", until);
	claims->not_after = end / CLOCK_SECOND;
	return E_OK;
}

static enum err
sign_certificate(
    struct cli *cli, const struct claims_certificate *claims, struct buf *out)
{
	struct buf bytes = BUF_INIT(cli->arena);
	struct cose_signer signer = { .secret = NULL };
	struct secret *expanded = NULL;
	struct key root;
	enum err e = open_root(cli, &root, &expanded);

	if (e)
		return e;
	signer.secret = expanded;
	signer.kid = root.kid;
	trust_certify(&bytes, &signer, claims);
	secret_free(expanded);
	armor_put(out, OBJECT_KEY_CERTIFICATE, buf_slice(&bytes));
	return buf_ok(&bytes) && buf_ok(out) ? E_OK : cli_no_memory(cli);
}

enum err
command_keys_certify(struct cli *cli)
{
	struct buf text = BUF_INIT(cli->arena);
	struct claims_certificate claims = { 0 };
	char kid[KEY_KID_TEXT + 1];
	struct key key;
	const char *out = NULL;
	enum err e = read_terms(cli, &claims);

	if (!e)
		e = offline_option(cli, "out", &out);
	if (!e)
		e = outfile_check(cli, out);
	if (!e)
		e = keys_file_public(cli, cli_arg(cli, 0), claims.use, &key);
	if (e)
		return e;
	if (key.use != claims.use)
		return problem_set(cli, E_KEY, "%s is no public key for --use %s",
		    cli_arg(cli, 0), cli_option(cli, "use"));
	memcpy(claims.public_key, key.public_key, KEY_PUBLIC);
	e = sign_certificate(cli, &claims, &text);
	if (!e)
		e = outfile_write(cli, out, buf_slice(&text));
	if (e || cli->quiet || strcmp(out, "-") == 0)
		return e;
	key_kid_text(&key, kid);
	label_print(cli, "certified");
	buf_printf(&cli->out, "%s key %s\n", cli_option(cli, "use"), kid);
	return out_flush(cli);
}

/* --- verify ------------------------------------------------------------------------- */

static enum err
certificate_holds(const struct key *root, struct slice bytes, int64_t now,
    struct claims_certificate *claims)
{
	enum err e = trust_certificate(root->public_key, bytes, KEY_ISSUING, now, claims);

	if (e != E_NOT_CERTIFIED)
		return e;
	return trust_certificate(root->public_key, bytes, KEY_BOX, now, claims);
}

static void
print_certificate(
    struct cli *cli, const struct claims_certificate *claims, const struct key *root)
{
	char kid[KEY_KID_TEXT + 1], by[KEY_KID_TEXT + 1];
	struct key key = { .use = claims->use };

	key_id(claims->public_key, key.kid);
	key_kid_text(&key, kid);
	key_kid_text(root, by);
	buf_printf(&cli->out, "ok  key certificate: %s key %s, by root %s, ",
	    names_get(&key_uses, (int)claims->use), kid, by);
	if (claims->not_after == FIELD_NONE) {
		buf_str(&cli->out, "no end\n");
	} else {
		char date[21];

		clock_human(claims->not_after * CLOCK_SECOND, date);
		buf_printf(&cli->out, "until %s\n", date);
	}
}

static enum err
verify_one(struct cli *cli, const struct carrier_object *object, const struct key *root)
{
	int64_t now = clock_now() / CLOCK_SECOND;
	struct claims_certificate claims;
	struct cose cose;
	enum err e = object->err;

	if (!e && object->kind == OBJECT_KEY_CERTIFICATE) {
		e = certificate_holds(root, object->bytes, now, &claims);
		if (!e)
			print_certificate(cli, &claims, root);
		return e;
	}
	if (!e)
		e = cose_parse(object->bytes, &cose);
	if (!e)
		e = trust_object(root->public_key, &cose, now);
	if (!e)
		buf_printf(&cli->out, "ok  %s, by a key that the root certifies\n",
		    object_info(object->kind)->words);
	return e;
}

enum err
command_keys_verify(struct cli *cli)
{
	struct carrier_list list;
	struct key root;
	enum err e = keys_file_root(cli, &root);

	if (!e)
		e = offline_read(cli, cli_arg(cli, 0), &list);
	if (e)
		return e;
	for (size_t i = 0; i < list.n && !e; i++)
		e = verify_one(cli, &list.item[i], &root);
	if (e)
		return problem_set(cli, e, "%s", cli_arg(cli, 0));
	return out_flush(cli);
}
