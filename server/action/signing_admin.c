#include "server/action/signing_admin.h"
#include "server/action/serial.h"

#include "keys/publish.h"
#include "offline/armor.h"

/* --- what is asked ------------------------------------------------------------------ */

static enum err
read_use(struct action_ctx *ctx, const struct manage_req *req, struct signing_job *job)
{
	const struct json *use = json_get(req->body, "use");
	const struct key root = { .use = KEY_ROOT };
	int n = -1;
	enum err e;

	if (!use)
		fault_add(&ctx->faults, "use", E_MISSING_PARAMETERS, "use is missing");
	else if (use->type == JSON_TEXT)
		n = names_find(&signing_use_names, use->text);
	if (use && n != SU_ISSUING && n != SU_BOX)
		fault_add(
		    &ctx->faults, "use", E_VALIDATION, "use must be issuing or box");
	job->ask.use = (enum key_use)n;
	e = keystore_has(job->keystore, &root, &job->ask.root_here);
	return e ? e : manage_faults(ctx);
}

static enum err
refuse_file(struct action_ctx *ctx, const char *why)
{
	fault_add(&ctx->faults, "file", E_VALIDATION, "%s", why);
	return E_VALIDATION;
}

/* Only a server that knows no root takes one along with a certificate. */
static enum err
read_root(struct action_ctx *ctx, struct slice file, struct signing_job *job)
{
	struct key root;
	enum err e = publish_pem_read(job->arena, file, KEY_ROOT, &root);

	if (e == E_NOT_FOUND)
		return refuse_file(ctx,
		    "This server knows no root key yet; send its public key (PEM) along");
	if (e == E_NO_MEMORY)
		return e;
	if (e || root.use != KEY_ROOT)
		return refuse_file(ctx, "The root's public key is no Ed25519 key in PEM");
	e = signing_new_row(job->arena, &root, SLICE_NULL, job->now, &job->root);
	job->root.on_server = false;
	return e;
}

static enum err
read_armor(struct action_ctx *ctx, struct slice file, struct signing_job *job)
{
	enum object_kind kind;
	size_t line = 0;
	enum err e = armor_take(job->arena, &file, &line, &kind, &job->certificate);

	if (e == E_NO_MEMORY)
		return e;
	if (e || kind != OBJECT_KEY_CERTIFICATE)
		return refuse_file(ctx, "This is no armored KEY CERTIFICATE");
	return E_OK;
}

static enum err
read_certificate(
    struct action_ctx *ctx, const struct manage_req *req, struct signing_job *job)
{
	const struct signing_key *root = signing_root(&job->rows);
	enum err e = read_armor(ctx, req->file, job);

	if (!e && !root) {
		e = read_root(ctx, req->file, job);
		root = &job->root;
	}
	if (!e)
		e = signing_check(
		    root, &job->rows.item[job->step.row], job->certificate, &job->bounds);
	if (e && e != E_NO_MEMORY && !ctx->faults.n)
		return refuse_file(
		    ctx, "The certificate is not by the known root for this key and use");
	return e;
}

/* The wish of the route's action. */
static enum rotation_wish
wish_of(const struct manage_req *req)
{
	if (req->fn == key_rotate)
		return ROTATION_ROTATE;
	if (req->fn == key_certify)
		return ROTATION_CERTIFY;
	return req->fn == key_retire ? ROTATION_RETIRE : ROTATION_REVOKE;
}

static enum err
find_step(struct action_ctx *ctx, struct signing_job *job)
{
	struct rotation_row *row = arena_array(ctx->arena, job->rows.n + 1, sizeof(*row));
	const char *why;
	enum err e;

	if (!row)
		return E_NO_MEMORY;
	for (size_t i = 0; i < job->rows.n; i++)
		row[i] = signing_facts(&job->rows.item[i]);
	e = rotation_next(row, job->rows.n, &job->ask, &job->step);
	why = e == E_WRONG_STATE ? rotation_why(row, job->rows.n, &job->ask) : NULL;
	if (why)
		ctx->message = slice_str(why);
	return e;
}

