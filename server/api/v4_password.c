#include "server/api/v4.h"

#include "base/clock.h"
#include "base/metric.h"
#include "keys/password.h"
#include "server/api/v4_decode.h"

/* One Argon2id verification on its way; lives in the call's arena. */
struct v4_password {
	struct pool_job job;
	struct v4_call *v;
	struct slice user; /* key of the rate */
	struct password_res found;
	bool matches;
	char new_hash[PASSWORD_HASH];
	enum err err;
};

static struct limit *
user_limit(const struct v4_call *v)
{
	return api_limit_of(v->call->api, API_LIMIT_V4_USER_FAIL);
}

/* Pool thread. */
static void
verify(struct pool_job *job)
{
	struct v4_password *p = container_of(job, struct v4_password, job);
	struct v4_call *v = p->v;

	metric_add(METRIC_PASSWORD_HASHES, 1);
	p->matches = password_verify(p->found.hash, v->req.password);
	if (!p->matches || !v->new_password.p)
		return;
	metric_add(METRIC_PASSWORD_HASHES, 1);
	p->err = password_hash(v->new_password, p->new_hash);
}

/*
 * Attempts that run side by side are all begun while tokens are left: a right guess
 * counts only if some still are at its end.
 */
static bool
is_over_rate(const struct v4_password *p, int *seconds)
{
	int64_t now = clock_monotonic();

	if (p->matches)
		return !limit_peek(user_limit(p->v), p->user, now, seconds);
	return !limit_take(user_limit(p->v), p->user, now, seconds);
}

static void
verified(struct mail *mail)
{
	struct v4_password *p = container_of(mail, struct v4_password, job.mail);
	struct v4_call *v = p->v;
	int seconds;

	if (is_over_rate(p, &seconds)) {
		call_refuse_rate(v->call, seconds);
		return;
	}
	if (p->err) {
		v4_refuse(v, p->err);
		return;
	}
	v->req.password_ok = p->matches;
	v->req.password_hash = p->found.hash;
	if (p->matches && v->new_password.p)
		v->req.new_password_hash = slice_str(p->new_hash);
	v4_run(v);
}

static void
found(struct call *call)
{
	struct v4_call *v = call->state;
	struct v4_password *p = v->password;
	enum err err = call->run.err;

	if (!err) {
		p->job.mail.fn = verified;
		p->job.back = loop_mailbox(call->request->loop);
		p->job.run = verify;
		err = pool_submit(api_options_of(call->api)->passwords, &p->job);
		if (err)
			metric_add(METRIC_PASSWORD_REFUSED, 1);
	}
	if (err)
		v4_refuse(v, err);
}

static struct slice
rate_user(struct v4_call *v)
{
	struct slice rest = v->req.username;

	return arena_fold(v->call->arena, slice_trim(slice_cut(&rest, '|')));
}

void
v4_password_start(struct v4_call *v)
{
	struct v4_password *p = arena_alloc(v->call->arena, sizeof(*p));
	int seconds;

	if (p)
		p->user = rate_user(v);
	if (!p || !p->user.p) {
		v4_refuse(v, E_NO_MEMORY);
		return;
	}
	p->v = v;
	v->password = p;
	if (!limit_peek(user_limit(v), p->user, clock_monotonic(), &seconds)) {
		call_refuse_rate(v->call, seconds);
		return;
	}
	call_run(v->call, false, action_password_find, &v->req, &p->found, found);
}
