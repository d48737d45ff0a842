#include "server/action/issue.h"

#include "server/action/party.h"
#include "server/action/query.h"

#define PASSWORD_MAX 256

static const char *const user_members[] = { "email", "max_activations", "first_name",
	"last_name", "password", NULL };

static void
read_text(struct issue *is, const char *path, const struct json *user, const char *name,
    struct slice *out)
{
	const struct json *json = json_get(user, name);

	*out = SLICE("");
	if (!json || json->type == JSON_NULL)
		return;
	if (!json_to_text(json, out) || out->n > MAX_NAME)
		fault_add(&is->ctx->faults, query_path(is->ctx, path, name), E_VALIDATION,
		    "%s is a text of at most %d bytes", name, MAX_NAME);
}

static void
read_max(struct issue *is, const char *path, const struct json *user, int64_t *out)
{
	const struct json *json = json_get(user, "max_activations");

	*out = FIELD_NONE;
	if (!json || json->type == JSON_NULL)
		return;
	if (!json_to_int(json, out) || *out < 0 || *out > MAX_ACTIVATIONS) {
		fault_add(&is->ctx->faults, query_path(is->ctx, path, "max_activations"),
		    E_VALIDATION, "max_activations is an integer from 0 to %d",
		    MAX_ACTIVATIONS);
		*out = FIELD_NONE;
	}
}

static void
read_user(
    struct issue *is, const char *path, const struct json *json, struct issue_user *user)
{
	struct action_ctx *ctx = is->ctx;
	const struct json *email = json_get(json, "email");
	const struct json *password = json_get(json, "password");

	if (json->type != JSON_OBJECT) {
		fault_add(&ctx->faults, query_path(ctx, path, ""), E_VALIDATION,
		    "A user is an object with the member email");
		return;
	}
	if (!email)
		fault_add(&ctx->faults, query_path(ctx, path, "email"),
		    E_MISSING_PARAMETERS, "email is missing");
	else if (email->type != JSON_TEXT)
		fault_add(&ctx->faults, query_path(ctx, path, "email"), E_VALIDATION,
		    "email is a text");
	else
		user->email = email->text;
	if (user->email.p)
		email_check(ctx, query_path(ctx, path, "email"), &user->email);
	read_max(is, path, json, &user->max_activations);
	read_text(is, path, json, "first_name", &user->first_name);
	read_text(is, path, json, "last_name", &user->last_name);
	if (password && password->type != JSON_NULL &&
	    (password->type != JSON_TEXT || !password->text.n ||
		password->text.n > PASSWORD_MAX))
		fault_add(&ctx->faults, query_path(ctx, path, "password"), E_VALIDATION,
		    "password is a text of 1 to %d bytes", PASSWORD_MAX);
}

static bool
named_before(const struct issue_user *user, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_equal_fold(user[i].email, user[n].email))
			return true;
	return false;
}

const char *
issue_user_path(struct action_ctx *ctx, const struct issue_row *row, size_t i)
{
	return row->one_user ? row->path
	                     : arena_printf(ctx->arena, "%susers[%zu].", row->path, i);
}

enum err
issue_read_users(struct issue *is, struct issue_row *row, const struct json *json)
{
	struct action_ctx *ctx = is->ctx;

	if (json->type != JSON_ARRAY || json->n > ISSUE_LICENSES_MAX) {
		fault_add(&ctx->faults, query_path(ctx, row->path, "users"), E_VALIDATION,
		    "users is an array of at most %d users", ISSUE_LICENSES_MAX);
		return E_OK;
	}
	row->user = arena_array(ctx->arena, json->n, sizeof(*row->user));
	if (!row->user)
		return E_NO_MEMORY;
	for (size_t i = 0; i < json->n; i++) {
		const char *path = issue_user_path(ctx, row, i);

		if (!path)
			return E_NO_MEMORY;
		read_user(is, path, &json->items[i], &row->user[i]);
		if (!row->one_user)
			manage_unknown(
			    ctx, is->req, is->res, path, &json->items[i], user_members);
		if (row->user[i].email.n && named_before(row->user, i))
			fault_add(&ctx->faults, query_path(ctx, path, "email"),
			    E_DUPLICATE, "A user is named once");
	}
	row->n_users = json->n;
	return E_OK;
}

static const struct manage_password *
password_of(const struct manage_req *req, struct slice email)
{
	for (size_t i = 0; i < req->n_passwords; i++)
		if (slice_equal_fold(req->passwords[i].tag, email))
			return &req->passwords[i];
	return NULL;
}