static enum err
plan(struct action_ctx *ctx, const struct manage_req *req, struct signing_job *job)
{
	enum err e = signing_read(ctx->txn, &job->rows);

	job->ask = (struct rotation_ask){ .wish = wish_of(req) };
	if (e)
		return e;
	if (job->ask.wish == ROTATION_ROTATE)
		e = read_use(ctx, req, job);
	else if (!key_kid_parse(req->param[0], job->ask.kid))
		e = E_NOT_FOUND;
	if (!e)
		e = find_step(ctx, job);
	if (!e && job->ask.wish == ROTATION_CERTIFY)
		e = read_certificate(ctx, req, job);
	return e;
}

enum err
signing_look(struct action_ctx *ctx, const void *req, void *job)
{
	return plan(ctx, req, job);
}

/* --- the rows ------------------------------------------------------------------------
 */

static bool
is_same(const struct rotation_step *a, const struct rotation_step *b)
{
	return a->what == b->what && a->row == b->row && a->former == b->former &&
	       a->gone == b->gone;
}

/* The same once more, inside the transaction that changes; what was prepared is kept. */
static enum err
begin(struct action_ctx *ctx, const struct manage_req *req, struct manage_res *res,
    struct signing_job *again, struct signing_key *row)
{
	static const char *const known[] = { "use", NULL };
	const struct signing_job *job = req->signing;
	enum err e;

	if (!job)
		return E_UNAVAILABLE;
	*again = *job;
	manage_unknown(
	    ctx, req, res, "", req->body, req->fn == key_rotate ? known : NULL);
	e = plan(ctx, req, again);
	if (!e)
		e = manage_faults(ctx);
	if (!e && again->step.row != ROTATION_NO_ROW) {
		*row = again->rows.item[again->step.row];
		ctx->object_revision = row->o.revision;
		e = change_check_revision(ctx, &row->o);
	}
	if (!e && (!job->is_ready || !is_same(&job->step, &again->step)))
		e = E_UNAVAILABLE;
	return e;
}

/* A retired issuing key has no private half any more, a box key still opens. */
static enum err
retire_former(struct action_ctx *ctx, const struct signing_job *job)
{
	const struct rotation_step *s = &job->step;
	const struct signing_key *before;
	struct signing_key after;

	if (s->former == ROTATION_NO_ROW)
		return E_OK;
	before = &job->rows.item[s->former];
	after = *before;
	after.state = SS_RETIRED;
	after.retired_at = ctx->now;
	if (s->gone == s->former)
		after.on_server = false;
	return change_record(ctx, T_KEY, before, &after, NULL, FIELD_NONE);
}

static enum err
note(struct action_ctx *ctx, const char *action, const struct signing_key *row)
{
	return audit_append(
	    ctx, action, signing_key_table.name, row->kid, FIELD_NONE, SLICE_NULL);
}

enum err
key_rotate(struct action_ctx *ctx, const void *req, void *res)
{
	struct signing_job job;
	struct signing_key made;
	enum err e = begin(ctx, req, res, &job, &made);

	if (!e)
		e = retire_former(ctx, &job);
	made = job.made;
	if (!e)
		e = signing_store(ctx, NULL, &made, "key.generated");
	if (!e && made.state == SS_ACTIVE)
		e = note(ctx, "key.activated", &made);
	return e ? e : manage_answer(ctx, &key_resource, res, &made);
}

static enum err
store_root(struct action_ctx *ctx, const struct signing_job *job)
{
	struct signing_key root = job->root;

	return root.kid.p ? signing_store(ctx, NULL, &root, "key.root_known") : E_OK;
}

enum err
key_certify(struct action_ctx *ctx, const void *req, void *res)
{
	struct signing_job job;
	struct signing_key before, after;
	bool activates;
	enum err e = begin(ctx, req, res, &job, &before);

	if (!e)
		e = store_root(ctx, &job);
	if (!e)
		e = retire_former(ctx, &job);
	if (e)
		return e;
	activates = job.step.what == ROTATION_ACTIVATE;
	after = before;
	after.certificate = job.certificate;
	after.not_before = job.bounds.not_before;
	after.not_after = job.bounds.not_after;
	if (activates) {
		after.state = SS_ACTIVE;
		after.activated_at = ctx->now;
	}
	e = signing_store(
	    ctx, &before, &after, activates ? "key.activated" : "key.certified");
	return e ? e : manage_answer(ctx, &key_resource, res, &after);
}

