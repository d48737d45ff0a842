#include "server/action/party.h"

#include "base/id.h"
#include "server/action/catalog.h"
#include "server/model/license.h"

#define PASSWORD_MIN 8
#define PASSWORD_MAX 256
#define PASSWORD_MADE 20

struct slice
password_generate(struct arena *arena)
{
	char *text = arena_alloc(arena, PASSWORD_MADE);

	if (!text)
		return SLICE_NULL;
	id_alnum(text, PASSWORD_MADE);
	return slice_of(text, PASSWORD_MADE);
}

static bool
is_password(const struct json *json)
{
	return json->type == JSON_TEXT && json->text.n >= PASSWORD_MIN &&
	       json->text.n <= PASSWORD_MAX;
}

static void
check_password(struct action_ctx *ctx, const struct json *body)
{
	const struct json *json = json_get(body, "password");

	if (json && json->type != JSON_NULL && !is_password(json))
		fault_add(&ctx->faults, "password", E_VALIDATION,
		    "password must have %d to %d bytes", PASSWORD_MIN, PASSWORD_MAX);
}

/* The one password of the call: given, or made. None when the one given is no good. */
static enum err
one_password(
    struct action_ctx *ctx, const struct manage_req *req, struct manage_passwords *res)
{
	const struct json *json = json_get(req->body, "password");
	struct manage_password *p;

	*res = (struct manage_passwords){ NULL, 0 };
	if (json && json->type != JSON_NULL && !is_password(json))
		return E_OK;
	p = arena_alloc(ctx->arena, sizeof(*p));
	if (!p)
		return E_NO_MEMORY;
	p->generated = !json || json->type == JSON_NULL;
	p->plain = p->generated ? password_generate(ctx->arena) : json->text;
	*res = (struct manage_passwords){ p, 1 };
	return p->plain.p ? E_OK : E_NO_MEMORY;
}

enum err
user_look(struct action_ctx *ctx, const void *req_, void *res_)
{
	const struct manage_req *req = req_;
	struct manage_passwords *res = res_;
	const struct json *email = json_get(req->body, "email");
	int64_t id = FIELD_NONE;
	enum err e = E_OK;

	*res = (struct manage_passwords){ NULL, 0 };
	if (!email || email->type != JSON_TEXT || !email_valid(slice_trim(email->text)))
		return E_OK;
	e = ref_find(ctx, T_LICENSE_USER, email->text, &id);
	return e || id != FIELD_NONE ? e : one_password(ctx, req, res);
}

static enum err
find_user(struct action_ctx *ctx, const struct manage_req *req, int64_t *id)
{
	struct slice email = manage_query(req, "email");

	*id = req->id;
	if (req->id != FIELD_NONE)
		return E_OK;
	if (!email.p) {
		fault_add(
		    &ctx->faults, "email", E_MISSING_PARAMETERS, "email is missing");
		return E_MISSING_PARAMETERS;
	}
	return ref_find(ctx, T_LICENSE_USER, email, id);
}

enum err
password_look(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	struct license_user user;
	int64_t id;
	enum err e;

	*(struct manage_passwords *)res = (struct manage_passwords){ NULL, 0 };
	e = find_user(ctx, req, &id);
	if (!e)
		e = record_get_id(ctx->txn, T_LICENSE_USER, id, &user);
	if (e)
		return e == E_NOT_FOUND || e == E_MISSING_PARAMETERS ? E_OK : e;
	return one_password(ctx, req, res);
}

enum err
user_put_password(struct action_ctx *ctx, struct license_user *user,
    const struct manage_password *password, bool initial)
{
	user->password_hash = password->hash;
	user->is_initial_password = initial;
	user->initial_password = SLICE_NULL;
	if (!initial)
		return E_OK;
	return seal_close(ctx->seal, ctx->arena, license_user_table.name, user->o.id,
	    password->plain, &user->initial_password);
}

static bool
is_initial(struct action_ctx *ctx, const struct manage_req *req)
{
	if (json_get(req->body, "is_initial"))
		return manage_flag(ctx, req, "is_initial");
	return req->n_passwords && req->passwords[0].generated;
}

static void
defaults(void *rec)
{
	struct license_user *u = rec;

	field_clear(&license_user_table, u);
	u->is_active = true;
}