static enum err
make_user(struct action_ctx *ctx, const struct manage_req *req,
    const struct issue_user *given, struct license_user *user)
{
	const struct manage_password *password = password_of(req, given->email);
	enum err e;

	field_clear(&license_user_table, user);
	user->email = given->email;
	user->first_name = given->first_name;
	user->last_name = given->last_name;
	user->is_active = true;
	e = record_new_id(ctx->txn, T_LICENSE_USER, &user->o.id);
	if (!e && password)
		e = user_put_password(ctx, user, password, password->generated);
	return e ? e
	         : change_record(ctx, T_LICENSE_USER, NULL, user, "license_user.created",
		       FIELD_NONE);
}

enum err
issue_find_user(struct action_ctx *ctx, const struct manage_req *req,
    const struct issue_user *given, struct license_user *user)
{
	struct slice email = arena_fold(ctx->arena, given->email);
	enum err e;

	e = record_find(ctx->txn, T_LICENSE_USER, IX_LICENSE_USER_EMAIL,
	    record_key_text(ctx->txn, email), user);
	return e == E_NOT_FOUND ? make_user(ctx, req, given, user) : e;
}

enum err
issue_assign(struct action_ctx *ctx, struct license *license, struct license_user *user,
    const struct issue_user *given, int64_t policy_max)
{
	int64_t max =
	    given->max_activations != FIELD_NONE ? given->max_activations : policy_max;
	struct assignment a = { .license_id = license->o.id,
		.user_id = user->o.id,
		.max_activations = max == FIELD_NONE ? 0 : max,
		.allow_unlimited_activations = max == FIELD_NONE };
	enum err e = record_insert(ctx->txn, T_ASSIGNMENT, &a);

	if (e)
		return e;
	license->n_users++;
	user->n_licenses++;
	return record_put(ctx->txn, T_LICENSE_USER, user);
}

/* --- the passwords of a call -------------------------------------------------------- */

struct looking {
	struct action_ctx *ctx;
	struct manage_passwords *out;
	size_t cap;
};

static bool
is_there(const struct looking *l, struct slice email)
{
	for (size_t i = 0; i < l->out->n; i++)
		if (slice_equal_fold(l->out->item[i].tag, email))
			return true;
	return false;
}

static enum err
password_add(struct looking *l, struct slice email, const struct json *json)
{
	struct manage_password *p;

	if (l->out->n == l->cap)
		return E_OK;
	p = &l->out->item[l->out->n++];
	p->tag = email;
	p->generated = !json || json->type != JSON_TEXT;
	p->plain = p->generated ? password_generate(l->ctx->arena) : json->text;
	return p->plain.p ? E_OK : E_NO_MEMORY;
}

static enum err
look_user(struct looking *l, const struct json *user)
{
	const struct json *json = json_get(user, "email");
	struct slice email = json ? slice_trim(json->text) : SLICE_NULL;
	struct license_user known;
	enum err e;

	if (!email_valid(email) || is_there(l, email))
		return E_OK;
	email = arena_fold(l->ctx->arena, email);
	e = record_find(l->ctx->txn, T_LICENSE_USER, IX_LICENSE_USER_EMAIL,
	    record_key_text(l->ctx->txn, email), &known);
	return e == E_NOT_FOUND ? password_add(l, email, json_get(user, "password")) : e;
}

static enum err
look_row(struct looking *l, const struct json *row)
{
	const struct json *users = json_get(row, "users");
	enum err e = E_OK;

	if (!users || users->type != JSON_ARRAY)
		return E_OK;
	for (size_t i = 0; i < users->n && !e; i++)
		e = look_user(l, &users->items[i]);
	return e;
}

static enum err
look_open(struct looking *l, struct action_ctx *ctx, struct manage_passwords *out)
{
	*l = (struct looking){ .ctx = ctx, .out = out, .cap = ISSUE_LICENSES_MAX };
	*out = (struct manage_passwords){ NULL, 0 };
	out->item = arena_array(ctx->arena, l->cap, sizeof(*out->item));
	return out->item ? E_OK : E_NO_MEMORY;
}

enum err
license_look(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	struct looking l;
	enum err e = look_open(&l, ctx, res);

	return e ? e : look_row(&l, req->body);
}

enum err
order_look(struct action_ctx *ctx, const void *req_, void *res)
{
	const struct manage_req *req = req_;
	const struct json *items = json_get(req->body, "items");
	struct looking l;
	enum err e = look_open(&l, ctx, res);

	if (!items || items->type != JSON_ARRAY)
		return e;
	for (size_t i = 0; i < items->n && !e; i++) {
		const struct json *rows = json_get(&items->items[i], "licenses");

		if (!rows || rows->type != JSON_ARRAY)
			continue;
		for (size_t j = 0; j < rows->n && !e; j++)
			e = look_row(&l, &rows->items[j]);
	}
	return e;
}
