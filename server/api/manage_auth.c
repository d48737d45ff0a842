#include "server/api/manage.h"

#include <unistd.h>

#include "base/clock.h"

#define TOKEN_MAX 256
/* As a list of tokens shows it: "lmk_" and 8 characters. */
#define PREFIX_LEN 12

/* The token of "Api-Key <token>" or "Bearer <token>"; null: neither. */
static struct slice
token_of(const struct request *r)
{
	struct slice rest = request_header(r, "Authorization");
	struct slice scheme = slice_cut(&rest, ' ');

	if (request_header_count(r, "Authorization") != 1 || !rest.p)
		return SLICE_NULL;
	if (!slice_equal_fold(scheme, SLICE("Api-Key")) &&
	    !slice_equal_fold(scheme, SLICE("Bearer")))
		return SLICE_NULL;
	rest = slice_trim(rest);
	return rest.n > 0 && rest.n <= TOKEN_MAX ? rest : SLICE_NULL;
}

static struct slice
print_slice(struct arena *arena, const char *prefix, int64_t n)
{
	return slice_str(arena_printf(arena, "%s%lld", prefix, (long long)n));
}

static enum err
use_socket(struct manage_call *mc)
{
	struct call *call = mc->call;
	const struct request *r = call->request;
	struct actor *actor = &call->actor;

	if (!r->is_local || (r->peer_uid != 0 && r->peer_uid != geteuid()))
		return E_UNAUTHENTICATED;
	*actor = (struct actor){ .type = ACTOR_LOCAL,
		.id = print_slice(call->arena, "", (int64_t)r->peer_uid),
		.name = print_slice(call->arena, "local:", (int64_t)r->peer_uid),
		.credential = SLICE(""),
		.address = slice_str(r->peer),
		.request_id = slice_str(r->id),
		.account_id = FIELD_NONE,
		.permits = permit_of_role(ROLE_OWNER) };
	return actor->id.p && actor->name.p ? E_OK : E_NO_MEMORY;
}

static enum err
use_token(struct manage_call *mc)
{
	const struct principal *p = &mc->principal;
	struct call *call = mc->call;
	struct actor *actor = &call->actor;

	*actor = (struct actor){ .type = ACTOR_ACCOUNT,
		.id = print_slice(call->arena, "", p->account_id),
		.name = p->account_name,
		.credential = print_slice(call->arena, "", p->token_id),
		.address = slice_str(call->request->peer),
		.request_id = slice_str(call->request->id),
		.account_id = p->account_id,
		.permits = p->permits };
	return actor->id.p && actor->credential.p ? E_OK : E_NO_MEMORY;
}

/* What stands before the secret: the name of one that exists or not. */
static struct slice
name_key(struct manage_call *mc)
{
	struct slice rest = mc->principal_req.token;
	struct slice name = slice_head(slice_cut(&rest, '.'), PREFIX_LEN);

	return slice_str(arena_printf(mc->call->arena, "token %.*s", SLICE_ARG(name)));
}

static struct slice
address_key(struct manage_call *mc)
{
	struct buf key = BUF_INIT(mc->call->arena);

	buf_str(&key, "address ");
	buf_slice_add(&key, call_peer(mc->call));
	return buf_ok(&key) ? buf_slice(&key) : SLICE_NULL;
}

/*
 * A right token has 256 bits and was not guessed: it is served while others fail from its
 * address, else any of them could lock it out.
 */
static void
refuse_credential(struct manage_call *mc)
{
	struct call *call = mc->call;
	struct slice keys[] = { address_key(mc), name_key(mc) };
	size_t n = mc->principal_req.token.p ? 2 : 1;
	int wait = 0;

	if (!keys[0].p || !keys[1].p) {
		manage_refuse(mc, E_NO_MEMORY, NULL);
		return;
	}
	if (!call->request->is_local)
		wait =
		    backoff_fail(api_backoff_of(call->api), keys, n, clock_monotonic());
	if (wait)
		call_refuse_rate(call, wait);
	else
		manage_refuse(mc, E_UNAUTHENTICATED, NULL);
}

static void
accept_credential(struct manage_call *mc)
{
	struct slice name = name_key(mc);

	if (name.p)
		backoff_pass(api_backoff_of(mc->call->api), name);
}

/* A use that could not be noted is no reason to refuse the call. */
static void
noted(struct call *call)
{
	struct manage_call *mc = call->state;

	mc->next(mc);
}

static void
found(struct call *call)
{
	struct manage_call *mc = call->state;
	enum err e = call->run.err ? call->run.err : use_token(mc);
	struct limit *limit = api_limit_of(call->api, API_LIMIT_ADMIN);
	int wait;

	if (!e)
		accept_credential(mc);
	if (e == E_UNAUTHENTICATED)
		refuse_credential(mc);
	else if (e)
		manage_refuse(mc, e, NULL);
	else if (limit &&
		 !limit_take(limit, call->actor.credential, clock_monotonic(), &wait))
		call_refuse_rate(call, wait);
	else if (mc->principal.stale)
		manage_start(mc, true, action_principal_used, &mc->principal.token_id,
		    NULL, noted);
	else
		mc->next(mc);
}

void
manage_auth(struct manage_call *mc, void (*next)(struct manage_call *))
{
	struct call *call = mc->call;
	enum err e;

	mc->next = next;
	if (!request_header_count(call->request, "Authorization")) {
		e = use_socket(mc);
		if (e)
			manage_refuse(mc, e, NULL);
		else
			next(mc);
		return;
	}
	mc->principal_req.token = token_of(call->request);
	mc->principal_req.address = slice_str(call->request->peer);
	if (!mc->principal_req.token.p) {
		refuse_credential(mc);
		return;
	}
	manage_start(
	    mc, false, action_principal, &mc->principal_req, &mc->principal, found);
}