static enum err
check(struct edit *ed)
{
	struct license_user *u = ed->rec;

	if (u->email.n || ed->before)
		email_check(ed->ctx, "email", &u->email);
	if (ed->before) {
		manage_unread(ed, "password");
		manage_unread(ed, "is_initial");
		return E_OK;
	}
	check_password(ed->ctx, ed->body);
	(void)is_initial(ed->ctx, ed->req);
	return E_OK;
}

/* The record was just made: its seal needs the id. */
static enum err
made(struct edit *ed)
{
	const struct manage_req *req = ed->req;
	struct license_user *u = ed->rec;
	enum err e;

	if (!req->n_passwords)
		return E_UNAVAILABLE;
	e = user_put_password(ed->ctx, u, &req->passwords[0], is_initial(ed->ctx, req));
	if (!e)
		e = record_put(ed->ctx->txn, T_LICENSE_USER, u);
	if (!e && req->passwords[0].generated)
		manage_give(ed->res, "password", req->passwords[0].plain);
	return e;
}

static enum err
drop(struct edit *ed)
{
	const struct license_user *u = ed->rec;

	return u->n_licenses ? E_IN_USE : E_OK;
}

static void
print_assignment(struct json_writer *w, const struct assignment *a)
{
	jw_object(w);
	jw_kint(w, "license", a->license_id);
	jw_kint(w, "max_activations", a->max_activations);
	jw_kbool(w, "allow_unlimited_activations", a->allow_unlimited_activations);
	jw_kint(w, "total_activations", a->total_activations);
	jw_end(w);
}

static enum err
print(struct action_ctx *ctx, struct manage_res *res, const void *rec, bool single)
{
	const struct license_user *u = rec;
	struct record_scan scan;
	struct assignment a;
	enum err e = record_scan(ctx->txn, T_ASSIGNMENT, IX_ASSIGNMENT_USER,
	    record_key_id(ctx->txn, u->o.id), SLICE_NULL, false, &scan);

	(void)single;
	jw_key(&res->w, "licenses");
	jw_array(&res->w);
	while (!e && !(e = record_next(&scan, &a)))
		print_assignment(&res->w, &a);
	jw_end(&res->w);
	return e == E_NOT_FOUND ? E_OK : e;
}

static const struct filter filters[] = {
	{ .name = "email", .key = KEY_FOLDED, .index = IX_LICENSE_USER_EMAIL },
	{ .name = "is_active" },
	{ .name = "first_name" },
	{ .name = "last_name" },
	{ .name = "customer_account",
	    .field = "customer_account_id",
	    .ref = T_CUSTOMER_ACCOUNT },
	{ .name = NULL },
};

static const struct ref refs[] = {
	{ "customer_account", offsetof(struct license_user, customer_account_id),
	    T_CUSTOMER_ACCOUNT, REF_NULL },
	{ NULL, 0, 0, 0 },
};

static const char *const also[] = { "password", "is_initial", NULL };
static const char *const once[] = { "password", NULL };

const struct resource license_user_resource = {
	.table = T_LICENSE_USER,
	.audit = "license_user",
	.path = "license-users",
	.unique = "email",
	.filters = filters,
	.refs = refs,
	.also = also,
	.once = once,
	.defaults = defaults,
	.check = check,
	.made = made,
	.drop = drop,
	.print = print,
};

static enum err
set_password(struct action_ctx *ctx, const struct manage_req *req, struct manage_res *res,
    const struct license_user *before)
{
	struct license_user after = *before;
	const struct manage_password *password = req->passwords;
	enum err e;

	manage_unknown(ctx, req, res, "", req->body, also);
	check_password(ctx, req->body);
	(void)is_initial(ctx, req);
	e = manage_faults(ctx);
	if (!e)
		e = change_check_revision(ctx, &before->o);
	if (!e && !req->n_passwords)
		e = E_UNAVAILABLE;
	if (!e)
		e = user_put_password(ctx, &after, password, is_initial(ctx, req));
	if (!e)
		e = change_record(ctx, T_LICENSE_USER, before, &after,
		    "license_user.password_set", FIELD_NONE);
	if (e)
		return e;
	if (password->generated)
		manage_give(res, "password", password->plain);
	return manage_answer(ctx, &license_user_resource, res, &after);
}

enum err
user_set_password(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	struct license_user user;
	int64_t id;
	enum err e = find_user(ctx, req, &id);

	if (!e)
		e = record_get_id(ctx->txn, T_LICENSE_USER, id, &user);
	if (e)
		return e;
	ctx->object_revision = user.o.revision;
	return set_password(ctx, req, res, &user);
}
