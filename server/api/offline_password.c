#include "server/api/offline.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "keys/password.h"

static void
verify_next(struct offline_call *);

static struct offline_ask *
ask_of(const struct offline_call *oc)
{
	return &oc->batch.ask[oc->at];
}

static struct limit *
user_limit(const struct offline_call *oc)
{
	return api_limit_of(oc->call->api, API_LIMIT_V4_USER_FAIL);
}

/* Pool thread. */
static void
verify(struct pool_job *job)
{
	struct offline_call *oc = container_of(job, struct offline_call, job);

	metric_add(METRIC_PASSWORD_HASHES, 1);
	oc->matches = password_verify(oc->found.hash, ask_of(oc)->request.password);
}

/* A right password counts only while the user's tries are not used up. */
static void
verified(struct mail *mail)
{
	struct offline_call *oc = container_of(mail, struct offline_call, job.mail);
	struct offline_ask *ask = ask_of(oc);
	int64_t now = clock_monotonic();
	bool within = oc->matches
	                  ? limit_peek(user_limit(oc), oc->user, now, &oc->retry_after)
	                  : limit_take(user_limit(oc), oc->user, now, &oc->retry_after);

	log_request(oc->call->request->id);
	if (!within)
		ask->err = E_TOO_MANY_REQUESTS;
	ask->call.password_ok = oc->matches;
	ask->call.password_hash = oc->found.hash;
	oc->at++;
	verify_next(oc);
	log_request(NULL);
}

static void
found(struct call *call)
{
	struct offline_call *oc = call->step;
	enum err err = call->run.err;

	if (!err) {
		oc->job = (struct pool_job){ .mail = { .fn = verified },
			.back = loop_mailbox(call->request->loop),
			.run = verify };
		err = pool_submit(api_options_of(call->api)->passwords, &oc->job);
		if (err)
			metric_add(METRIC_PASSWORD_REFUSED, 1);
	}
	if (err)
		oc->next(oc, err);
}

static struct slice
rate_user(struct offline_call *oc)
{
	struct slice rest = ask_of(oc)->request.username;

	return arena_fold(oc->call->arena, slice_trim(slice_cut(&rest, '|')));
}

static bool
needs_look(struct offline_call *oc)
{
	struct offline_ask *ask = ask_of(oc);

	if (ask->err || !ask->request.password.p)
		return false;
	oc->user = rate_user(oc);
	if (!oc->user.p ||
	    limit_peek(user_limit(oc), oc->user, clock_monotonic(), &oc->retry_after))
		return true;
	ask->err = E_TOO_MANY_REQUESTS;
	return false;
}

static void
verify_next(struct offline_call *oc)
{
	while (oc->at < oc->batch.n && !needs_look(oc))
		oc->at++;
	if (oc->at == oc->batch.n)
		oc->next(oc, E_OK);
	else if (!oc->user.p)
		oc->next(oc, E_NO_MEMORY);
	else
		call_run(oc->call, false, action_password_find, &ask_of(oc)->call,
		    &oc->found, found);
}

static void
opened(struct offline_call *oc, enum err err)
{
	if (err)
		oc->next(oc, err);
	else
		verify_next(oc);
}

void
offline_verify(struct offline_call *oc, void (*next)(struct offline_call *, enum err))
{
	oc->call->step = oc;
	oc->next = next;
	oc->at = oc->proofs ? oc->batch.n : 0;
	offline_open(oc, opened);
}
