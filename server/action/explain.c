#include "server/action/explain.h"

#include "server/action/query.h"

static const char *const action_texts[] = { [EXPLAIN_ACTIVATE] = "activate",
	[EXPLAIN_ACTIVATE_OFFLINE] = "activate_offline",
	[EXPLAIN_CHECK] = "check",
	[EXPLAIN_DEACTIVATE] = "deactivate",
	[EXPLAIN_CONSUME] = "consume" };
const struct names explain_action_names = { action_texts, (int)ARRAY_LEN(action_texts) };

static void
read_action(struct explain *ex, const struct manage_req *req)
{
	struct slice text = manage_query(req, "action");
	int action = text.n ? names_find(&explain_action_names, text) : EXPLAIN_ACTIVATE;

	if (action < 0)
		fault_add(&ex->ctx->faults, "action", E_VALIDATION,
		    "action is one of activate, activate_offline, check, "
		    "deactivate, consume");
	else
		ex->action = (enum explain_action)action;
}

static enum err
read_device_key(struct explain *ex, struct slice text)
{
	enum err e;

	if (!text.n)
		return E_OK;
	e = base64url_decode(ex->ctx->arena, text, &ex->call.device_key);
	if (e && e != E_VALIDATION)
		return e;
	if (e || ex->call.device_key.n != 32)
		fault_add(&ex->ctx->faults, "device_key", E_VALIDATION,
		    "device_key is 32 bytes as base64url without padding");
	return E_OK;
}

static void
read_hardware_id(struct explain *ex, struct slice text)
{
	if (text.n && !hardware_id_valid(text))
		fault_add(&ex->ctx->faults, "hardware_id", E_VALIDATION,
		    "hardware_id is 1 to %d bytes without control bytes",
		    MAX_HARDWARE_ID);
	else
		ex->call.hardware_id = text.p ? text : SLICE("");
}

static enum err
load_device(struct explain *ex)
{
	struct txn *txn = ex->ctx->txn;
	enum err e = E_NOT_FOUND;

	field_clear(&device_table, &ex->l.device);
	if (ex->call.hardware_id.n)
		e = record_find(txn, T_DEVICE, IX_DEVICE_HARDWARE_ID,
		    record_key_text(txn, ex->call.hardware_id), &ex->l.device);
	if (e == E_NOT_FOUND)
		field_clear(&device_table, &ex->l.device);
	return e == E_NOT_FOUND ? E_OK : e;
}

static enum err
load_user(struct explain *ex, struct slice email)
{
	enum err e;

	if (!email.n)
		return E_OK;
	if (ex->l.product.authorization_method != AM_USER) {
		fault_add(&ex->ctx->faults, "user", E_VALIDATION,
		    "The product is key-based; its licenses have no users");
		return E_OK;
	}
	e = find_user(ex->ctx, email, &ex->l.user);
	if (e == E_LICENSE_NOT_FOUND)
		fault_add(&ex->ctx->faults, "user", E_VALIDATION,
		    "No license user has this e-mail");
	return e == E_LICENSE_NOT_FOUND ? E_OK : e;
}

static enum err
load(struct explain *ex, const struct manage_req *req, const struct license *license)
{
	enum err e;

	ex->l.ctx = &ex->then;
	ex->l.req = &ex->call;
	field_clear(&license_user_table, &ex->l.user);
	e = record_get_id(ex->ctx->txn, T_PRODUCT, license->product_id, &ex->l.product);
	if (e)
		return e == E_NOT_FOUND ? E_DAMAGED : e;
	ex->call.offline = ex->action == EXPLAIN_ACTIVATE_OFFLINE;
	ex->call.bundle = ex->l.product.is_bundle && ex->action != EXPLAIN_CONSUME;
	e = load_user(ex, manage_query(req, "user"));
	return e ? e : load_device(ex);
}

static enum err
run(struct action_ctx *ctx, const struct manage_req *req, struct manage_res *res,
    const struct license *license, struct explain *ex)
{
	enum err e;

	ex->ctx = ctx;
	ex->res = res;
	ex->call.has_is_vm = true;
	ex->call.facts.is_vm = manage_flag(ctx, req, "is_vm");
	ex->then = *ctx;
	ex->then.now = query_instant(ctx, req, "at", ctx->now);
	read_hardware_id(ex, manage_query(req, "hardware_id"));
	e = read_device_key(ex, manage_query(req, "device_key"));
	if (!e)
		e = load(ex, req, license);
	if (!e)
		e = manage_faults(ctx);
	if (!e)
		e = explain_decide(ex, license);
	return e ? e : explain_print(ex);
}

enum err
license_explain(struct action_ctx *ctx, const void *req_, void *res)
{
	static const char *const known[] = { "hardware_id", "action", "is_vm", "user",
		"device_key", "at", NULL };
	const struct manage_req *req = req_;
	struct explain ex = { .ctx = ctx };
	struct license license;
	enum err e;

	query_only(ctx, req, known);
	read_action(&ex, req);
	e = manage_load(ctx, req, &license);
	ctx->object_revision = FIELD_NONE;
	return e ? e : run(ctx, req, res, &license, &ex);
}
