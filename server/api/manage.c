#include "server/api/manage.h"

#include <string.h>

static struct manage_call *
state_of(struct call *call)
{
	return call->state;
}

void
manage_start(struct manage_call *mc, bool write, action_fn *fn, const void *req,
    void *res, void (*done)(struct call *))
{
	struct call *call = mc->call;

	call->run.reason = mc->reason;
	call->run.has_revision = mc->has_revision;
	call->run.revision = mc->revision;
	call->run.dry_run = mc->dry_run && fn == manage_run;
	call_run(call, write, fn, req, res, done);
}

static void
acted(struct call *call)
{
	manage_finish(state_of(call), call->run.err);
}

static void
act(struct manage_call *mc)
{
	bool write = mc->route->flags & M_WRITE;

	if (mc->hash_err) {
		manage_finish(mc, mc->hash_err);
		return;
	}
	mc->req.passwords = mc->passwords.item;
	mc->req.n_passwords = mc->passwords.n;
	manage_start(mc, write, manage_run, &mc->req, &mc->res, acted);
}

static void
looked(struct call *call)
{
	struct manage_call *mc = state_of(call);

	if (call->run.err)
		manage_finish(mc, call->run.err);
	else if (mc->passwords.n)
		manage_hash(mc, act);
	else
		act(mc);
}

/* {id} of the pattern: decimal digits, anything else is no path of ours. */
static bool
read_path(struct manage_call *mc)
{
	struct manage_req *req = &mc->req;
	const struct request *r = mc->call->request;
	const char *at = mc->call->endpoint->pattern;

	req->id = FIELD_NONE;
	for (size_t i = 0; i < r->n_params && i < MANAGE_PARAMS_MAX; i++) {
		req->param[i] = r->params[i];
		at = strchr(at, '{');
		if (!at)
			return false;
		if (strncmp(at, "{id}", 4) == 0 &&
		    !(slice_only(r->params[i], "0123456789") &&
			slice_to_int(r->params[i], &req->id)))
			return false;
		at++;
	}
	return true;
}

static void
permitted(struct manage_call *mc)
{
	enum permission p = mc->route->permission;
	struct call *call = mc->call;
	enum err e;

	if (p < PERM_MAX && !permit_allows(&call->actor.permits, p)) {
		manage_refuse(mc, E_FORBIDDEN,
		    arena_printf(call->arena, "The credential lacks the permission %s",
			permit_name(p)));
		return;
	}
	e = manage_decode(mc);
	if (!e)
		e = manage_key_read(mc);
	if (!e)
		e = manage_key_begin(mc);
	if (e)
		manage_refuse(mc, e, NULL);
	else if (mc->route->flags & M_KEYS)
		manage_signing(mc);
	else if (mc->route->open)
		mc->route->open(mc, act);
	else if (mc->route->look)
		manage_start(
		    mc, false, mc->route->look, &mc->req, &mc->passwords, looked);
	else
		act(mc);
}

void
manage_front(struct call *call)
{
	const struct api_options *options = api_options_of(call->api);
	struct manage_call *mc = arena_alloc(call->arena, sizeof(*mc));

	if (!mc) {
		call_refuse(call, E_NO_MEMORY);
		return;
	}
	call->state = mc;
	mc->call = call;
	mc->route = call->endpoint->spec;
	mc->faults.arena = call->arena;
	mc->req.fn = mc->route->action;
	mc->req.resource = mc->route->resource;
	mc->req.status = mc->route->status;
	mc->req.path = call->request->path;
	mc->req.origin = SLICE("");
	if (!call->request->is_local && call->settings->admin_url)
		mc->req.origin = slice_str(call->settings->admin_url);
	mc->req.ready = !options->ready || options->ready(options->arg, &mc->req.why);
	if (!read_path(mc)) {
		manage_refuse(mc, E_NOT_FOUND, NULL);
		return;
	}
	manage_auth(mc, permitted);
}
