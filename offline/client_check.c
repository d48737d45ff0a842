#include "offline/client.h"

static enum licet_err
check_status(struct licet *l, const struct licet_status *status)
{
	if (!status || status->size == sizeof(*status))
		return LICET_OK;
	l->why.what = "size of the status is wrong";
	return client_fail(l, LICET_E_ARGUMENT);
}

/* A later fault of memory hides no verdict. */
static enum licet_err
with_status(struct licet *l, enum licet_err err, const struct client_verdict *v,
    struct licet_status *status)
{
	struct client_why why = l->why;
	enum licet_err filled = client_status(l, v, status);

	if (err != LICET_OK)
		l->why = why;
	return err != LICET_OK ? err : filled;
}

static enum licet_err
verify_installed(struct licet *l, struct client_verdict *v)
{
	struct client_object o;
	enum licet_err err;
	enum err e;

	if (!l->state.activation.held)
		return client_fail(l, LICET_E_NOT_ACTIVATED);
	e = client_read(l, CLIENT_ACTIVATION, &l->state.activation, &o);
	if (e == E_NOT_FOUND) {
		l->why.file = CLIENT_ACTIVATION;
		l->why.serial = l->state.serial;
		return client_fail(l, LICET_E_NOT_ACTIVATED);
	}
	if (e)
		return client_fault(l, CLIENT_ACTIVATION, e);
	err = client_verify(l, &o, CLIENT_KIND(ACTIVATION), v);
	if (err == LICET_OK && !o.same) {
		l->why.file = CLIENT_ACTIVATION;
		l->why.what = "is not the one that was installed";
		return client_fail(l, LICET_E_STATE);
	}
	return err;
}

/* What has ended stays ended, also when the clock is set back by less than an hour: the
 * first refusal of a handle is written at once. */
static bool
is_over(enum licet_err err)
{
	return err == LICET_E_LEASE || err == LICET_E_EXPIRED ||
	       err == LICET_E_CERTIFICATE;
}

/* In every run, whatever its verdict. */
static enum licet_err
keep_time(struct licet *l, enum licet_err err)
{
	struct client_why why = l->why;
	int64_t now = client_now(l);
	bool over = is_over(err) && !l->over && now > l->state.highest;
	enum licet_err kept;

	if (!over && now < l->state.highest + CLIENT_EVERY)
		return err;
	l->over = l->over || over;
	l->state.highest = now;
	kept = client_store(l);
	if (err != LICET_OK)
		l->why = why;
	return err != LICET_OK ? err : kept;
}

enum licet_err
licet_check(struct licet *l, struct licet_status *status)
{
	struct client_verdict v = { .known = false };
	enum licet_err err = client_begin(l);

	if (err != LICET_OK)
		return err;
	err = check_status(l, status);
	if (err == LICET_OK) {
		err = keep_time(l, verify_installed(l, &v));
		err = with_status(l, err, &v, status);
	}
	return client_end(l, err);
}

static enum licet_err
verify_given(struct licet *l, const void *object, size_t len, struct licet_status *status,
    struct client_verdict *v)
{
	struct client_object o;
	enum licet_err err = check_status(l, status);

	if (err != LICET_OK)
		return err;
	if (!object) {
		l->why.what = "no object is given";
		return client_fail(l, LICET_E_ARGUMENT);
	}
	(void)client_unarmor(l->call, slice_of(object, len), &o);
	err = client_verify(l, &o, CLIENT_KINDS, v);
	return with_status(l, err, v, status);
}

enum licet_err
licet_verify(struct licet *l, const void *object, size_t len, struct licet_status *status)
{
	struct client_verdict v = { .known = false };
	enum licet_err err = client_begin(l);

	if (err != LICET_OK)
		return err;
	return client_end(l, verify_given(l, object, len, status, &v));
}

/* The commit is client_store: before it the old object stands, behind it the new one. */
static enum licet_err
store_object(struct licet *l, const char *name, const struct client_verdict *v,
    struct state_file *f)
{
	enum licet_err err = client_prepare(l, name, v->bytes);

	if (err != LICET_OK)
		return err;
	f->held = true;
	state_digest(v->bytes, f->digest);
	err = client_store(l);
	if (err == LICET_OK)
		client_settle(l, name);
	return err;
}

static enum licet_err
install_activation(struct licet *l, const struct client_verdict *v)
{
	const struct claims_activation *a = &v->activation;

	l->state.serial = a->serial;
	l->state.activation.sequence = a->sequence;
	state_accept(&l->state, client_activation_id(a), a->sequence);
	if (a->has_request && l->state.pending &&
	    memcmp(a->request, l->state.request, CLAIMS_ID) == 0)
		l->state.pending = false;
	return store_object(l, CLIENT_ACTIVATION, v, &l->state.activation);
}

static enum licet_err
install(struct licet *l, const struct client_verdict *v)
{
	int64_t now = client_now(l);

	l->state.highest = v->highest > now ? v->highest : now;
	switch (v->cose.kind) {
	case OBJECT_ACTIVATION:
		return install_activation(l, v);
	case OBJECT_REVOCATIONS:
		l->state.revocations.sequence = v->revocations.sequence;
		return store_object(l, CLIENT_REVOCATIONS, v, &l->state.revocations);
	default:
		state_tombstone(&l->state, v->receipt.serial)->confirmed = true;
		return client_store(l);
	}
}

enum licet_err
licet_install(
    struct licet *l, const void *object, size_t len, struct licet_status *status)
{
	struct client_verdict v = { .known = false };
	enum licet_err err = client_begin(l);

	if (err != LICET_OK)
		return err;
	err = verify_given(l, object, len, status, &v);
	if (err == LICET_OK)
		err = install(l, &v);
	return client_end(l, err);
}