enum err
key_retire(struct action_ctx *ctx, const void *req, void *res)
{
	struct signing_job job;
	struct signing_key before, after;
	bool drops;
	enum err e = begin(ctx, req, res, &job, &before);

	if (e)
		return e;
	drops = job.step.what == ROTATION_DROP;
	after = before;
	after.on_server = false;
	e = signing_store(ctx, &before, drops ? NULL : &after, "key.retired");
	return e ? e : manage_answer(ctx, &key_resource, res, drops ? &before : &after);
}

enum err
key_revoke(struct action_ctx *ctx, const void *req, void *res)
{
	struct signing_job job;
	struct signing_key before, after;
	enum err e = begin(ctx, req, res, &job, &before);

	if (e)
		return e;
	after = before;
	after.state = SS_REVOKED;
	after.revoked_at = ctx->now;
	after.on_server = false;
	e = signing_store(ctx, &before, &after, "key.revoked");
	if (!e)
		e = serial_list_changed(ctx);
	return e ? e : manage_answer(ctx, &key_resource, res, &after);
}

/* --- reading --------------------------------------------------------------------------
 */

enum err
key_get(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	struct signing_key row;
	enum err e = signing_find(ctx->txn, req->param[0], &row);

	return e ? e : manage_answer(ctx, &key_resource, res, &row);
}

enum err
key_certificate(struct action_ctx *ctx, const void *req_, void *res_)
{
	const struct manage_req *req = req_;
	struct manage_res *res = res_;
	struct signing_key row;
	enum err e = signing_find(ctx->txn, req->param[0], &row);

	if (!e && !row.certificate.n) {
		ctx->message = SLICE("The key has no certificate");
		e = E_NOT_FOUND;
	}
	if (e)
		return e;
	res->type = MANAGE_TEXT;
	armor_put(&res->body, OBJECT_KEY_CERTIFICATE, row.certificate);
	return buf_finish(&res->body);
}

/* Texts of a key that a dry run makes are not those of the real one. */
static void
print_text(struct action_ctx *ctx, struct manage_res *res, const char *name,
    const struct buf *text, const struct signing_key *row)
{
	res->body.failed = res->body.failed || !buf_ok(text);
	manage_made_text(
	    ctx, res, name, buf_slice(text), signing_key_table.name, row->o.id);
}

static enum err
print(struct action_ctx *ctx, struct manage_res *res, const void *rec, bool single)
{
	const struct signing_key *row = rec;
	const struct key key = signing_key_of(row);
	struct buf kid = BUF_INIT(ctx->arena), public_key = kid, print = kid, pem = kid;
	char fingerprint[65];
	int64_t live = FIELD_NONE;
	enum err e = E_OK;

	key_fingerprint(&key, fingerprint);
	buf_slice_add(&kid, row->kid);
	buf_base64url(&public_key, key.public_key, KEY_PUBLIC);
	buf_str(&print, fingerprint);
	print_text(ctx, res, "kid", &kid, row);
	print_text(ctx, res, "public_key", &public_key, row);
	print_text(ctx, res, "fingerprint", &print, row);
	if (single) {
		publish_pem(&pem, &key);
		print_text(ctx, res, "pem", &pem, row);
	}
	jw_kbool(&res->w, "certified", row->certificate.n > 0);
	if (row->use == SU_ISSUING)
		e = record_count(ctx->txn, T_ISSUED, IX_ISSUED_SIGNER,
		    record_key_text(ctx->txn, row->kid), INT64_MAX, &live);
	jw_kint(&res->w, "live_activations", live);
	return e;
}

static const struct filter filters[] = {
	{ .name = "kid", .key = KEY_TEXT, .index = IX_KEY_KID },
	{ .name = "use" },
	{ .name = "state" },
	{ .name = "on_server" },
	{ .name = NULL },
};

const struct resource key_resource = {
	.table = T_KEY,
	.audit = "key",
	.path = "keys",
	.filters = filters,
	.print = print,
};
